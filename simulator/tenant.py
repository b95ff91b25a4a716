"""A pretended Entra tenant, and the verbs that tell its story."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulator import catalogue, founding, ids, shapes, truth
from simulator.apps import App
from simulator.audits import AuditLog
from simulator.catalogue import GRAPH_APP_ID
from simulator.clock import Clock
from simulator.directory import Directory, Row
from simulator.founding import PREMIUM, WORKLOAD_PREMIUM
from simulator.habits import DeltaHabits
from simulator.handles import Group, User
from simulator.history import History
from simulator.instants import ticks_of, written
from simulator.outcomes import KINDS
from simulator.sign_ins import Actor, Client, Columns, SignInLog

DEFAULT_ROLES = ("Directory.Read.All", "AuditLog.Read.All", "IdentityRiskyServicePrincipal.Read.All")


@dataclass(frozen=True, repr=False)
class Registration:
    """The app with which a reader signs in: its id, its secret and the application permissions it holds."""

    client_id: str
    secret: str
    roles: tuple[str, ...]


class Tenant:
    """A tenant that starts empty but for Microsoft Graph, and grows by verbs.

    Args:
        now: The present; the real time when omitted. A given time stands still, advance `clock` to move it.
        seed: Makes all ids; equal stories with equal seeds are equal tenants.
        roles: Application permissions of the app that reads the tenant.
        premium: Whether the tenant has a licence for sign-in logs.
        workload_premium: Whether it has one for the risks of workload identities.
        clock: Used instead of one made from `now`.
        anchor: The time that `days_ago` counts from; `now` when omitted.
    """

    def __init__(
        self,
        now: datetime | None = None,
        *,
        seed: int = 1,
        roles: Iterable[str] = DEFAULT_ROLES,
        premium: bool = True,
        workload_premium: bool = True,
        clock: Clock | None = None,
        anchor: datetime | None = None,
    ) -> None:
        self.clock = clock or (Clock() if now is None else Clock.fixed(now))
        self.anchor = anchor or self.clock.now()
        self.seed = seed
        self.licences = frozenset(
            plan for plan, bought in ((PREMIUM, premium), (WORKLOAD_PREMIUM, workload_premium)) if bought
        )
        self.id = ids.guid("tenant", seed)
        self.name = "Contoso"
        self.domain = "contoso.example"
        self.registration = Registration(ids.guid("reader", seed), f"sim~{ids.guid('secret', seed)}", tuple(roles))
        self.directory: Directory = Directory(History(self.clock))
        self.delta = DeltaHabits()
        self.sign_ins: SignInLog = SignInLog()
        self.audits: AuditLog = AuditLog()
        founding.found(self.directory, self.id, self.name, self.domain, self.ago(2000), self.licences)
        self.graph = self.microsoft_app(GRAPH_APP_ID)

    @property
    def now(self) -> datetime:
        """The present time of the tenant."""
        return self.clock.now()

    @property
    def replication_delay(self) -> timedelta:
        """How long changes made from now on take to show up in delta queries."""
        return self.directory.history.delay

    @replication_delay.setter
    def replication_delay(self, delay: timedelta) -> None:
        self.directory.history.delay = delay

    def ago(self, days: float) -> str:
        """The written time that many days before the anchor."""
        return written(self.anchor - timedelta(days=days))

    def user(  # noqa: PLR0913 - each is one fact of the story
        self,
        name: str,
        *,
        department: str | None = None,
        job_title: str | None = None,
        guest: bool = False,
        enabled: bool = True,
        created_days_ago: float = 400,
        upn: str | None = None,
        licensed: bool = True,
        **properties: Any,
    ) -> User:
        """Add a user; further properties are named as in Graph."""
        given, _, surname = name.partition(" ")
        key = ids.guid("user", self.seed, name, len(self.directory.users))
        alias = ".".join(name.split()).casefold() or key
        address = upn or (f"{alias}_partner.example#EXT#@{self.domain}" if guest else f"{alias}@{self.domain}")
        row: Row = {
            "id": key,
            "displayName": name,
            "givenName": given,
            "surname": surname or None,
            "userPrincipalName": address,
            "mail": f"{alias}@partner.example" if guest else address,
            "mailNickname": alias,
            "userType": "Guest" if guest else "Member",
            "accountEnabled": enabled,
            "department": department,
            "jobTitle": job_title,
            "createdDateTime": self.ago(created_days_ago),
            "usageLocation": "DE",
            "assignedLicenses": founding.user_licences() if licensed and not guest else [],
        }
        if guest:
            row |= {"creationType": "Invitation", "externalUserState": "Accepted"}
        return User(self, self.directory.users.add({**row, **properties}))

    def group(
        self,
        name: str,
        kind: str = "security",
        *,
        members: Iterable[User | Group | App] = (),
        dynamic: bool = False,
        created_days_ago: float = 400,
        **properties: Any,
    ) -> Group:
        """Add a group of kind `microsoft365`, `security`, `mail-enabled security` or `distribution`."""
        flags = shapes.group_kind(kind)
        alias = "".join(name.split()).casefold()
        row = {
            "id": ids.guid("group", self.seed, name, len(self.directory.groups)),
            "displayName": name,
            "createdDateTime": self.ago(created_days_ago),
            "mailNickname": alias,
            "mail": f"{alias}@{self.domain}" if flags["mailEnabled"] else None,
            **flags,
        }
        if dynamic:
            row["groupTypes"] = [*row["groupTypes"], "DynamicMembership"]
            row["membershipRule"] = f'(user.department -eq "{name}")'
            row["membershipRuleProcessingState"] = "On"
        group = Group(self, self.directory.groups.add({**row, **properties}))
        for member in members:
            group.include(member)
        return group

    def app(  # noqa: PLR0913 - each is one fact of the story
        self,
        name: str,
        *,
        publisher: str = "unverified",
        created_days_ago: float = 200,
        app_id: str | None = None,
        own: bool = False,
        kind: str = "Application",
        enabled: bool = True,
        reply_urls: Iterable[str] = (),
        secret_ends_in_days: float | None = None,
        certificate_ends_in_days: float | None = None,
        **properties: Any,
    ) -> App:
        """Add an app: a service principal, and its application object when the tenant owns it.

        Args:
            name: The display name.
            publisher: `verified` or `unverified`.
            created_days_ago: Age of the service principal.
            app_id: The client id; made from the seed when omitted.
            own: Whether this tenant registered the app.
            kind: `Application`, `ManagedIdentity` or `Legacy`.
            enabled: Whether users may sign in.
            reply_urls: Where answers of the token service may go.
            secret_ends_in_days: Adds a client secret with this life; negative for one that has expired.
            certificate_ends_in_days: Adds a certificate likewise.
            **properties: Further properties of the service principal, named as in Graph.
        """
        number = len(self.directory.service_principals)
        app_id = app_id or ids.guid("app", self.seed, name, number)
        owned = own or kind == "ManagedIdentity"
        row: Row = {
            "id": ids.guid("servicePrincipal", self.seed, app_id, number),
            "appId": app_id,
            "displayName": name,
            "appDisplayName": name,
            "appOwnerOrganizationId": None
            if kind == "ManagedIdentity"
            else self.id
            if owned
            else ids.guid("owner", app_id),
            "servicePrincipalType": kind,
            "accountEnabled": enabled,
            "createdDateTime": self.ago(created_days_ago),
            "servicePrincipalNames": [app_id],
            "signInAudience": "AzureADMyOrg" if owned else "AzureADMultipleOrgs",
            "tags": [] if kind == "ManagedIdentity" else ["WindowsAzureActiveDirectoryIntegratedApp"],
            "replyUrls": list(reply_urls),
        }
        if publisher == "verified":
            row["verifiedPublisher"] = founding.publisher(name, app_id, self.ago(700))
        credentials: Row = {}
        if secret_ends_in_days is not None:
            credentials["passwordCredentials"] = [
                founding.secret(app_id, self.ago(300), self.ago(-secret_ends_in_days))
            ]
        if certificate_ends_in_days is not None:
            credentials["keyCredentials"] = [
                founding.certificate(app_id, self.ago(300), self.ago(-certificate_ends_in_days))
            ]
        if own:
            self._register(row, credentials)
        else:
            row |= credentials
        return App(self, self.directory.service_principals.add({**row, **properties}))

    def microsoft_app(self, app_id: str) -> App:
        """One of Microsoft's own apps, added when the tenant does not have it yet."""
        for row in self.directory.service_principals.rows(("appId", app_id)):
            return App(self, row)
        known = next(app for app in catalogue.microsoft_apps() if app.app_id == app_id)
        return self.app(
            known.name,
            app_id=app_id,
            created_days_ago=1500,
            appOwnerOrganizationId=known.owner_tenant_id,
            appRoles=shapes.app_roles(app_id),
            oauth2PermissionScopes=shapes.scopes(app_id),
            verifiedPublisher=shapes.NO_PUBLISHER,
            tags=[],
        )

    def remove(self, handle: User | Group | App) -> None:
        """Delete a user, group or app for good, with its memberships, grants and assignments."""
        handle.remove()

    def sign_in(
        self,
        kind: str,
        actor: Row | None,
        client: Client,
        at: datetime,
        *,
        error: int = 0,
        delay: timedelta | None = None,
        dropped: bool = False,
    ) -> None:
        """Log one sign-in to Microsoft Graph.

        Args:
            kind: One of `KINDS`.
            actor: The user; None for apps that sign in by themselves.
            client: The app.
            at: When it began.
            error: The result code.
            delay: How long the log takes to show it; a minute when omitted.
            dropped: Whether the log has dropped it already, so that only reports of use remember it.
        """
        index = KINDS.index(kind)
        waiting = timedelta(minutes=1) if delay is None else delay
        row = Columns.of(
            ticks=[ticks_of(at)],
            number=self.sign_ins.numbers(index, 1),
            actor=[-1 if actor is None else self.actor_index(actor)],
            client=[self.client_index(client)],
            resource=[self.resource_index(self.graph.row)],
            error=[error],
            delay=[int(waiting.total_seconds())],
        )
        self.sign_ins.extend(index, row, dropped=dropped)

    def actor_index(self, user: Row) -> int:
        """The number under which the sign-in log knows a user."""
        guest = user["userType"] == "Guest"
        home = ids.guid("home", user["mail"]) if guest else self.id
        actor = Actor(user["id"], user["displayName"], user["userPrincipalName"], guest, home)
        return self.sign_ins.actors.number(user["id"], actor)

    def client_index(self, client: Client) -> int:
        """The number under which the sign-in log knows an app."""
        index = self.sign_ins.clients.number(client.app_id, client)
        self.sign_ins.clients[index] = client
        return index

    def resource_index(self, service_principal: Row) -> int:
        """The number under which the sign-in log knows an API."""
        row = service_principal
        resource = Client(row["appId"], row["displayName"], row["id"], row["appOwnerOrganizationId"] or "")
        return self.sign_ins.resources.number(row["appId"], resource)

    def rows(
        self,
        collection: str,
        *,
        kind: str | None = None,
        parent: str = "",
        select: Iterable[str] | None = None,
        version: str | None = None,
    ) -> list[Row]:
        """The rows of a collection exactly as a client gets them now.

        Args:
            collection: The last segment of its path, such as `users` or `signIns`; where several paths end so, the
                path without ids, such as `groups/owners`.
            kind: Kind of sign-in; interactive ones when omitted, as in Graph.
            parent: Id of the object whose list it is, or the argument of a function (`d1`); the lists of all objects
                when omitted.
            select: As in `$select`; what Graph shows by itself when omitted. An empty one shows everything.
            version: `v1.0` or `beta`; v1.0 when omitted, but beta for sign-ins and for what only beta has.
        """
        return truth.rows(self, collection, kind=kind, parent=parent, select=select, version=version)

    def rows_by_parent(
        self, collection: str, *, select: Iterable[str] | None = None, version: str | None = None
    ) -> dict[str, list[Row]]:
        """The rows of the list that each object has, by its id; the arguments are those of `rows`."""
        return truth.rows_by_parent(self, collection, select=select, version=version)

    def count(self, collection: str, *, kind: str | None = None, parent: str = "", version: str | None = None) -> int:
        """How many rows a collection has now; the arguments are those of `rows`."""
        return truth.count(self, collection, kind=kind, parent=parent, version=version)

    def _register(self, principal: Row, credentials: Row) -> None:
        self.directory.applications.add(
            {
                "id": ids.guid("application", self.seed, principal["appId"]),
                "appId": principal["appId"],
                "displayName": principal["displayName"],
                "createdDateTime": principal["createdDateTime"],
                "publisherDomain": self.domain,
                "web": {**shapes.APPLICATION["web"], "redirectUris": principal["replyUrls"]},
                **credentials,
            }
        )
