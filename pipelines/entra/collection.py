"""What is said of a list of Graph that is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SNAPSHOT, CHANGES, MEMBERS, RELATED, WINDOW = "snapshot", "changes", "members", "related", "window"
REACH_DAYS: Final = 30
"""How far back events are asked for: Entra keeps them no longer, whatever the licence."""
UNKNOWN_ENUMS: Final[Mapping[str, str]] = {"Prefer": "include-unknown-enum-members"}
"""Without it Graph answers newer enum members as `unknownFutureValue`; lists without any do not mind."""


@dataclass(frozen=True)
class Collection:
    """One list of Graph.

    Attributes:
        name: our name for it, which is the dlt resource's; unique.
        table: the raw table that its rows land in; also names the file of its columns in `schemas/`.
        path: below Graph's origin, with the API version. `{id}` stands for a parent's id.
        shape: `snapshot` (the whole list), `changes` (delta queries), `members` (arrives with the changes of its parent),
            `related` (one list for each parent) or `window` (events, by time).
        permission: the least application permission that reads it.
        meaning: what it is for, for the docs.
        params: query options.
        headers: request headers; what a row gives stands in place of the usual ones.
        filter: a `$filter` that always holds.
        cursor: the property that tells an event's time.
        parent: the collection whose rows are the parents.
        parent_key: the property that names the parent, where Graph's rows do not; ours to add.
        key: the columns that, with the tenant, make a row one.
        retention_days: for events, how many days Graph surely keeps (Entra data retention: sign-ins 30 with the premium
            licence that they need, audits 7 without one).
        licence: the licence without which Graph refuses it.
        bucket: the quota that its requests count against.
        cost: resource units of a request, where the bucket counts them.
        instead_of: the collection in whose place it is read, only where that could not be read.
        is_required: whether a run without it has failed rather than degraded.
    """

    name: str
    table: str
    path: str
    shape: str
    permission: str
    meaning: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=lambda: UNKNOWN_ENUMS)
    filter: str | None = None
    cursor: str | None = None
    parent: str | None = None
    parent_key: str | None = None
    key: tuple[str, ...] = ("id",)
    retention_days: int = 0
    licence: str | None = None
    bucket: str = "directory"
    cost: int = 1
    instead_of: str | None = None
    is_required: bool = False

    @property
    def is_log(self) -> bool:
        """Whether it tells what happened, and is worth reading every hour; the directory changes more slowly."""
        return self.shape == WINDOW or self.instead_of is not None

    @property
    def lane(self) -> str:
        """What must be read one after the other: a log and what stands in for it, else all that share a quota.

        Logs share one, too, and wait for it together: the next page of one is asked for while Graph answers another.
        """
        return (self.instead_of or self.name) if self.is_log else self.bucket
