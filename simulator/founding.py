"""What every tenant has from the start: its organization, its licences, and the credentials of apps."""

from __future__ import annotations

from simulator import ids, roles
from simulator.directory import Directory, Row

# The service plans that open the logs and the reports, and the risks of service principals.
PREMIUM, WORKLOAD_PREMIUM = "AAD_PREMIUM", "AAD_WRKLDID_P2"

_LICENCES = {
    "SPE_E3": "05e9a617-0261-4cee-bb44-138d3ef5d965",
    "FLOW_FREE": "f30db892-07e9-47e9-837c-80727f46fd3d",
    "AAD_PREMIUM": "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
    "Workload_Identities_P2": "52cdf00e-8303-4223-a749-ff69a13e2dd0",
}
_PLANS = {
    "AAD_PREMIUM": {"servicePlanId": "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "servicePlanName": PREMIUM},
    "Workload_Identities_P2": {
        "servicePlanId": "7dc0e92d-bf15-401d-907e-0884efe7c760",
        "servicePlanName": WORKLOAD_PREMIUM,
    },
}


def found(directory: Directory, tenant_id: str, name: str, domain: str, created: str, licences: frozenset[str]) -> None:
    """Put the organization, its licences and the built-in roles into the directory."""
    directory.organization.add(
        {
            "id": tenant_id,
            "displayName": name,
            "createdDateTime": created,
            "countryLetterCode": "DE",
            "preferredLanguage": "en",
            "tenantType": "AAD",
            "assignedPlans": [],
            "businessPhones": [],
            "provisionedPlans": [],
            "technicalNotificationMails": [f"it@{domain}"],
            "verifiedDomains": [
                _domain(domain, "Email, OfficeCommunicationsOnline", initial=False),
                _domain(f"{name.lower()}.onmicrosoft.example", "Email", initial=True),
            ],
        }
    )
    for part, sku in _LICENCES.items():
        if part not in _PLANS or _PLANS[part]["servicePlanName"] in licences:
            directory.skus.add(_sku(tenant_id, name, part, sku))
    for role in roles.definitions():
        directory.role_definitions.add(role)


def user_licences() -> list[Row]:
    """What a licensed user is assigned."""
    return [{"disabledPlans": [], "skuId": _LICENCES["SPE_E3"]}]


def publisher(name: str, app_id: str, added: str) -> Row:
    """A verified publisher."""
    number = str(int(ids.guid("publisher", app_id)[:6], 16))
    return {"displayName": f"{name} Inc.", "verifiedPublisherId": number, "addedDateTime": added}


def secret(app_id: str, started: str, ends: str) -> Row:
    """A client secret; its text is never shown again."""
    return {**_credential("secret", app_id, started, ends), "hint": "Hq7", "secretText": None}


def certificate(app_id: str, started: str, ends: str) -> Row:
    """A certificate an app proves itself with; lists leave the key out."""
    shape = {"type": "AsymmetricX509Cert", "usage": "Verify", "key": None}
    return {**_credential("certificate", app_id, started, ends), **shape}


def credential(kind: str, name: str, started: str, ends: str) -> Row:
    """A `secret` or a `certificate`; the name makes its id."""
    return secret(name, started, ends) if kind == "secret" else certificate(name, started, ends)


def _credential(what: str, app_id: str, started: str, ends: str) -> Row:
    return {
        "customKeyIdentifier": None,
        "displayName": what,
        "keyId": ids.guid(what, app_id),
        "startDateTime": started,
        "endDateTime": ends,
    }


def _domain(name: str, capabilities: str, *, initial: bool) -> Row:
    return {
        "capabilities": capabilities,
        "isDefault": not initial,
        "isInitial": initial,
        "name": name,
        "type": "Managed",
    }


def _sku(tenant_id: str, name: str, part: str, sku: str) -> Row:
    plans = [{**_PLANS[part], "provisioningStatus": "Success", "appliesTo": "User"}] if part in _PLANS else []
    return {
        "id": f"{tenant_id}_{sku}",
        "accountId": tenant_id,
        "accountName": name,
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": 25,
        "prepaidUnits": {"enabled": 100, "lockedOut": 0, "suspended": 0, "warning": 0},
        "servicePlans": plans,
        "skuId": sku,
        "skuPartNumber": part,
        "subscriptionIds": [ids.guid("subscription", part)],
    }
