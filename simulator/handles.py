"""Handles on the objects of a tenant: what a story does with a user, a group or any object after making it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from simulator import deletion, roles
from simulator.directory import Row, Table

if TYPE_CHECKING:
    from simulator.tenant import Tenant


class Handle:
    """An object of the tenant; `row` is how Graph v1.0 shows it, without the usual values."""

    kind = ""

    def __init__(self, tenant: Tenant, row: Row) -> None:
        self.tenant = tenant
        self.row = row

    @property
    def id(self) -> str:
        """The object id."""
        return str(self.row["id"])

    @property
    def table(self) -> Table:
        """The table the object stands in."""
        raise NotImplementedError

    def update(self, **properties: Any) -> Self:
        """Change properties, named as in Graph; a delta query sees it."""
        self.table.update(self.id, properties)
        return self

    def clear(self, *names: str) -> Self:
        """Set properties to null; a delta query sees it."""
        return self.update(**dict.fromkeys(names))

    def soft_delete(self) -> Self:
        """Delete the object so that it can be restored; what it holds goes with it, until it comes back."""
        for table, key in self._objects():
            deletion.soft_delete(self.tenant.directory, table, key)
        return self

    def restore(self) -> Self:
        """Bring the softly deleted object back."""
        for table, key in self._objects():
            deletion.restore(self.tenant.directory, table, key)
        return self

    def remove(self) -> None:
        """Delete the object for good, deleted softly before or not, with all that refers to it."""
        for table, key in self._objects():
            deletion.remove(self.tenant.directory, table, key)

    def holds_role(self, name: str, *, scope: str = "/") -> Self:
        """A built-in directory role, for example `Global Administrator`, is assigned to the object."""
        self.tenant.directory.role_assignments.add(roles.assignment(self.id, name, scope))
        return self

    def loses_role(self, name: str, *, scope: str = "/") -> Self:
        """A role assignment ends."""
        self.tenant.directory.role_assignments.remove(roles.assignment(self.id, name, scope)["id"])
        return self

    def _objects(self) -> list[tuple[Table, str]]:
        """The objects of the directory that the handle stands for."""
        return [(self.table, self.id)]


class Owned(Handle):
    """An object that users and service principals may own."""

    def owned_by(self, *owners: Handle) -> Self:
        """Users or apps are made owners."""
        for _, key in self._objects():
            for owner in owners:
                self.tenant.directory.add_owner(key, owner.id)
        return self

    def disowned_by(self, *owners: Handle) -> Self:
        """Owners are removed."""
        for _, key in self._objects():
            for owner in owners:
                self.tenant.directory.remove_owner(key, owner.id)
        return self


class User(Handle):
    """A user of the tenant."""

    kind = "User"

    @property
    def table(self) -> Table:
        """The table of users."""
        return self.tenant.directory.users


class Group(Owned):
    """A group of the tenant."""

    kind = "Group"

    @property
    def table(self) -> Table:
        """The table of groups."""
        return self.tenant.directory.groups

    def include(self, member: Handle) -> Self:
        """Add a member."""
        self.tenant.directory.add_member(self.id, member.id)
        return self

    def exclude(self, member: Handle) -> Self:
        """Remove a member."""
        self.tenant.directory.remove_member(self.id, member.id)
        return self
