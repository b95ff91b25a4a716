"""How many objects a list has, without reading it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pipelines.errors import BadAnswer
from pipelines.graph.client import GraphClient, Traffic

HEADERS: Final = {"ConsistencyLevel": "eventual", "Accept": "text/plain"}
"""`$count` is an advanced query, and answers plain text only: asked for JSON it answers 415."""

COST: Final = 2
"""Resource units, of the dearest list that can be counted (users)."""


def count(client: GraphClient, path: str, traffic: Traffic, headers: Mapping[str, str] | None = None) -> int:
    """Return what `{path}/$count` answers.

    Args:
        client: Graph.
        path: of a list of directory objects, with the API version, for example `/v1.0/users`.
        traffic: counts what this takes.
        headers: beyond those that a count needs.

    Raises:
        BadAnswer: the answer is not a number.
        GraphError: Graph did not answer.
        IdentityError: Entra gave no token.
    """
    return client.get(
        f"{client.url}{path}/$count",
        headers={**(headers or {}), **HEADERS},
        bucket="directory",
        traffic=traffic,
        parse=lambda body: _number(body, path),
        units=COST,
    )


def _number(body: bytes, path: str) -> int:
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not text.isdecimal():
        raise BadAnswer(
            f"Graph answered GET {path}/$count with {text[:40]!r} instead of a number; run the same command again, and where it stays so, check the proxy settings: something else may answer in Graph's place."
        )
    return int(text)
