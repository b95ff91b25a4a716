"""Every collection the simulator answers for: one row each. A new collection of a known kind is a row here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.founding import PREMIUM, WORKLOAD_PREMIUM
from simulator.outcomes import MANAGED_IDENTITY, NON_INTERACTIVE, SERVICE_PRINCIPAL
from simulator.sign_in_source import SignInSource
from simulator.sources import AuditSource, DerivedSource, RelatedSource, TableSource
from simulator.summaries import WINDOWS, SummarySource
from simulator.usage_reports import app_activity, credential_activity, user_activity
from simulator.views import Source

_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
_USERS = (*_DIRECTORY, "User.Read.All", "User.ReadWrite.All")
_GROUPS = (*_DIRECTORY, "Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All")
_APPS = (*_DIRECTORY, "Application.Read.All", "Application.ReadWrite.All")
_LOGS = ("AuditLog.Read.All",)
_ROLES = (*_DIRECTORY, "RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory")
_RISKS = ("IdentityRiskyServicePrincipal.Read.All", "IdentityRiskyServicePrincipal.ReadWrite.All")

# The abstract type of what stands in a relation; each row says which type it is.
DIRECTORY_OBJECT = "directoryObject"
_BETA = ("beta",)
_PLAIN = frozenset({"$filter", "$select", "$orderby"})
_EXPANDABLE = _PLAIN | {"$expand"}

_MEMBERS = RelatedSource(lambda t: t.directory.members, "groupId", "memberId")
_OWNERS = RelatedSource(lambda t: t.directory.owners, "objectId", "ownerId")
_ASSIGNED_TO = TableSource(lambda t: t.directory.assignments, "appRoleAssignment", "resourceId")


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
        service: Which service answers, with limits and errors of its own: `directory`, `reports` or `identityProtection`.
        units: Resource units a request to the directory costs.
        orders: Properties `$orderby` may name without an advanced query.
        options: The query options it takes besides `$top`, `$skiptoken` and `$count`.
        expands: What `$expand` may name, and where that comes from.
        has_delta: Whether it can be followed by delta queries.
        licence: The service plan without which Graph refuses; empty when none is needed.
        versions: The versions of Graph that have it.
        argument: For a function, the name of its parameter; `{id}` in the path stands for the value.
        arguments: The values it takes.
    """

    path: tuple[str, ...]
    type: str
    source: Source
    roles: tuple[str, ...]
    context: str
    page: int = 100
    top: int = 999
    service: str = "directory"
    units: int = 1
    orders: tuple[str, ...] = ()
    options: frozenset[str] = _PLAIN
    expands: Mapping[str, Source] = field(default_factory=dict)
    has_delta: bool = False
    licence: str = ""
    versions: tuple[str, ...] = ("v1.0", "beta")
    argument: str = ""
    arguments: tuple[str, ...] = ()

    @property
    def is_report(self) -> bool:
        """Whether the reports service answers: other errors, other limits, no advanced queries."""
        return self.service == "reports"

    @property
    def name(self) -> str:
        """The last segment that is no key."""
        return next(segment for segment in reversed(self.path) if segment != "{id}")

    @property
    def names(self) -> tuple[str, str]:
        """What it may be called: its name, and its path without keys, for example `groups/owners`."""
        return self.name, "/".join(segment for segment in self.path if segment != "{id}")


COLLECTIONS: tuple[Collection, ...] = (
    Collection(
        ("users",), "user", TableSource(lambda t: t.directory.users, "user", finish=user_activity), _USERS, "users",
        units=2, orders=("displayName", "userPrincipalName"), has_delta=True,
    ),
    Collection(
        ("groups",), "group", TableSource(lambda t: t.directory.groups, "group"), _GROUPS, "groups",
        orders=("displayName",), options=_EXPANDABLE, expands={"members": _MEMBERS, "owners": _OWNERS}, has_delta=True,
    ),
    Collection(("groups", "{id}", "members"), DIRECTORY_OBJECT, _MEMBERS, _GROUPS, "directoryObjects", units=3),
    Collection(("groups", "{id}", "owners"), DIRECTORY_OBJECT, _OWNERS, _GROUPS, "directoryObjects"),
    Collection(("servicePrincipals", "{id}", "owners"), DIRECTORY_OBJECT, _OWNERS, _APPS, "directoryObjects"),
    Collection(("applications", "{id}", "owners"), DIRECTORY_OBJECT, _OWNERS, _APPS, "directoryObjects"),
    Collection(
        ("servicePrincipals",), "servicePrincipal",
        TableSource(lambda t: t.directory.service_principals, "servicePrincipal"), _APPS, "servicePrincipals",
        options=_EXPANDABLE, expands={"owners": _OWNERS, "appRoleAssignedTo": _ASSIGNED_TO}, has_delta=True,
    ),
    Collection(
        ("servicePrincipals", "{id}", "appRoleAssignedTo"), "appRoleAssignment",
        _ASSIGNED_TO, _APPS, "servicePrincipals('{id}')/appRoleAssignedTo",
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
        "applications", units=2, options=_EXPANDABLE, expands={"owners": _OWNERS}, has_delta=True,
    ),
    Collection(
        ("oauth2PermissionGrants",), "oAuth2PermissionGrant",
        TableSource(lambda t: t.directory.grants, "oAuth2PermissionGrant"), _DIRECTORY, "oauth2PermissionGrants",
        units=2, has_delta=True,
    ),
    Collection(
        ("roleManagement", "directory", "roleAssignments"), "unifiedRoleAssignment",
        TableSource(lambda t: t.directory.role_assignments, "unifiedRoleAssignment"), _ROLES,
        "roleManagement/directory/roleAssignments",
    ),
    Collection(
        ("roleManagement", "directory", "roleDefinitions"), "unifiedRoleDefinition",
        TableSource(lambda t: t.directory.role_definitions, "unifiedRoleDefinition"), _ROLES,
        "roleManagement/directory/roleDefinitions",
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
        page=1000, top=1000, service="reports", orders=("createdDateTime",), licence=PREMIUM,
    ),
    Collection(
        ("auditLogs", "directoryAudits"), "directoryAudit", AuditSource(), _LOGS, "auditLogs/directoryAudits",
        page=1000, top=1000, service="reports", orders=("activityDateTime",),
    ),
    *(
        Collection(
            ("auditLogs", f"getSummarized{name}SignIns", "{id}"), "summarizedSignIn", SummarySource(kind), _LOGS,
            "Collection(microsoft.graph.summarizedSignIn)", page=1000, top=1000, service="reports", licence=PREMIUM,
            options=_PLAIN - {"$orderby"}, versions=_BETA, argument="aggregationWindow", arguments=tuple(WINDOWS),
        )
        for name, kind in (("NonInteractive", NON_INTERACTIVE), ("ServicePrincipal", SERVICE_PRINCIPAL), ("MSI", MANAGED_IDENTITY))
    ),
    Collection(
        ("reports", "servicePrincipalSignInActivities"), "servicePrincipalSignInActivity",
        DerivedSource(lambda t: t.directory.service_principals, app_activity), _LOGS,
        "reports/servicePrincipalSignInActivities", service="reports", licence=PREMIUM, options=_PLAIN, versions=_BETA,
    ),
    Collection(
        ("reports", "appCredentialSignInActivities"), "appCredentialSignInActivity",
        DerivedSource(lambda t: t.directory.service_principals, credential_activity), _LOGS,
        "reports/appCredentialSignInActivities", service="reports", licence=PREMIUM, options=_PLAIN, versions=_BETA,
    ),
    Collection(
        ("identityProtection", "riskyServicePrincipals"), "riskyServicePrincipal",
        TableSource(lambda t: t.directory.risks, "riskyServicePrincipal"), _RISKS,
        "identityProtection/riskyServicePrincipals", top=500, service="identityProtection",
        options=_PLAIN - {"$orderby"}, licence=WORKLOAD_PREMIUM,
    ),
)  # fmt: skip


def named(name: str) -> Collection:
    """The collection of that name, which may be its path without keys, for example `groups/owners`.

    Raises:
        LookupError: There is none, or there are several.
    """
    found = [collection for collection in COLLECTIONS if name in collection.names]
    if len(found) == 1:
        return found[0]
    if found:
        raise LookupError(f"'{name}' is several collections; name one of {', '.join(c.names[1] for c in found)}")
    raise LookupError(f"the simulator has no collection '{name}'; it has {', '.join(c.name for c in COLLECTIONS)}")
