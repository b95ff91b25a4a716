"""Every collection the simulator answers for: one row each. A new collection of a known kind is a row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator import instants
from simulator.directory import Row
from simulator.sign_in_rows import request_id
from simulator.sources import AuditSource, MemberSource, SignInSource, Source, TableSource, View

if TYPE_CHECKING:
    from simulator.tenant import Tenant

_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
_USERS = (*_DIRECTORY, "User.Read.All", "User.ReadWrite.All")
_GROUPS = (*_DIRECTORY, "Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All")
_APPS = (*_DIRECTORY, "Application.Read.All", "Application.ReadWrite.All")
_LOGS = ("AuditLog.Read.All",)


@dataclass(frozen=True)
class Collection:
    """One list of Microsoft Graph.

    Attributes:
        path: Segments behind the version; `{id}` stands for a key.
        type: The declared type of the rows.
        source: Where the rows come from.
        roles: Application permissions, any of which opens it.
        context: What `@odata.context` names behind `$metadata#`; `{id}` is the parent's key.
        page: Rows of a page when `$top` is not given.
        top: The largest `$top`.
        units: Resource units a request costs; 0 for the endpoints of the reports service.
        orders: Properties `$orderby` may name without an advanced query.
        options: The query options it takes besides `$top`, `$skiptoken` and `$count`.
        has_delta: Whether it can be followed by delta queries.
        premium: Whether it needs a P1 licence.
    """

    path: tuple[str, ...]
    type: str
    source: Source
    roles: tuple[str, ...]
    context: str
    page: int = 100
    top: int = 999
    units: int = 1
    orders: tuple[str, ...] = ()
    options: frozenset[str] = frozenset({"$filter", "$select", "$orderby"})
    has_delta: bool = False
    premium: bool = False

    @property
    def is_report(self) -> bool:
        """Whether the reports service answers: other errors, other limits, no advanced queries."""
        return self.units == 0

    @property
    def name(self) -> str:
        """The last segment."""
        return self.path[-1]


def _with_activity(tenant: Tenant, view: View, row: Row) -> Row:
    """The user with `signInActivity`, which lives outside the directory and comes only when selected."""
    if "signInActivity" not in view.select:
        return row
    known = tenant.sign_ins.latest(view.visible_at).get(row["id"])
    if not known:
        return row
    activity = {}
    for name, (ticks, kind, number) in known.items():
        activity[f"{name}DateTime"] = instants.written(ticks)
        activity[f"{name}RequestId"] = request_id(kind, number, tenant.seed)
    return {**row, "signInActivity": activity}


COLLECTIONS: tuple[Collection, ...] = (
    Collection(
        ("users",), "user", TableSource(lambda t: t.directory.users, "user", finish=_with_activity), _USERS, "users",
        units=2, orders=("displayName", "userPrincipalName"), has_delta=True,
    ),
    Collection(
        ("groups",), "group", TableSource(lambda t: t.directory.groups, "group"), _GROUPS, "groups",
        orders=("displayName",), has_delta=True,
    ),
    Collection(("groups", "{id}", "members"), "user", MemberSource(), _GROUPS, "directoryObjects", units=3),
    Collection(
        ("servicePrincipals",), "servicePrincipal",
        TableSource(lambda t: t.directory.service_principals, "servicePrincipal"), _APPS, "servicePrincipals", has_delta=True,
    ),
    Collection(
        ("servicePrincipals", "{id}", "appRoleAssignedTo"), "appRoleAssignment",
        TableSource(lambda t: t.directory.assignments, "appRoleAssignment", "resourceId"), _APPS,
        "servicePrincipals('{id}')/appRoleAssignedTo",
    ),
    Collection(
        ("servicePrincipals", "{id}", "appRoleAssignments"), "appRoleAssignment",
        TableSource(lambda t: t.directory.assignments, "appRoleAssignment", "principalId"), _APPS,
        "servicePrincipals('{id}')/appRoleAssignments", units=2,
    ),
    Collection(
        ("users", "{id}", "appRoleAssignments"), "appRoleAssignment",
        TableSource(lambda t: t.directory.assignments, "appRoleAssignment", "principalId"), _DIRECTORY,
        "users('{id}')/appRoleAssignments",
    ),
    Collection(
        ("applications",), "application", TableSource(lambda t: t.directory.applications, "application"), _APPS,
        "applications", units=2, has_delta=True,
    ),
    Collection(
        ("oauth2PermissionGrants",), "oAuth2PermissionGrant",
        TableSource(lambda t: t.directory.grants, "oAuth2PermissionGrant"), _DIRECTORY, "oauth2PermissionGrants",
        units=2, has_delta=True,
    ),
    Collection(
        ("organization",), "organization", TableSource(lambda t: t.directory.organization, "organization"),
        (*_DIRECTORY, "Organization.Read.All", "User.Read.All"), "organization",
    ),
    Collection(
        ("subscribedSkus",), "subscribedSku", TableSource(lambda t: t.directory.skus, "subscribedSku"),
        (*_DIRECTORY, "Organization.Read.All", "LicenseAssignment.Read.All"), "subscribedSkus", units=3,
    ),
    Collection(
        ("auditLogs", "signIns"), "signIn", SignInSource(), _LOGS, "auditLogs/signIns",
        page=1000, top=1000, units=0, orders=("createdDateTime",), premium=True,
    ),
    Collection(
        ("auditLogs", "directoryAudits"), "directoryAudit", AuditSource(), _LOGS, "auditLogs/directoryAudits",
        page=1000, top=1000, units=0, orders=("activityDateTime",),
    ),
)  # fmt: skip


def named(name: str) -> Collection:
    """The collection whose last segment is `name`.

    Raises:
        LookupError: There is none.
    """
    for collection in COLLECTIONS:
        if collection.name == name:
            return collection
    raise LookupError(f"the simulator has no collection '{name}'; it has {', '.join(c.name for c in COLLECTIONS)}")
