"""Lists that are read whole each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from pipelines.entra.collection import Collection
from pipelines.entra.collections import named
from pipelines.entra.extraction import Extraction, expanded, listing
from pipelines.entra.parcel import Parcel
from pipelines.entra.relations import belonging
from pipelines.entra.rows import Json
from pipelines.errors import BadAnswer, NotFound, Refused
from pipelines.graph.batch import lists
from pipelines.graph.pages import pages

CUT: Final = 20
"""Graph expands no more related objects than this, and seldom says that there are more."""

NEXT_LINK: Final = "@odata.nextLink"
"""What stands behind the name of an expanded property where Graph does say that there is more of it."""

_null = msgspec.Raw(b"null")


def snapshot(x: Extraction) -> Iterator[Parcel]:
    """Yield the whole list as one parcel, with what is no longer in it.

    Nothing is yielded before the last page: half a list must not mark the other half as gone.
    """
    reader, landing = x.of(x.collection)
    for page in x.counted(pages(x.client, listing(x.collection), x.outcome.traffic)):
        if page.starts_over:
            landing.clear()
        landing.add(reader.read(page.rows))
    x.add_absent(landing)
    x.completed()
    yield x.parcel(landing.close())


def related(x: Extraction) -> Iterator[Parcel]:
    """Yield the related rows of all parents as one parcel.

    They come expanded in the list of their parents. A parent whose expansion may have been cut or is missing, or that the
    list did not name, is asked for its own list, too; a parent that is gone has none.
    """
    reader, landing = x.of(x.collection)
    parents = named(x.collection.parent or "")
    expansions = _Expansions(x.collection)
    for page in pages(x.client, expanded(x.collection, parents), x.outcome.traffic):
        if page.starts_over:
            landing.clear()
            expansions.clear()
        landing.add(reader.read(expansions.rows(page.rows)))
    for rows in _singly(x, expansions.left(x.held.ids(parents.table))):
        landing.add(reader.read(rows))
    x.outcome.rows = landing.rows
    x.add_absent(landing)
    x.completed()
    yield x.parcel(landing.close())


class _Expansions:
    """Takes the related rows out of their parents, and knows which parents' rows are not whole.

    Args:
        collection: of the related rows.
    """

    def __init__(self, collection: Collection):
        self._collection = collection
        self._property = collection.path.rpartition("/")[2]
        self.clear()

    def clear(self) -> None:
        """Forget what was seen."""
        self._whole: set[str] = set()
        self._cut: set[str] = set()

    def rows(self, parents: Iterable[msgspec.Raw]) -> list[Json]:
        """Return the related rows that came with the parents.

        Those of a parent that was cut, too: its own list of owners leaves out apps, which an expansion names.
        """
        found: list[Json] = []
        for row in parents:
            parent, expanded_rows, is_cut = self._split(row)
            (self._cut if is_cut else self._whole).add(parent)
            found.extend(_belonging(self._collection, parent, expanded_rows))
        return found

    def _split(self, row: msgspec.Raw) -> tuple[str, list[msgspec.Raw], bool]:
        """Return a parent's id, its expanded rows, and whether there may be more than these."""
        try:
            properties = msgspec.json.decode(row, type=dict[str, msgspec.Raw])
            parent = msgspec.json.decode(properties["id"], type=str)
            sent = msgspec.json.decode(properties.get(self._property, _null), type=list[msgspec.Raw] | None)
        except (msgspec.MsgspecError, KeyError) as fault:
            raise BadAnswer(
                f"Graph sent an object of {self._collection.path} that cannot be read: {fault}. Run the same command again, and report it where it stays so."
            ) from fault
        is_cut = sent is None or len(sent) >= CUT or f"{self._property}{NEXT_LINK}" in properties
        return parent, sent or [], is_cut

    def left(self, parents: Iterable[str]) -> list[str]:
        """Return which of the parents, and of those that were cut, must be asked for their own list."""
        return sorted((set(parents) - self._whole) | self._cut)


def _singly(x: Extraction, parents: Sequence[str]) -> Iterator[list[Json]]:
    asked = ((parent, listing(x.collection, parent=parent)) for parent in parents)
    for parent, found in lists(x.client, asked, x.outcome.traffic):
        if isinstance(found, Refused):
            if not isinstance(found, NotFound):
                raise found
            continue
        yield list(_belonging(x.collection, parent, found))


def _belonging(collection: Collection, parent: str, rows: Iterable[msgspec.Raw]) -> Iterable[Json]:
    return belonging(collection.parent_key, parent, rows) if collection.parent_key else rows
