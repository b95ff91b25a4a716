"""The directory of a tenant: tables of objects that remember the order of their changes.

Rows are dicts in the shape of Graph v1.0, without the properties that have their usual value (see `shapes`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from simulator.history import History

Row = dict[str, Any]
Where = tuple[str, str]

# Why a delta query says that an object is gone: it was deleted softly and can be restored, or it is gone for good.
RESTORABLE, GONE = "changed", "deleted"


@dataclass(frozen=True)
class Change:
    """What happened to one object: `row` is its present state, None when it is gone for the given reason."""

    sequence: int
    id: str
    row: Row | None
    reason: str = GONE


class Table:
    """Objects of one type, in the order in which they were made.

    Args:
        history: The order of changes, shared by the tables of a directory.
        indexed: Properties by whose value rows are looked up.
    """

    def __init__(self, history: History, indexed: Sequence[str] = ()) -> None:
        self._history = history
        self._rows: list[Row | None] = []
        self._ordinals: dict[str, int] = {}
        # Every change ever made; of those of one object only the last counts.
        self._log: list[tuple[int, str]] = []
        self._last: dict[str, int] = {}
        self._earlier: dict[str, list[int]] = {}
        self._added: dict[str, int] = {}
        self._updated: dict[str, dict[str, int]] = {}
        self._removed: dict[str, tuple[Row, str]] = {}
        self._indexes: dict[str, dict[str, list[int]]] = {name: {} for name in indexed}

    def __len__(self) -> int:
        return len(self._ordinals)

    def add(self, row: Row) -> Row:
        """Put a new object into the table.

        Raises:
            ValueError: An object with this id exists.
        """
        key = row["id"]
        if key in self._ordinals:
            raise ValueError(f"there is an object with the id {key} already")
        self._ordinals[key] = len(self._rows)
        for name, index in self._indexes.items():
            index.setdefault(row[name], []).append(len(self._rows))
        self._rows.append(row)
        self._removed.pop(key, None)
        self._updated.pop(key, None)
        self._added[key] = self.touch(key)
        return row

    def get(self, key: str) -> Row | None:
        """The object with this id, None when there is none."""
        ordinal = self._ordinals.get(key)
        return None if ordinal is None else self._rows[ordinal]

    def update(self, key: str, changes: Row) -> None:
        """Change properties of an object; indexed ones stay as they are.

        Raises:
            LookupError: There is no such object.
        """
        row = self.get(key)
        if row is None:
            raise LookupError(f"there is no object with the id {key}")
        row.update(changes)
        self.touch(key, *changes)

    def remove(self, key: str, reason: str = GONE) -> None:
        """Delete an object; a delta query reports it as removed for this reason.

        Raises:
            LookupError: There is no such object.
        """
        ordinal = self._ordinals.pop(key, None)
        row = None if ordinal is None else self._rows[ordinal]
        if ordinal is None or row is None:
            raise LookupError(f"there is no object with the id {key}")
        self._rows[ordinal] = None
        self._removed[key] = (row, reason)
        self.touch(key)

    def restore(self, key: str) -> None:
        """Bring a deleted object back as it was."""
        self.add(self._removed[key][0])

    def forget(self, key: str) -> None:
        """Make a softly deleted object gone for good."""
        self._removed[key] = (self._removed[key][0], GONE)
        self.touch(key)

    def after(self, ordinal: int, where: Where | None = None) -> Iterator[tuple[int, Row]]:
        """The objects behind a place in the table, each with its own place; -1 begins at the first."""
        for place in self._places(ordinal, where):
            row = self._rows[place]
            if row is not None:
                yield place, row

    def rows(self, where: Where | None = None) -> Iterator[Row]:
        """All objects, or those whose indexed property has a value."""
        return (row for _, row in self.after(-1, where))

    def changes(self, after: int, until: int) -> Iterator[Change]:
        """Every object that changed behind `after` and up to `until`, once, in the order of its last change by then."""
        for place in range(bisect_right(self._log, after, key=itemgetter(0)), len(self._log)):
            at, key = self._log[place]
            if at > until:
                return
            if at == self._last_change(key, until):
                yield self._change(at, key, until)

    def touch(self, key: str, *names: str) -> int:
        """Count an object as changed now, in the named properties; the number of the change."""
        at = self._history.next()
        if key in self._last:
            self._earlier.setdefault(key, []).append(self._last[key])
        self._last[key] = at
        self._log.append((at, key))
        if names:
            self._updated.setdefault(key, {}).update(dict.fromkeys(names, at))
        return at

    def is_new(self, key: str, since: int) -> bool:
        """Whether an object came, or came back, after a change."""
        return self._added[key] > since

    def updated(self, key: str, since: int = 0) -> frozenset[str]:
        """The properties of an object that were updated after a change."""
        return frozenset(name for name, at in self._updated.get(key, {}).items() if at > since)

    def removed(self, key: str) -> tuple[Row, str] | None:
        """What a deleted object was, and why it is gone."""
        return self._removed.get(key)

    def before(self, sequence: int, count: int) -> int:
        """The number of the change that lies so many changes of this table before another."""
        place = bisect_right(self._log, sequence, key=itemgetter(0)) - count
        return self._log[place - 1][0] if place > 0 else 0

    def _change(self, at: int, key: str, until: int) -> Change:
        row, removed = self.get(key), self._removed.get(key)
        if row is None and removed is not None:
            # A deletion that has not arrived yet: the object still looks alive.
            row = removed[0] if self._last[key] > until else None
        return Change(at, key, row, removed[1] if removed else GONE)

    def _last_change(self, key: str, until: int) -> int:
        last = self._last[key]
        if last <= until:
            return last
        earlier = self._earlier.get(key, [])
        place = bisect_right(earlier, until)
        return earlier[place - 1] if place else 0

    def _places(self, ordinal: int, where: Where | None) -> Iterator[int]:
        if where is None:
            return iter(range(ordinal + 1, len(self._rows)))
        name, value = where
        places = self._indexes[name].get(value, [])
        return (places[number] for number in range(bisect_right(places, ordinal), len(places)))


class Directory:
    """All directory objects of a tenant and the relations between them.

    Args:
        history: The order of its changes.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.users = Table(history, ["userPrincipalName"])
        self.groups = Table(history)
        self.members = Table(history, ["groupId", "memberId"])
        self.owners = Table(history, ["objectId", "ownerId"])
        self.service_principals = Table(history, ["appId"])
        self.applications = Table(history, ["appId"])
        self.grants = Table(history, ["clientId", "principalId", "resourceId"])
        self.assignments = Table(history, ["resourceId", "principalId"])
        self.role_definitions = Table(history)
        self.role_assignments = Table(history, ["principalId"])
        self.risks = Table(history)
        self.organization = Table(history)
        self.skus = Table(history)
        # What an object held when it was deleted softly, by its id: tables and ids of the rows.
        self.set_aside: dict[str, list[tuple[Table, str]]] = {}

    def find(self, key: str) -> tuple[str, Row] | None:
        """The user, group or service principal with this id and the name of its type."""
        for name, table in (
            ("user", self.users),
            ("group", self.groups),
            ("servicePrincipal", self.service_principals),
        ):
            row = table.get(key)
            if row is not None:
                return name, row
        return None

    def add_member(self, group_id: str, member_id: str) -> None:
        """Make an object a member of a group."""
        self.members.add({"id": f"{group_id}/{member_id}", "groupId": group_id, "memberId": member_id})
        self.groups.touch(group_id, "members")

    def remove_member(self, group_id: str, member_id: str) -> None:
        """End a membership."""
        self.members.remove(f"{group_id}/{member_id}")
        if self.groups.get(group_id) is not None:
            self.groups.touch(group_id, "members")

    def add_owner(self, object_id: str, owner_id: str) -> None:
        """Make a user or service principal an owner of a group, an application or a service principal."""
        self.owners.add({"id": f"{object_id}/{owner_id}", "objectId": object_id, "ownerId": owner_id})

    def remove_owner(self, object_id: str, owner_id: str) -> None:
        """End an ownership."""
        self.owners.remove(f"{object_id}/{owner_id}")
