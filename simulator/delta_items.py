"""The items of a delta round: objects as they are or as far as they changed, groups in slices, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator import shapes
from simulator.directory import Change, Row, Table
from simulator.sources import TableSource
from simulator.views import View, shown

if TYPE_CHECKING:
    from simulator.tenant import Tenant


@dataclass(frozen=True)
class Item:
    """One appearance of an object.

    Attributes:
        sequence: The number of its change.
        part: Which appearance of that change it is, from 0.
        is_last: Whether it is the last of them.
        row: What is shown.
    """

    sequence: int
    part: int
    is_last: bool
    row: Row


@dataclass(frozen=True)
class Round:
    """What a client asks of one round.

    Attributes:
        source: Where the objects are.
        view: How they are shown.
        tracked: Properties whose changes count; all when empty.
        base: The client knows all changes up to this one; 0 in the first round.
        until: Changes behind this one have not arrived yet.
        minimal: Whether only changed properties are shown.
    """

    source: TableSource
    view: View
    tracked: frozenset[str]
    base: int
    until: int
    minimal: bool

    def items(self, tenant: Tenant, after: int) -> Iterator[Item]:
        """Every item of the round behind a change."""
        table = self.source.table(tenant)
        members = self._recent_members(tenant) if self._with_members and self.base else {}
        for change in table.changes(after, self.until):
            shapes_of_it = list(self._appearances(tenant, table, change, members))
            for part, row in enumerate(shapes_of_it):
                yield Item(change.sequence, part, part == len(shapes_of_it) - 1, row)

    @property
    def _with_members(self) -> bool:
        return self.source.type == "group" and (not self.tracked or "members" in self.tracked)

    def _appearances(
        self, tenant: Tenant, table: Table, change: Change, members: dict[str, list[Row]]
    ) -> Iterator[Row]:
        if change.row is None:
            # The first round may name deleted users, too.
            named = self.base or self.source.type == "user"
            if named and self.view.accepts({"id": change.id}):
                yield {"id": change.id, "@removed": {"reason": change.reason}}
            return
        is_new = table.is_new(change.id, self.base)
        updated = self._wire_names(table.updated(change.id, self.base))
        if not is_new and self.tracked and not self.tracked & updated:
            return
        full = self.source.complete(tenant, self.view, change.row)
        if not self.view.accepts(full):
            return
        shape = self._shape(full, updated, self._wire_names(table.updated(change.id)), is_new=is_new)
        recent = members.get(change.id, [])
        # A round that replays tells a group whole that the client knew already: who left it since must be told, too.
        found = _all_members(tenant, change.id) + list(filter(_has_left, recent)) if is_new else recent
        yield from _slices(shape, found if self._with_members else [], tenant.delta.members)

    def _shape(self, full: Row, updated: frozenset[str], once_set: frozenset[str], *, is_new: bool) -> Row:
        """The object without what was never set; what was set to null since is there."""
        partly = self.minimal and not is_new
        return {
            name: value
            for name, value in shown(full, self.view).items()
            if (value is not None or name in once_set) and (not partly or name in updated or name == "id")
        }

    def _wire_names(self, names: frozenset[str]) -> frozenset[str]:
        return frozenset(shapes.wire_name(self.source.type, name, self.view.version) for name in names)

    def _recent_members(self, tenant: Tenant) -> dict[str, list[Row]]:
        """Members that came or went since the base, by group."""
        table, found = tenant.directory.members, dict[str, list[Row]]()
        for change in table.changes(self.base, self.until):
            gone = table.removed(change.id)
            row = change.row or (gone[0] if gone else None)
            if row is not None:
                mark = {"@removed": {"reason": "deleted"}} if change.row is None else {}
                found.setdefault(row["groupId"], []).append({**_member(tenant, row["memberId"]), **mark})
        return found


def _slices(group: Row, members: list[Row], size: int) -> Iterator[Row]:
    """The object, once for every slice of its members."""
    if not members:
        yield group
    for start in range(0, len(members), size):
        yield {**group, "members@delta": members[start : start + size]}


def _all_members(tenant: Tenant, group_id: str) -> list[Row]:
    return [_member(tenant, row["memberId"]) for row in tenant.directory.members.rows(("groupId", group_id))]


def _has_left(member: Row) -> bool:
    return "@removed" in member


def _member(tenant: Tenant, key: str) -> Row:
    known = tenant.directory.find(key)
    return {"@odata.type": f"#microsoft.graph.{known[0] if known else 'user'}", "id": key}
