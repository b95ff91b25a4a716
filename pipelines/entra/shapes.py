"""The shapes of collections: how each kind of list is read, as batches of raw rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import Final

import msgspec

from pipelines.entra.collections import Collection
from pipelines.entra.outcomes import Outcome
from pipelines.errors import NotFound
from pipelines.graph.client import GraphClient
from pipelines.graph.pages import Listing, Page, pages

Rows = list[msgspec.Raw]

BATCH_ROWS: Final = 20_000
PARENTS_AT_ONCE: Final = 8
PARENTS_PER_BATCH: Final = 400


def snapshot(client: GraphClient, outcome: Outcome) -> Iterator[Rows]:
    """Yield the whole list, once it is whole.

    Nothing is yielded before the last page: what was read before a listing started over may have been deleted since, and
    half a list must not replace a whole one.
    """
    whole: list[Rows] = []
    for page in _counted(pages(client, listing(outcome.collection), outcome.traffic), outcome):
        if page.starts_over:
            whole.clear()
        whole.append(page.rows)
    yield from batches(whole)


def window(client: GraphClient, outcome: Outcome, since: datetime | None) -> Iterator[Rows]:
    """Yield the events since a moment; events do not change their place, so each batch may go on at once."""
    outcome.opened(since)
    found = _counted(pages(client, listing(outcome.collection, since), outcome.traffic), outcome)
    yield from batches(page.rows for page in found)


def per_parent(client: GraphClient, outcome: Outcome, parents: Sequence[str]) -> Iterator[Rows]:
    """Yield the lists of all parents, a few parents at once. A parent that is gone has no list."""

    def of(parent: str) -> Rows:
        try:
            found = pages(client, listing(outcome.collection, parent=parent), outcome.traffic)
            return _of_one(found)
        except NotFound:
            return []

    whole: list[Rows] = []
    with ThreadPoolExecutor(PARENTS_AT_ONCE, thread_name_prefix=outcome.collection.name) as pool:
        remaining = iter(parents)
        while some := list(islice(remaining, PARENTS_PER_BATCH)):
            for rows in pool.map(of, some):
                outcome.rows += len(rows)
                whole.append(rows)
    yield from batches(whole)


def listing(collection: Collection, since: datetime | None = None, parent: str = "") -> Listing:
    """Return what to ask Graph for."""
    bound = f"{collection.cursor} ge {_iso(since)}" if since else None
    conditions = [condition for condition in (bound, collection.filter) if condition]
    filter_ = {"$filter": " and ".join(conditions)} if conditions else {}
    path = collection.path.replace("{id}", parent)
    return Listing(path, {**filter_, **collection.params}, collection.headers, collection.bucket)


def batches(found: Iterable[Rows]) -> Iterator[Rows]:
    """Yield the pages' rows in batches that are worth a table of their own."""
    batch: Rows = []
    for rows in found:
        batch.extend(rows)
        if len(batch) >= BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _counted(found: Iterator[Page], outcome: Outcome) -> Iterator[Page]:
    for page in found:
        outcome.rows += len(page.rows)
        outcome.graph_count = page.count if page.count is not None else outcome.graph_count
        yield page


def _of_one(found: Iterator[Page]) -> Rows:
    rows: Rows = []
    for page in found:
        rows = page.rows if page.starts_over else rows + page.rows
    return rows


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
