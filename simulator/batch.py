"""Batches: up to twenty requests in one, each answered as if it had come by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from simulator.wire import JSON, Answer, Request, bad_request

_LIMIT = 20


def parts(body: bytes) -> list[dict[str, Any]]:
    """The requests in the body of a batch.

    Raises:
        GraphError: They are too many, share an id, or are no requests.
    """
    try:
        found = json.loads(body)["requests"]
        keys = [str(part["id"]).lower() for part in found]
    except (ValueError, KeyError, TypeError):
        raise bad_request("Invalid batch payload format.") from None
    if len(found) > _LIMIT:
        raise bad_request(f"Number of batch request steps exceeds the maximum value of {_LIMIT}.")
    if len(set(keys)) != len(keys):
        raise bad_request("Request Id values of batch steps must be unique.")
    return [dict(part) for part in found]


def sub_request(request: Request, version: str, part: dict[str, Any]) -> Request:
    """One request of a batch, as if it had come by itself."""
    path, _, query = str(part.get("url", "")).partition("?")
    headers = {key.lower(): str(value) for key, value in part.get("headers", {}).items()}
    return replace(
        request,
        method=str(part.get("method", "GET")).upper(),
        path=f"/{version}/{unquote(path).lstrip('/')}",
        query=parsed_query(query),
        headers={**headers, "authorization": request.headers.get("authorization", "")},
        body=b"",
    )


def parsed_query(text: str) -> dict[str, str]:
    """The options of a query string; a plus is a space, as Graph reads it."""
    return dict(parse_qsl(text, keep_blank_values=True))


def sub_answer(key: str, answer: Answer) -> dict[str, Any]:
    """The answer to one request of a batch, as the batch carries it."""
    body = json.loads(answer.body) if answer.content_type == JSON else answer.body.decode()
    headers = {
        **answer.headers,
        "Content-Type": "application/json" if answer.content_type == JSON else answer.content_type,
    }
    return {"id": key, "status": answer.status, "headers": headers, "body": body}
