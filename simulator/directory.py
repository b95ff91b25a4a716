"""The directory of a tenant: tables of objects that remember the order of their changes.

Rows are dicts in the shape of Graph v1.0, without the properties that have their usual value (see `shapes`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from operator import itemgetter
from typing import Any

Row = dict[str, Any]
Where = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """What happened to one object: `row` is its present state, None when it is gone."""

    sequence: int
    id: str
    row: Row | None


class Table:
    """Objects of one type, in the order in which they were made.

    Args:
        sequence: The counter that orders changes, shared by the tables of a directory.
        indexed: Properties by whose value rows are looked up.
    """

    def __init__(self, sequence: Iterator[int], indexed: Sequence[str] = ()) -> None:
        self._sequence = sequence
        self._rows: list[Row | None] = []
        self._ordinals: dict[str, int] = {}
        self._changed: dict[str, int] = {}
        # Every change ever made; those that a later one of the same object has outdated are skipped.
        self._log: list[tuple[int, str]] = []
        self._removed: dict[str, Row] = {}
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
        self.touch(key)
        return row

    def get(self, key: str) -> Row | None:
        """The object with this id, None when there is none."""
        ordinal = self._ordinals.get(key)
        return None if ordinal is None else self._rows[ordinal]

    def update(self, key: str, changes: Row) -> None:
        """Change properties of an object; indexed ones stay as they are."""
        row = self.get(key)
        if row is None:
            raise LookupError(f"there is no object with the id {key}")
        row.update(changes)
        self.touch(key)

    def remove(self, key: str) -> None:
        """Delete an object; a delta query reports it as removed."""
        ordinal = self._ordinals.pop(key, None)
        row = None if ordinal is None else self._rows[ordinal]
        if ordinal is None or row is None:
            raise LookupError(f"there is no object with the id {key}")
        self._rows[ordinal] = None
        self._removed[key] = row
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

    def changes_since(self, sequence: int) -> Iterator[Change]:
        """Every object that changed after `sequence`, once, in the order of its last change."""
        for at, key in islice(self._log, bisect_right(self._log, sequence, key=itemgetter(0)), None):
            if self._changed[key] == at:
                yield Change(at, key, self.get(key))

    def touch(self, key: str) -> None:
        """Count an object as changed now."""
        at = next(self._sequence)
        self._changed[key] = at
        self._log.append((at, key))

    def removed(self, key: str) -> Row | None:
        """What a deleted object was."""
        return self._removed.get(key)

    def _places(self, ordinal: int, where: Where | None) -> Iterator[int]:
        if where is None:
            return iter(range(ordinal + 1, len(self._rows)))
        name, value = where
        return (place for place in self._indexes[name].get(value, ()) if place > ordinal)


class Directory:
    """All directory objects of a tenant and the relations between them."""

    def __init__(self) -> None:
        self._counter = count(1)
        self.users = Table(self._counter, ["userPrincipalName"])
        self.groups = Table(self._counter)
        self.members = Table(self._counter, ["groupId"])
        self.service_principals = Table(self._counter, ["appId"])
        self.applications = Table(self._counter, ["appId"])
        self.grants = Table(self._counter, ["clientId"])
        self.assignments = Table(self._counter, ["resourceId", "principalId"])
        self.organization = Table(self._counter)
        self.skus = Table(self._counter)

    def sequence(self) -> int:
        """A number behind every change made so far."""
        return next(self._counter)

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
        self.groups.touch(group_id)

    def remove_member(self, group_id: str, member_id: str) -> None:
        """End a membership."""
        self.members.remove(f"{group_id}/{member_id}")
        self.groups.touch(group_id)
