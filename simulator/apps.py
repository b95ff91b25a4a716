"""Handles on apps: what they were granted, who uses them, what proves them, and whether they are at risk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from simulator import catalogue, founding, ids, relations
from simulator.audits import assignment_event, creation_event, credential_events
from simulator.catalogue import GRAPH_APP_ID
from simulator.directory import Table
from simulator.handles import Handle, Owned, User
from simulator.instants import ticks_of
from simulator.outcomes import INTERACTIVE, MANAGED_IDENTITY, NON_INTERACTIVE, SERVICE_PRINCIPAL
from simulator.sign_ins import Client

EVERYONE = "everyone"
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"


class App(Owned):
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

    @property
    def application(self) -> Application | None:
        """The application object, which only the tenant that registered the app has."""
        row = next(self.tenant.directory.applications.rows(("appId", self.app_id)), None)
        return Application(self.tenant, row) if row else None

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

    def revoked(self, *scopes: str, of: str | User, on: str = GRAPH_APP_ID) -> Self:
        """Delegated permissions were taken back: these, or all when none is named.

        Args:
            *scopes: What was taken back.
            of: `everyone`, or the user whose grant it is.
            on: App id of the API.
        """
        resource = self.tenant.microsoft_app(on).row
        relations.revoke(self.tenant, self.row, resource, of.row if isinstance(of, User) else None, frozenset(scopes))
        self._refresh_client()
        return self

    def assigned(self, *principals: Handle, role: str = DEFAULT_ACCESS, days_ago: float = 100) -> Self:
        """Users or groups were assigned to the app."""
        for principal in principals:
            relations.assign(self.tenant, principal.row, principal.kind, self.row, role, self.tenant.ago(days_ago))
        return self

    def unassigned(self, *principals: Handle, role: str = DEFAULT_ACCESS) -> Self:
        """Assignments of users or groups ended."""
        for principal in principals:
            relations.unassign(self.tenant, principal.row, self.row, role)
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

    def loses(self, *roles: str, on: str = GRAPH_APP_ID) -> Self:
        """Application permissions were taken back."""
        resource = self.tenant.microsoft_app(on).row
        for role in roles:
            relations.unassign(self.tenant, self.row, resource, catalogue.permission(on, "role", role).id)
        return self

    def is_risky(
        self, level: str = "high", state: str = "atRisk", *, detail: str = "none", days_ago: float = 1
    ) -> Self:
        """Identity Protection found the app risky; said again, the risk changes."""
        risk = relations.risk(self.row, level, state, detail, self.tenant.ago(days_ago))
        risks = self.tenant.directory.risks
        if risks.get(self.id) is None:
            risks.add(risk)
        else:
            risks.update(self.id, risk)
        return self

    def credential_added(
        self, kind: str = "secret", *, by: User, days_ago: float, ends_in_days: float = 180, in_tenant: bool = False
    ) -> Self:
        """A secret or certificate was added, and the audit log tells of it.

        Args:
            kind: `secret` or `certificate`.
            by: Who added it.
            days_ago: When.
            ends_in_days: When it ends, counted from now.
            in_tenant: Whether it was added to the service principal though the tenant registered the app; an app of
                others has no other place for it.
        """
        at = ticks_of(self.tenant.anchor - timedelta(days=days_ago))
        number = sum(len(self.row.get(name, ())) for name in ("passwordCredentials", "keyCredentials"))
        credential = founding.credential(kind, f"{self.app_id}/{at}/{number}", self.tenant.ago(days_ago), self.tenant.ago(-ends_in_days))  # fmt: skip
        holder: Handle = self if in_tenant or self.application is None else self.application
        name = "passwordCredentials" if kind == "secret" else "keyCredentials"
        before = [*holder.row.get("passwordCredentials", ()), *holder.row.get("keyCredentials", ())]
        holder.update(**{name: [*holder.row.get(name, ()), credential]})
        for event in credential_events(holder.row, holder.kind, self.row, before, credential, by.row, at):
            self.tenant.audits.add(event)
        self._refresh_client()
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
        dropped: bool = False,
    ) -> Self:
        """The log has sign-ins of the app, by a user or (without one) by itself.

        Args:
            user: Who signed in.
            days_ago: When the first was.
            kind: What kind of sign-in; made out from the user and the app when omitted.
            error: The result code; 0 is success.
            times: How many, one minute apart.
            arrives_after: How long the log takes to show them.
            dropped: Whether the log has dropped them already, so that only the reports of use remember them.
        """
        alone = MANAGED_IDENTITY if self.row.get("servicePrincipalType") == "ManagedIdentity" else SERVICE_PRINCIPAL
        chosen = kind or (INTERACTIVE if user else alone)
        if (user is None) == (chosen in {INTERACTIVE, NON_INTERACTIVE}):
            raise ValueError(f"a sign-in of kind {chosen} is by {'a user' if user is None else 'the app itself'}")
        first, client = self.tenant.anchor - timedelta(days=days_ago), self.client()
        for number in range(times):
            at = first + timedelta(minutes=number)
            actor = user.row if user else None
            self.tenant.sign_in(chosen, actor, client, at, error=error, delay=arrives_after, dropped=dropped)
        return self

    def client(self) -> Client:
        """The app as the sign-in log shows it, with the Graph scopes its tokens carry."""
        mine = self.tenant.directory.grants.rows(("clientId", self.id))
        scopes = sorted({scope for grant in mine for scope in grant["scope"].split()})
        owner = self.row["appOwnerOrganizationId"] or ""
        return Client(self.app_id, self.row["displayName"], self.id, owner, tuple(scopes), *self._credential())

    def _credential(self) -> tuple[str, str]:
        """Id and type of the credential the app proves itself with: the one that ends last."""
        holders = [self.row, self.application.row] if self.application else [self.row]
        found = [
            (credential["endDateTime"], credential["keyId"], kind)
            for holder in holders
            for name, kind in (("passwordCredentials", "clientSecret"), ("keyCredentials", "certificate"))
            for credential in holder.get(name, ())
        ]
        return max(found)[1:] if found else ("", "clientSecret")

    def _objects(self) -> list[tuple[Table, str]]:
        """The service principal, and the application where the tenant registered it, deleted or not."""
        table, key = self.tenant.directory.applications, ids.guid("application", self.tenant.seed, self.app_id)
        registered = table.get(key) is not None or table.removed(key) is not None
        return [*super()._objects(), *([(table, key)] if registered else [])]

    def _refresh_client(self) -> None:
        """Tell the sign-in log, if it knows the app, what changed."""
        if self.app_id in self.tenant.sign_ins.clients.numbers:
            self.tenant.client_index(self.client())

    def _people(self, wanted: int) -> list[User]:
        found = [User(self.tenant, row) for row in self.tenant.directory.users.rows()][:wanted]
        return found + [self.tenant.user(f"User {number + 1}") for number in range(len(found), wanted)]


class Application(Owned):
    """The application object of an app that the tenant registered."""

    kind = "Application"

    @property
    def table(self) -> Table:
        """The table of applications."""
        return self.tenant.directory.applications
