"""Everything that is fetched, as rows of one table.

The table feeds the dlt source, the permission page of the docs, `consentry check` and the simulator's coverage test.
Permissions and licences: Microsoft Graph permissions reference and the reference page of each list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

EVENTUAL: Final = {"ConsistencyLevel": "eventual"}
"""Lists of directory objects are complete only as advanced queries: this header with `$count=true`."""

UNKNOWN_ENUMS: Final = {"Prefer": "include-unknown-enum-members"}
"""Without it Graph answers newer enum members as `unknownFutureValue`."""


@dataclass(frozen=True)
class Collection:
    """One list of Graph.

    Attributes:
        name: our name for it, which is the dlt resource's; unique.
        table: the raw table that its rows land in; also names the file of its columns in `schemas/`.
        path: below Graph's origin, with the API version. `{id}` stands for a parent's id.
        shape: `snapshot` (the whole list), `window` (events since a cursor) or `per_parent` (one list per object).
        permission: the least application permission that reads it.
        params: query options.
        headers: request headers.
        filter: a `$filter` that always holds.
        cursor: the property that a window moves along.
        parent: the collection whose rows are the parents.
        retention_days: for events, how many days Graph surely keeps (Entra data retention: sign-ins 30 with the premium
            licence that they need, audits 7 without one).
        licence: the licence without which Graph refuses it.
        bucket: the quota that its requests count against.
        is_required: whether a run without it has failed rather than degraded.
        meaning: what it is for, for the docs.
    """

    name: str
    table: str
    path: str
    shape: str
    permission: str
    meaning: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    filter: str | None = None
    cursor: str | None = None
    parent: str | None = None
    retention_days: int = 0
    licence: str | None = None
    bucket: str = "directory"
    is_required: bool = False


USER_PROPERTIES: Final = (
    "id,accountEnabled,ageGroup,assignedLicenses,assignedPlans,businessPhones,city,companyName,country,createdDateTime,"
    "creationType,deletedDateTime,department,displayName,employeeHireDate,employeeId,employeeOrgData,employeeType,"
    "externalUserState,externalUserStateChangeDateTime,givenName,identities,isResourceAccount,jobTitle,"
    "lastPasswordChangeDateTime,licenseAssignmentStates,mail,mailNickname,mobilePhone,officeLocation,"
    "onPremisesDistinguishedName,onPremisesDomainName,onPremisesExtensionAttributes,onPremisesImmutableId,"
    "onPremisesLastSyncDateTime,onPremisesSamAccountName,onPremisesSecurityIdentifier,onPremisesSyncEnabled,"
    "onPremisesUserPrincipalName,otherMails,passwordPolicies,preferredLanguage,proxyAddresses,securityIdentifier,"
    "showInAddressList,signInSessionsValidFromDateTime,state,surname,usageLocation,userPrincipalName,userType"
)
"""Users answer eleven properties unless asked for more; the other lists answer all of theirs."""

COUNTED: Final = {"$count": "true", "$top": "999"}
PREMIUM: Final = "Microsoft Entra ID P1 or P2"


def _sign_ins(name: str, kind: str, meaning: str) -> Collection:
    """Return the collection of one kind of sign-in; kinds of user and of service principals cannot share a query."""
    return Collection(
        name=f"sign_ins_{name}",
        table="sign_ins",
        path="/beta/auditLogs/signIns",
        shape="window",
        permission="AuditLog.Read.All",
        meaning=meaning,
        params={"$top": "1000"},
        headers=UNKNOWN_ENUMS,
        filter=f"signInEventTypes/any(t: t eq '{kind}')",
        cursor="createdDateTime",
        retention_days=30,
        licence=PREMIUM,
        bucket="reports",
    )


COLLECTIONS: Final = (
    Collection(
        "organization", "organization", "/v1.0/organization", "snapshot", "Organization.Read.All", "the tenant itself"
    ),
    Collection(
        "subscribed_skus",
        "subscribed_skus",
        "/v1.0/subscribedSkus",
        "snapshot",
        "LicenseAssignment.Read.All",
        "which licences the tenant has",
    ),
    Collection(
        "users",
        "users",
        "/v1.0/users",
        "snapshot",
        "User.Read.All",
        "people and guests",
        params={"$select": USER_PROPERTIES, **COUNTED},
        headers=EVENTUAL,
        is_required=True,
    ),
    Collection(
        "groups",
        "groups",
        "/v1.0/groups",
        "snapshot",
        "GroupMember.Read.All",
        "groups that apps are assigned to",
        params=COUNTED,
        headers=EVENTUAL,
    ),
    Collection(
        "service_principals",
        "service_principals",
        "/v1.0/servicePrincipals",
        "snapshot",
        "Application.Read.All",
        "every app in the tenant",
        params=COUNTED,
        headers=EVENTUAL,
        is_required=True,
    ),
    Collection(
        "applications",
        "applications",
        "/v1.0/applications",
        "snapshot",
        "Application.Read.All",
        "the apps registered in this tenant",
        params=COUNTED,
        headers=EVENTUAL,
    ),
    Collection(
        "oauth2_permission_grants",
        "oauth2_permission_grants",
        "/v1.0/oauth2PermissionGrants",
        "snapshot",
        "Directory.Read.All",
        "delegated permissions that people or admins consented to",
        params=COUNTED,
        headers=EVENTUAL,
    ),
    Collection(
        "app_role_assigned_to",
        "app_role_assigned_to",
        "/v1.0/servicePrincipals/{id}/appRoleAssignedTo",
        "per_parent",
        "Application.Read.All",
        "application permissions, and who is assigned to which app",
        params={"$top": "999"},
        parent="service_principals",
    ),
    _sign_ins("interactive", "interactiveUser", "people signing in"),
    _sign_ins("non_interactive", "nonInteractiveUser", "apps signing in for people"),
    _sign_ins("service_principal", "servicePrincipal", "apps signing in as themselves"),
    _sign_ins("managed_identity", "managedIdentity", "Azure resources signing in as themselves"),
    Collection(
        "directory_audits",
        "directory_audits",
        "/v1.0/auditLogs/directoryAudits",
        "window",
        "AuditLog.Read.All",
        "who consented to what, and when",
        params={"$top": "999"},
        cursor="activityDateTime",
        retention_days=7,
        bucket="reports",
    ),
)


def named(name: str) -> Collection:
    """Return the collection of that name.

    Raises:
        KeyError: there is none.
    """
    return {collection.name: collection for collection in COLLECTIONS}[name]
