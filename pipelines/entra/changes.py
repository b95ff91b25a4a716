"""Directory objects by delta queries: everything once, then what changed.

A round ends with a link from which the next one starts. The link is committed with the round's rows. Where Graph no longer
knows it, where it grew old, or where the counts do not agree, a full round reads everything again and marks what is absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from pipelines.entra.extraction import Extraction, listing
from pipelines.entra.ledger import Cursor, Note
from pipelines.entra.parcel import Landed, Parcel
from pipelines.entra.rounds import Round
from pipelines.errors import BadAnswer, Refused, SyncStateGone
from pipelines.graph.counts import count
from pipelines.graph.pages import Listing, pages

LINK_DAYS: Final = 6.5
"""Entra forgets the token of a directory object's delta link after seven days."""

RECONCILED: Final = timedelta(days=7)
"""How long changes are trusted before everything is read and compared again."""

REPAIRED: Final = timedelta(hours=24)
"""How long after a full round differing counts are left to the next one: Graph counts with a delay."""

FEW, FEW_OF_MANY = 10, 0.01
"""So many objects Graph may count and not have listed yet: it counts and lists with different delays."""

ROUNDS: Final = 3
"""How many rounds of changes are read before differing counts are believed."""


def changes(x: Extraction) -> Iterator[Parcel]:
    """Yield a parcel for each round: of changes while they suffice, else of everything."""
    cursor = _usable(x)
    for _ in range(ROUNDS):
        if cursor is None:
            break
        try:
            cursor, landed = _round(x, cursor)
        except SyncStateGone:
            break
        if _agrees(cursor) or x.now - cursor.full_at < REPAIRED:
            yield _last(x, cursor, landed)
            return
        yield x.parcel(landed, _note(x, cursor))
    yield _last(x, *_full(x))


def _full(x: Extraction) -> tuple[Cursor, list[Landed]]:
    """Read everything; where Graph forgets the round's own links meanwhile, once more."""
    try:
        return _round(x, None)
    except SyncStateGone:
        return _round(x, None)


def _usable(x: Extraction) -> Cursor | None:
    """Return the cursor to go on from, or None where everything must be read."""
    cursor = x.held.cursor(x.collection)
    if cursor is None or cursor.query != _query(x):
        return None
    is_known = x.now - cursor.taken_at < timedelta(days=LINK_DAYS)
    return cursor if is_known and x.now - cursor.full_at < RECONCILED else None


def _round(x: Extraction, cursor: Cursor | None) -> tuple[Cursor, list[Landed]]:
    """Read a round, and return where it ends, and its rows."""
    round_ = Round(x, is_full=cursor is None)
    link = None
    for page in x.counted(pages(x.client, _delta(x), x.outcome.traffic, start=cursor.link if cursor else None)):
        if page.starts_over:
            round_.clear()
        round_.add(page.rows)
        link = page.delta_link or link
    if link is None:
        raise BadAnswer(f"Graph ended the changes of {x.collection.path} without a link to the next ones.")
    x.outcome.graph_count = _count(x)
    landed = round_.close(is_whole=_is_whole(round_.seen, x.outcome.graph_count))
    full_at = cursor.full_at if cursor else x.now
    return Cursor(link, _query(x), x.now, full_at, x.now, x.outcome.graph_count, round_.live), landed


def _is_whole(seen: int, graph_count: int | None) -> bool:
    """Return whether a full round names as many objects as Graph counts: what it does not name is gone only then."""
    return graph_count is None or graph_count - seen <= max(FEW, graph_count * FEW_OF_MANY)


def _last(x: Extraction, cursor: Cursor, landed: list[Landed]) -> Parcel:
    x.completed()
    return x.parcel(landed, _note(x, cursor))


def _note(x: Extraction, cursor: Cursor) -> Note:
    return cursor.note(x.outcome.tenant_id, x.collection.name)


def _agrees(cursor: Cursor) -> bool:
    return cursor.graph_count is None or cursor.graph_count == cursor.held_count


def _count(x: Extraction) -> int | None:
    """Return Graph's count, or None where it does not give one."""
    try:
        return count(x.client, x.collection.path, x.outcome.traffic)
    except Refused:
        return None


def _delta(x: Extraction) -> Listing:
    whole = listing(x.collection)
    return replace(whole, path=f"{whole.path}/delta")


def _query(x: Extraction) -> str:
    return _delta(x).url(x.client.url)  # with the origin: a link of another one is not followed
