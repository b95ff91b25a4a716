"""Graph -> parcels: each collection read as its shape wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pipelines.entra.changes import changes
from pipelines.entra.collection import CHANGES, RELATED, SNAPSHOT, WINDOW
from pipelines.entra.extraction import Extraction
from pipelines.entra.logs import log
from pipelines.entra.outcomes import TOLERATED
from pipelines.entra.parcel import Parcel
from pipelines.entra.snapshots import related, snapshot
from pipelines.errors import GraphError

SHAPES: Final[Mapping[str, Callable[[Extraction], Iterator[Parcel]]]] = {
    SNAPSHOT: snapshot,
    CHANGES: changes,
    RELATED: related,
    WINDOW: log,
}


def parcels(x: Extraction) -> Iterator[Parcel]:
    """Yield what a collection has, parcel by parcel; each must be committed before the next is asked for.

    The last one says what became of the collection, also where it could not be read. A refusal that a run survives ends it.

    Raises:
        GraphError: another fault; the outcome was yielded before.
    """
    try:
        yield from SHAPES[x.collection.shape](x)
    except GraphError as fault:
        x.failed(fault)
        yield x.parcel(())
        if not (isinstance(fault, TOLERATED) and not x.outcome.has_failed):
            raise


def spared(x: Extraction) -> Parcel:
    """Return the parcel of a collection that is not read, because a better source of the same was."""
    x.outcome.spared()
    return x.parcel(())
