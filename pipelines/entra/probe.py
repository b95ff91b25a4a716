"""What Graph will give, asked without reading it: the first page of each collection, as small as Graph makes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from pipelines.entra.collection import Collection
from pipelines.entra.collections import COLLECTIONS, named
from pipelines.entra.extraction import listing
from pipelines.entra.outcomes import Outcome
from pipelines.errors import Refused
from pipelines.graph.client import GraphClient
from pipelines.graph.pages import pages


def probe(client: GraphClient, tenant_id: str) -> Iterator[Outcome]:
    """Yield, for each collection, what a sync would find: complete, or refused and why.

    Raises:
        GraphError: Graph cannot be used at all.
        IdentityError: Entra gave no token.
    """
    for collection in COLLECTIONS:
        outcome = Outcome(tenant_id, "check", collection)
        try:
            _first_page(client, collection, outcome)
        except Refused as refused:
            outcome.failed(refused)
        else:
            outcome.completed()
        yield outcome


def _first_page(client: GraphClient, collection: Collection, outcome: Outcome) -> list[msgspec.Raw]:
    parent = ""
    if collection.parent is not None:
        parents = _first_page(client, named(collection.parent), outcome)
        if not parents:
            return []
        parent = str(msgspec.json.decode(parents[0])["id"])
    small = {name: "1" if name == "$top" else value for name, value in collection.params.items()}
    asked = listing(replace(collection, params=small), parent=parent)
    return next(pages(client, asked, outcome.traffic)).rows
