"""Handles on the objects of a tenant: what a story does with a user, a group or an app after making it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from simulator import catalogue, relations
from simulator.audits import assignment_event, creation_event
from simulator.catalogue import GRAPH_APP_ID
from simulator.directory import Row, Table
from simulator.instants import ticks_of
from simulator.outcomes import INTERACTIVE, MANAGED_IDENTITY, NON_INTERACTIVE, SERVICE_PRINCIPAL
from simulator.sign_ins import Client

if TYPE_CHECKING:
    from simulator.tenant import Tenant

EVERYONE = "everyone"
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"


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


class User(Handle):
    """A user of the tenant."""

    kind = "User"

    @property
    def table(self) -> Table:
        """The table of users."""
        return self.tenant.directory.users


class Group(Handle):
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


class App(Handle):
    """An app of the tenant: a service principal with what it was granted and who uses it."""

    kind = "ServicePrincipal"

    @property
    def table(self) -> Table:
        """The table of service principals."""
        return self.tenant.directory.service_principals

    @property
    def app_id(self) -> str:
        """The client id, the same in every tenant."""
        return str(self.row["appId"])

    def granted(
        self,
        *scopes: str,
        by: User | None = None,
        to: str | User | None = None,
        on: str = GRAPH_APP_ID,
        days_ago: float | None = None,
    ) -> Self:
        """Delegated permissions were consented to.

        Args:
            *scopes: What was granted, for example `Mail.Read`.
            by: Who consented; for themselves unless `to` says otherwise.
            to: `everyone`, or the one user it is for. Everyone, when nobody is named at all.
            on: App id of the API.
            days_ago: When; the consent is in the audit log only if this is given (and somebody consented).
        """
        principal = None if to == EVERYONE else to if isinstance(to, User) else by
        at = None if days_ago is None else ticks_of(self.tenant.anchor - timedelta(days=days_ago))
        resource = self.tenant.microsoft_app(on).row
        # Entra writes the list of scopes with a space in front.
        scope = " " + " ".join(scopes)
        by_row, to_row = (by.row if by else None), (principal.row if principal else None)
        relations.grant(self.tenant, self.row, resource, scope, to_row, by=by_row, at=at)
        self._refresh_client()
        return self

    def assigned(self, *principals: Handle, role: str = DEFAULT_ACCESS, days_ago: float = 100) -> Self:
        """Users or groups were assigned to the app."""
        for principal in principals:
            relations.assign(self.tenant, principal.row, principal.kind, self.row, role, self.tenant.ago(days_ago))
        return self

    def holds(self, *roles: str, on: str = GRAPH_APP_ID, days_ago: float = 100, by: User | None = None) -> Self:
        """Application permissions were given to the app; logged when `by` says who did it."""
        resource = self.tenant.microsoft_app(on).row
        for role in roles:
            known = catalogue.permission(on, "role", role)
            relations.assign(self.tenant, self.row, self.kind, resource, known.id, self.tenant.ago(days_ago))
            if by is not None:
                at = ticks_of(self.tenant.anchor - timedelta(days=days_ago))
                self.tenant.audits.add(assignment_event(self.row, resource, by.row, role, at))
        return self

    def added(self, *, by: User, days_ago: float) -> Self:
        """The audit log has the event of the app coming into the tenant."""
        self.tenant.audits.add(
            creation_event(self.row, by.row, ticks_of(self.tenant.anchor - timedelta(days=days_ago)))
        )
        return self

    def used_by(
        self, users: int | User | Iterable[User], days_ago: float, *, times: int = 1, kind: str = INTERACTIVE
    ) -> Self:
        """Users signed in with success.

        Args:
            users: Which, or how many: then the first of the tenant, made when there are too few.
            days_ago: When.
            times: How often each; one minute apart.
            kind: `interactiveUser` or `nonInteractiveUser`.
        """
        people = self._people(users) if isinstance(users, int) else [users] if isinstance(users, User) else users
        for user in people:
            self.signed_in(user, days_ago=days_ago, times=times, kind=kind)
        return self

    def signed_in(
        self,
        user: User | None = None,
        *,
        days_ago: float,
        kind: str | None = None,
        error: int = 0,
        times: int = 1,
        arrives_after: timedelta | None = None,
    ) -> Self:
        """The log has sign-ins of the app, by a user or (without one) by itself.

        Args:
            user: Who signed in.
            days_ago: When the first was.
            kind: What kind of sign-in; made out from the user and the app when omitted.
            error: The result code; 0 is success.
            times: How many, one minute apart.
            arrives_after: How long the log takes to show them.
        """
        alone = MANAGED_IDENTITY if self.row.get("servicePrincipalType") == "ManagedIdentity" else SERVICE_PRINCIPAL
        chosen = kind or (INTERACTIVE if user else alone)
        if (user is None) == (chosen in {INTERACTIVE, NON_INTERACTIVE}):
            raise ValueError(f"a sign-in of kind {chosen} is by {'a user' if user is None else 'the app itself'}")
        first = self.tenant.anchor - timedelta(days=days_ago)
        for number in range(times):
            at = first + timedelta(minutes=number)
            actor = user.row if user else None
            self.tenant.sign_in(chosen, actor, self.client(), at, error=error, delay=arrives_after)
        return self

    def client(self) -> Client:
        """The app as the sign-in log shows it, with the Graph scopes its tokens carry."""
        mine = self.tenant.directory.grants.rows(("clientId", self.id))
        scopes = sorted({scope for grant in mine for scope in grant["scope"].split()})
        owner = self.row["appOwnerOrganizationId"] or ""
        return Client(self.app_id, self.row["displayName"], self.id, owner, tuple(scopes))

    def _refresh_client(self) -> None:
        self.tenant.client_index(self.client())

    def _people(self, wanted: int) -> list[User]:
        found = [User(self.tenant, row) for row in self.tenant.directory.users.rows()][:wanted]
        return found + [self.tenant.user(f"User {number + 1}") for number in range(len(found), wanted)]
