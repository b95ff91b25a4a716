"""Rows that say that one object belongs to another: its id and type, and the id of what it belongs to.

Of a member or owner Graph may send all properties; they stand in the object's own table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from pipelines.entra.schema import ODATA_TYPE, REMOVED


class Related(msgspec.Struct):
    """What is kept of a related object.

    Attributes:
        id: its id.
        type: its OData type, where Graph says it.
        removed: why it no longer belongs, where it does not.
    """

    id: str
    type: str | None = msgspec.field(name=ODATA_TYPE, default=None)
    removed: dict[str, Any] | None = msgspec.field(name=REMOVED, default=None)


def belonging(parent_key: str, parent: str, rows: Iterable[msgspec.Raw]) -> Iterator[bytes]:
    """Yield a row for each object that belongs to a parent.

    Raises:
        msgspec.ValidationError: a row has no id.
    """
    for row in rows:
        related = msgspec.json.decode(row, type=Related)
        values: dict[str, Any] = {"id": related.id, parent_key: parent, ODATA_TYPE: related.type}
        yield msgspec.json.encode(values if related.removed is None else {**values, REMOVED: related.removed})
