"""Everything that is fetched, as rows of one table.

The table feeds the dlt source, the permission page of the docs, `consentry check` and the simulator's coverage test.
Permissions and licences: Microsoft Graph permissions reference and the reference page of each list. Costs and buckets:
Microsoft Graph service-specific throttling limits.
"""

from __future__ import annotations

from typing import Final

from pipelines.entra.collection import CHANGES, MEMBERS, RELATED, SNAPSHOT, WINDOW, Collection
from pipelines.entra.licences import PREMIUM, WORKLOAD

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


def _changes(name: str, path: str, permission: str, meaning: str, **more: object) -> Collection:
    """Return a collection of directory objects, which Graph follows by delta queries."""
    return Collection(name, name, path, CHANGES, permission, meaning, **more)  # type: ignore[arg-type]


def _owners(parent: str, path: str, parent_key: str, permission: str, meaning: str) -> Collection:
    """Return the collection of who owns the objects of another one."""
    name = f"{parent.removesuffix('s')}_owners"
    column = f"{parent.removesuffix('s')}_id"
    return Collection(
        name, name, path, RELATED, permission, meaning, parent=parent, parent_key=parent_key, key=(column, "id"), cost=2
    )


def _sign_ins(name: str, kind: str, meaning: str) -> Collection:
    """Return the collection of one kind of sign-in; kinds of user and of service principals cannot share a query."""
    return Collection(
        f"sign_ins_{name}",
        "sign_ins",
        "/beta/auditLogs/signIns",
        WINDOW,
        "AuditLog.Read.All",
        meaning,
        params={"$top": "1000"},
        filter=f"signInEventTypes/any(t: t eq '{kind}')",
        cursor="createdDateTime",
        retention_days=30,
        licence=PREMIUM,
        bucket="reports",
    )


def _summaries(name: str, function: str, meaning: str) -> Collection:
    """Return the collection of one kind of sign-in, counted by day."""
    return Collection(
        f"summarized_{name}",
        "summarized_sign_ins",
        f"/beta/auditLogs/{function}(aggregationWindow='d1')",
        SNAPSHOT,
        "AuditLog.Read.All",
        meaning,
        licence=PREMIUM,
        bucket="reports",
        instead_of=f"sign_ins_{name}",
    )


def _activity(name: str, path: str, meaning: str) -> Collection:
    """Return a report of when something was last used."""
    return Collection(
        name, name, path, SNAPSHOT, "AuditLog.Read.All", meaning, {"$top": "999"}, licence=PREMIUM, bucket="reports"
    )


DIRECTORY: Final = (
    Collection(
        "organization", "organization", "/v1.0/organization", SNAPSHOT, "Organization.Read.All", "the tenant itself"
    ),
    Collection(
        "subscribed_skus",
        "subscribed_skus",
        "/v1.0/subscribedSkus",
        SNAPSHOT,
        "LicenseAssignment.Read.All",
        "which licences the tenant has",
        cost=3,
    ),
    _changes(
        "users",
        "/v1.0/users",
        "User.Read.All",
        "people and guests",
        params={"$select": USER_PROPERTIES},
        is_required=True,
    ),
    _changes("groups", "/v1.0/groups", "GroupMember.Read.All", "groups that apps are assigned to"),
    Collection(
        "group_members",
        "group_members",
        "/v1.0/groups/{id}/members",
        MEMBERS,
        "GroupMember.Read.All",
        "who is in which group",
        parent="groups",
        parent_key="groupId",
        key=("group_id", "id"),
    ),
    _changes(
        "service_principals",
        "/v1.0/servicePrincipals",
        "Application.Read.All",
        "every app in the tenant",
        is_required=True,
    ),
    _changes("applications", "/v1.0/applications", "Application.Read.All", "the apps registered in this tenant"),
    _changes(
        "oauth2_permission_grants",
        "/v1.0/oauth2PermissionGrants",
        "Directory.Read.All",
        "delegated permissions that people or admins consented to",
    ),
    Collection(
        "app_role_assigned_to",
        "app_role_assigned_to",
        "/v1.0/servicePrincipals/{id}/appRoleAssignedTo",
        RELATED,
        "Application.Read.All",
        "application permissions, and who is assigned to which app",
        {"$top": "999"},
        parent="service_principals",
        cost=2,
    ),
    _owners("groups", "/v1.0/groups/{id}/owners", "groupId", "GroupMember.Read.All", "who owns which group"),
    _owners(
        "applications",
        "/v1.0/applications/{id}/owners",
        "applicationId",
        "Application.Read.All",
        "who owns which app registration",
    ),
    _owners(
        "service_principals",
        "/v1.0/servicePrincipals/{id}/owners",
        "servicePrincipalId",
        "Application.Read.All",
        "who owns which app",
    ),
    Collection(
        "role_definitions",
        "role_definitions",
        "/v1.0/roleManagement/directory/roleDefinitions",
        SNAPSHOT,
        "RoleManagement.Read.Directory",
        "which directory roles there are",
    ),
    Collection(
        "role_assignments",
        "role_assignments",
        "/v1.0/roleManagement/directory/roleAssignments",
        SNAPSHOT,
        "RoleManagement.Read.Directory",
        "people and apps that hold directory roles",
    ),
    Collection(
        "user_sign_in_activity",
        "user_sign_in_activity",
        "/v1.0/users",
        SNAPSHOT,
        "AuditLog.Read.All",
        "when each person last signed in",
        {"$select": "id,signInActivity", "$top": "500"},
        licence=PREMIUM,
        bucket="sign_in_activity",
    ),
    Collection(
        "risky_service_principals",
        "risky_service_principals",
        "/v1.0/identityProtection/riskyServicePrincipals",
        SNAPSHOT,
        "IdentityRiskyServicePrincipal.Read.All",
        "apps that Entra itself holds to be at risk",
        {"$top": "500"},
        licence=WORKLOAD,
        bucket="identity_protection",
    ),
    _activity(
        "service_principal_sign_in_activities",
        "/beta/reports/servicePrincipalSignInActivities",
        "when each app was last signed in to",
    ),
    _activity(
        "app_credential_sign_in_activities",
        "/beta/reports/appCredentialSignInActivities",
        "when each secret and certificate of an app was last used",
    ),
)

LOGS: Final = (
    _sign_ins("interactive", "interactiveUser", "people signing in"),
    _sign_ins("non_interactive", "nonInteractiveUser", "apps signing in for people"),
    _sign_ins("service_principal", "servicePrincipal", "apps signing in as themselves"),
    _sign_ins("managed_identity", "managedIdentity", "Azure resources signing in as themselves"),
    Collection(
        "directory_audits",
        "directory_audits",
        "/v1.0/auditLogs/directoryAudits",
        WINDOW,
        "AuditLog.Read.All",
        "who consented to what, and when",
        {"$top": "999"},
        cursor="activityDateTime",
        retention_days=7,
        bucket="reports",
    ),
    _summaries("non_interactive", "getSummarizedNonInteractiveSignIns", "apps signing in for people, counted by day"),
    _summaries("service_principal", "getSummarizedServicePrincipalSignIns", "apps signing in, counted by day"),
    _summaries("managed_identity", "getSummarizedMSISignIns", "Azure resources signing in, counted by day"),
)

COLLECTIONS: Final = DIRECTORY + LOGS


def named(name: str) -> Collection:
    """Return the collection of that name.

    Raises:
        KeyError: there is none.
    """
    return {collection.name: collection for collection in COLLECTIONS}[name]
