"""Risky service principals: what Identity Protection says of an app, and to whom."""

from __future__ import annotations

import pytest

from simulator import Tenant
from tests.simulator.reader import NOW, Open

ROLE = "IdentityRiskyServicePrincipal.Read.All"
PATH = "/v1.0/identityProtection/riskyServicePrincipals"


@pytest.fixture
def tenant() -> Tenant:
    """Return a tenant whose reader may read risks."""
    return Tenant(now=NOW, roles=(ROLE, "Directory.Read.All"))


def test_risk_is_as_told_and_changes(tenant: Tenant, read: Open) -> None:
    """A risky app has level, state and the time of the last change; said again, they change."""
    app = tenant.app("Micros0ft").is_risky("high", "atRisk", days_ago=2)
    reader = read(tenant)
    expected = {
        "id": app.id, "appId": app.app_id, "displayName": "Micros0ft", "servicePrincipalType": "Application",
        "isEnabled": True, "isProcessing": False, "riskLevel": "high", "riskState": "atRisk", "riskDetail": "none",
        "riskLastUpdatedDateTime": "2026-11-18T12:00:00Z",
    }  # fmt: skip
    assert reader.rows(PATH) == [expected]
    app.is_risky("none", "dismissed", detail="adminDismissedAllRiskForServicePrincipal")
    assert [(row["riskLevel"], row["riskState"]) for row in reader.rows(PATH)] == [("none", "dismissed")]
    assert reader.rows(f"{PATH}?$filter=riskLevel eq 'high'") == []
    tenant.remove(app)
    assert reader.rows(PATH) == []


def test_pages_have_five_hundred_at_most(tenant: Tenant, read: Open) -> None:
    """A page has at most 500 rows; to ask for more is refused, not clamped."""
    for number in range(510):
        tenant.app(f"App {number}").is_risky("low")
    reader = read(tenant)
    assert [len(page["value"]) for page in reader.pages(f"{PATH}?$top=500")] == [500, 10]
    answer = reader.get(f"{PATH}?$top=1000")
    assert (answer.status_code, "Invalid page size specified: '1000'" in answer.text) == (400, True)
    assert "x-ms-resource-unit" not in reader.get(PATH).headers


def test_permission_and_licence_are_asked_for(read: Open) -> None:
    """Without the permission, or without a licence for workload identities, the service says why it refuses."""
    denied = read(Tenant(roles=("Directory.Read.All",))).get(PATH)
    unlicensed = read(Tenant(roles=(ROLE, "Directory.Read.All"), workload_premium=False))
    refused = unlicensed.get(PATH)
    assert (denied.status_code, denied.json()["error"]["code"]) == (403, "Forbidden")
    assert "required scopes are missing" in denied.json()["error"]["message"]
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        403,
        "Your tenant is not licensed for this feature.",
    )
    plans = {plan["servicePlanName"] for sku in unlicensed.rows("/v1.0/subscribedSkus") for plan in sku["servicePlans"]}
    assert "AAD_WRKLDID_P2" not in plans
