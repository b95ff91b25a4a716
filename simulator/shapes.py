"""The shapes of directory objects: what each type carries on the wire when nothing special is said about it.

Tables keep only what differs; `complete` fills in the rest. All names are those of Graph v1.0.
"""

from __future__ import annotations

from typing import Any

from simulator import catalogue, schema
from simulator.directory import Row

USER: Row = {
    "id": None,
    "deletedDateTime": None,
    "accountEnabled": True,
    "ageGroup": None,
    "assignedLicenses": [],
    "assignedPlans": [],
    "businessPhones": [],
    "city": None,
    "companyName": None,
    "consentProvidedForMinor": None,
    "country": None,
    "createdDateTime": None,
    "creationType": None,
    "department": None,
    "displayName": None,
    "employeeHireDate": None,
    "employeeId": None,
    "employeeLeaveDateTime": None,
    "employeeType": None,
    "externalUserState": None,
    "externalUserStateChangeDateTime": None,
    "faxNumber": None,
    "givenName": None,
    "identities": [],
    "imAddresses": [],
    "isManagementRestricted": None,
    "isResourceAccount": None,
    "jobTitle": None,
    "lastPasswordChangeDateTime": None,
    "legalAgeGroupClassification": None,
    "mail": None,
    "mailNickname": None,
    "mobilePhone": None,
    "officeLocation": None,
    "onPremisesDistinguishedName": None,
    "onPremisesDomainName": None,
    "onPremisesImmutableId": None,
    "onPremisesLastSyncDateTime": None,
    "onPremisesSamAccountName": None,
    "onPremisesSecurityIdentifier": None,
    "onPremisesSyncEnabled": None,
    "onPremisesUserPrincipalName": None,
    "otherMails": [],
    "passwordPolicies": None,
    "postalCode": None,
    "preferredDataLocation": None,
    "preferredLanguage": None,
    "provisionedPlans": [],
    "proxyAddresses": [],
    "securityIdentifier": None,
    "showInAddressList": None,
    "signInSessionsValidFromDateTime": None,
    "state": None,
    "streetAddress": None,
    "surname": None,
    "usageLocation": None,
    "userPrincipalName": None,
    "userType": "Member",
}

GROUP: Row = {
    "id": None,
    "deletedDateTime": None,
    "classification": None,
    "createdDateTime": None,
    "description": None,
    "displayName": None,
    "expirationDateTime": None,
    "groupTypes": [],
    "isAssignableToRole": None,
    "mail": None,
    "mailEnabled": False,
    "mailNickname": None,
    "membershipRule": None,
    "membershipRuleProcessingState": None,
    "onPremisesDomainName": None,
    "onPremisesLastSyncDateTime": None,
    "onPremisesNetBiosName": None,
    "onPremisesSamAccountName": None,
    "onPremisesSecurityIdentifier": None,
    "onPremisesSyncEnabled": None,
    "preferredDataLocation": None,
    "preferredLanguage": None,
    "proxyAddresses": [],
    "renewedDateTime": None,
    "resourceBehaviorOptions": [],
    "resourceProvisioningOptions": [],
    "securityEnabled": True,
    "securityIdentifier": None,
    "theme": None,
    "uniqueName": None,
    "visibility": None,
}

_INFO = dict.fromkeys(("logoUrl", "marketingUrl", "privacyStatementUrl", "supportUrl", "termsOfServiceUrl"))
NO_PUBLISHER: Row = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}

SERVICE_PRINCIPAL: Row = {
    "id": None,
    "deletedDateTime": None,
    "accountEnabled": True,
    "addIns": [],
    "alternativeNames": [],
    "appDescription": None,
    "appDisplayName": None,
    "appId": None,
    "appOwnerOrganizationId": None,
    "appRoleAssignmentRequired": False,
    "appRoles": [],
    "applicationTemplateId": None,
    "createdDateTime": None,
    "description": None,
    "disabledByMicrosoftStatus": None,
    "displayName": None,
    "homepage": None,
    "info": _INFO,
    "keyCredentials": [],
    "loginUrl": None,
    "logoutUrl": None,
    "notes": None,
    "notificationEmailAddresses": [],
    "oauth2PermissionScopes": [],
    "passwordCredentials": [],
    "preferredSingleSignOnMode": None,
    "preferredTokenSigningKeyThumbprint": None,
    "replyUrls": [],
    "resourceSpecificApplicationPermissions": [],
    "samlSingleSignOnSettings": None,
    "servicePrincipalNames": [],
    "servicePrincipalType": "Application",
    "signInAudience": "AzureADMultipleOrgs",
    "tags": [],
    "tokenEncryptionKeyId": None,
    "verifiedPublisher": NO_PUBLISHER,
}

APPLICATION: Row = {
    "id": None,
    "deletedDateTime": None,
    "addIns": [],
    "api": {
        "acceptMappedClaims": None,
        "knownClientApplications": [],
        "oauth2PermissionScopes": [],
        "preAuthorizedApplications": [],
        "requestedAccessTokenVersion": None,
    },
    "appId": None,
    "appRoles": [],
    "applicationTemplateId": None,
    "createdDateTime": None,
    "description": None,
    "disabledByMicrosoftStatus": None,
    "displayName": None,
    "groupMembershipClaims": None,
    "identifierUris": [],
    "info": _INFO,
    "isFallbackPublicClient": None,
    "keyCredentials": [],
    "notes": None,
    "optionalClaims": None,
    "passwordCredentials": [],
    "publicClient": {"redirectUris": []},
    "publisherDomain": None,
    "requiredResourceAccess": [],
    "samlMetadataUrl": None,
    "serviceManagementReference": None,
    "signInAudience": "AzureADMyOrg",
    "spa": {"redirectUris": []},
    "tags": [],
    "tokenEncryptionKeyId": None,
    "verifiedPublisher": NO_PUBLISHER,
    "web": {
        "homePageUrl": None,
        "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
        "logoutUrl": None,
        "redirectUriSettings": [],
        "redirectUris": [],
    },
}

_DEFAULTS: dict[str, Row] = {
    "user": USER,
    "group": GROUP,
    "servicePrincipal": SERVICE_PRINCIPAL,
    "application": APPLICATION,
}

# Properties that carry another name in beta, and what beta adds.
_BETA_NAMES: dict[str, dict[str, str]] = {
    "servicePrincipal": {"oauth2PermissionScopes": "publishedPermissionScopes"},
    "appRoleAssignment": {"createdDateTime": "creationTimestamp"},
}
# Both times of a grant mean nothing; Graph fills them all the same.
_BETA_EXTRAS: dict[str, Row] = {
    "oAuth2PermissionGrant": {"startTime": "0001-01-01T00:00:00Z", "expiryTime": "9999-12-31T23:59:59.9999999Z"},
}
# What rows carry that v1.0 does not know.
_BETA_ONLY: dict[str, frozenset[str]] = {
    "unifiedRoleDefinition": frozenset({"isPrivileged"}),
    "riskyServicePrincipal": frozenset({"accountEnabled"}),
}


def complete(type_name: str, row: Row, version: str) -> Row:
    """The row with every property it has on the wire, under the names of `version`."""
    full = {**_DEFAULTS.get(type_name, {}), **row}
    if version == "v1.0":
        unknown = _BETA_ONLY.get(type_name)
        return {name: value for name, value in full.items() if name not in unknown} if unknown else full
    full = {**full, **_BETA_EXTRAS.get(type_name, {})}
    renamed = _BETA_NAMES.get(type_name, {})
    known = schema.names(type_name, version)
    return {name: value for key, value in full.items() if (name := renamed.get(key, key)) in known}


def wire_name(type_name: str, name: str, version: str) -> str:
    """What a property is called in `version`."""
    return name if version == "v1.0" else _BETA_NAMES.get(type_name, {}).get(name, name)


def app_roles(app_id: str) -> list[Row]:
    """The app roles that an API publishes."""
    return [
        {
            "allowedMemberTypes": ["Application"],
            "description": role.display_name,
            "displayName": role.display_name,
            "id": role.id,
            "isEnabled": True,
            "origin": "Application",
            "value": role.value,
        }
        for role in catalogue.permissions(app_id)
        if role.kind == "role"
    ]


def scopes(app_id: str) -> list[Row]:
    """The delegated permission scopes that an API publishes."""
    return [
        {
            "adminConsentDescription": scope.display_name,
            "adminConsentDisplayName": scope.display_name,
            "id": scope.id,
            "isEnabled": True,
            "type": scope.consent,
            "userConsentDescription": scope.display_name,
            "userConsentDisplayName": scope.display_name,
            "value": scope.value,
        }
        for scope in catalogue.permissions(app_id)
        if scope.kind == "scope"
    ]


def group_kind(kind: str) -> dict[str, Any]:
    """The flags that make a group Microsoft 365, security, mail-enabled security or distribution.

    Raises:
        ValueError: `kind` is none of the four.
    """
    flags: dict[str, tuple[list[str], bool, bool]] = {
        "microsoft365": (["Unified"], True, False),
        "security": ([], False, True),
        "mail-enabled security": ([], True, True),
        "distribution": ([], True, False),
    }
    if kind not in flags:
        raise ValueError(f"a group is one of {', '.join(flags)}; '{kind}' is none of them")
    types, mail, security = flags[kind]
    return {"groupTypes": list(types), "mailEnabled": mail, "securityEnabled": security}
