"""What the warehouse holds already, as far as reading needs to know it. The warehouse answers; this room only asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from pipelines.entra.collection import Collection
from pipelines.entra.erasures import Erasures
from pipelines.entra.ledger import Cursor
from pipelines.entra.windows import Read


class Held(Protocol):
    """One tenant's rows in the warehouse."""

    def ids(self, table: str) -> list[str]:
        """Return the ids of the objects in a raw table that are not gone, in order."""

    def rows(self, collection: Collection, ids: Sequence[str]) -> pa.Table:
        """Return the rows of these ids, gone ones included, with the raw table's columns."""

    def absent(self, collection: Collection, seen: Sequence[Path]) -> pa.Table:
        """Return the rows of the collection that are not gone, and whose keys are in none of the parquet files."""

    def live(self, collection: Collection) -> int:
        """Return how many objects of a collection are not gone, those included that were erased and that Graph still lists."""

    def erasures(self) -> Erasures:
        """Return who was erased."""

    def erased(self, collection: Collection) -> set[str]:
        """Return the hashes of the erased objects of a collection that Graph still lists."""

    def others(self, ids: Sequence[str]) -> set[str]:
        """Return which of the ids are groups' or apps', gone ones included."""

    def called(self, names: Sequence[str]) -> set[str] | None:
        """Return which of the names are people's, as they are kept; None where no person is known yet."""

    def longer(self, name: str) -> list[str]:
        """Return the names of people, as they are kept, that hold another name and more."""

    def reads(self, collection: Collection) -> list[Read]:
        """Return the windows of a log that were read."""

    def cursor(self, collection: Collection) -> Cursor | None:
        """Return where the changes of a collection were left."""
