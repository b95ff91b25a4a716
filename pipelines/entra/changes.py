"""Directory objects by delta queries: everything once, then what changed.

A round ends with a link from which the next one starts. The link is committed with the round's rows. Where Graph no longer
knows it, where it grew old, where the counts do not agree, or where somebody asks for it, a full round reads everything again and marks what is absent.
A full round that may have left objects out marks nothing, and leaves no link: the next run reads everything again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from pipelines.entra.extraction import Extraction, listing
from pipelines.entra.ledger import Cursor, Note
from pipelines.entra.parcel import Landed, Parcel
from pipelines.entra.rounds import Round
from pipelines.errors import BadAnswer, Denied, NotFound, Refused, SyncStateGone, TooSlow
from pipelines.graph.counts import count
from pipelines.graph.pages import Listing, pages

LINK_DAYS: Final = 6.5
"""Entra forgets the token of a directory object's delta link after seven days."""

RECONCILED: Final = timedelta(days=7)
"""How long changes are trusted before everything is read and compared again."""

REPAIRED: Final = timedelta(hours=24)
"""How long after a full round differing counts are left to the next one: Graph counts with a delay."""

FEW_OF_MANY: Final = 0.01
"""The share of the objects that Graph may count and not have listed yet: it counts and lists with different delays."""

ROUNDS: Final = 3
"""How many rounds of changes are read before differing counts are believed."""


Read = tuple[Cursor, list[Landed], list[Note]]
"""Where a round ended, its rows, and what it tells of objects that are not kept."""


def changes(x: Extraction) -> Iterator[Parcel]:
    """Yield a parcel for each round: of changes while they suffice, else of everything."""
    cursor = _usable(x)
    for _ in range(ROUNDS):
        if cursor is None:
            break
        try:
            cursor, landed, notes = _round(x, cursor)
        except SyncStateGone:
            break
        if _agrees(cursor) or _is_younger(x, cursor.full_at, REPAIRED):
            yield _last(x, cursor, landed, notes)
            return
        yield x.parcel(landed, _note(x, cursor), *notes)
    yield _last(x, *_full(x))


def _full(x: Extraction) -> Read:
    """Read everything; where Graph forgets the round's own links meanwhile, once more."""
    try:
        return _round(x, None)
    except SyncStateGone:
        return _round(x, None)


def _usable(x: Extraction) -> Cursor | None:
    """Return the cursor to go on from, or None where everything must be read."""
    if x.reconcile:
        return None
    cursor = x.held.cursor(x.collection)
    if cursor is None or cursor.link is None or cursor.query != _query(x):
        return None
    is_known = _is_younger(x, cursor.taken_at, timedelta(days=LINK_DAYS))
    return cursor if is_known and _is_younger(x, cursor.full_at, RECONCILED) else None


def _is_younger(x: Extraction, moment: datetime | None, age: timedelta) -> bool:
    return moment is not None and x.now - moment < age


def _round(x: Extraction, cursor: Cursor | None) -> Read:
    """Read a round, and return where it ends, its rows, and what else it tells."""
    round_ = Round(x, is_full=cursor is None)
    link = None
    for page in x.counted(pages(x.client, _delta(x), x.outcome.traffic, start=cursor.link if cursor else None)):
        if page.starts_over:
            round_.clear()
        round_.add(page.rows)
        link = page.delta_link or link
    if link is None:
        raise BadAnswer(
            f"Graph ended the changes of {x.collection.path} without a link to the next ones; run the same command again in some minutes, and report it where it stays so."
        )
    is_whole = _has_counted(x) and _is_whole(round_.named, x.outcome.graph_count)
    landed, notes = round_.close(is_whole=is_whole), round_.notes(is_whole=is_whole)
    ended = Cursor(link, _query(x), x.now, x.now, x.now, x.outcome.graph_count, round_.live)
    if cursor is None and is_whole:
        return ended, landed, notes
    # Only a whole round of everything was compared; where it was not whole, no link lets the next run do with changes.
    before = cursor or x.held.cursor(x.collection)
    return replace(ended, link=link if cursor else None, full_at=before.full_at if before else None), landed, notes


def _is_whole(named: int, graph_count: int | None) -> bool:
    """Return whether a full round names as many objects as Graph counts: what it does not name is gone only then."""
    return graph_count is None or graph_count - named <= int(graph_count * FEW_OF_MANY)


def _last(x: Extraction, cursor: Cursor, landed: list[Landed], notes: Sequence[Note]) -> Parcel:
    x.completed()
    return x.parcel(landed, _note(x, cursor), *notes)


def _note(x: Extraction, cursor: Cursor) -> Note:
    return cursor.note(x.outcome.tenant_id, x.collection.name)


def _agrees(cursor: Cursor) -> bool:
    return cursor.graph_count is None or cursor.graph_count == cursor.held_count


def _has_counted(x: Extraction) -> bool:
    """Note Graph's count, or None. Return whether Graph said all that it will: a number, or that it gives none of this list."""
    x.outcome.graph_count = None
    try:
        x.outcome.graph_count = count(x.client, x.collection.path, x.outcome.traffic)
    except TooSlow:
        return False
    except Refused as refused:
        return _gives_no_count(refused)
    return True


def _gives_no_count(refused: Refused) -> bool:
    """Return whether a list is never counted; anything else that is refused says that Graph is unwell, and nothing of the list."""
    is_plain = type(refused) is Refused and refused.status == HTTPStatus.BAD_REQUEST
    return is_plain or isinstance(refused, (Denied, NotFound))


def _delta(x: Extraction) -> Listing:
    whole = listing(x.collection)
    return replace(whole, path=f"{whole.path}/delta")


def _query(x: Extraction) -> str:
    return _delta(x).url(x.client.url)  # with the origin: a link of another one is not followed
