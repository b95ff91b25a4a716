"""A populated tenant: of any size, the same every time, with the oddities of real ones."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator import Tenant, populate
from simulator.outcomes import KINDS
from tests.simulator.reader import NOW, Reader


def total(tenant: Tenant) -> int:
    """All sign-ins that can be seen."""
    return sum(tenant.count("signIns", kind=kind) for kind in KINDS)


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    """Return a tenant of the usual size."""
    return populate(now=NOW)


@pytest.fixture(scope="module")
def sign_ins(tenant: Tenant) -> list[dict[str, Any]]:
    """Return all sign-ins of the usual tenant."""
    return [row for kind in KINDS for row in tenant.rows("signIns", kind=kind)]


def test_equal_numbers_make_equal_tenants() -> None:
    """The same seed gives the same rows; another seed gives others."""
    first, again, other = (populate(users=20, apps=30, days=9, seed=seed, now=NOW) for seed in (7, 7, 8))
    for name in (
        "users",
        "servicePrincipals",
        "oauth2PermissionGrants",
        "directoryAudits",
        "signIns",
        "appRoleAssignedTo",
    ):
        assert first.rows(name) == again.rows(name)
        assert first.rows(name) != other.rows(name)


@pytest.mark.parametrize(
    ("users", "apps", "sign_ins"), [(1, 0, 0), (1, 1, 1), (1, 0, 100), (7, 3, 999), (300, 80, 200_000)]
)
def test_any_size(users: int, apps: int, sign_ins: int) -> None:
    """A tenant has exactly the users and sign-ins asked for, from one user upwards."""
    tenant = populate(users=users, apps=apps, sign_ins=sign_ins, now=NOW)
    assert tenant.count("users") == users
    assert total(tenant) == sign_ins


def test_usual_size(tenant: Tenant) -> None:
    """By default there are 200 users, 60 apps that are not Microsoft's, and some 50,000 sign-ins in 30 days."""
    owners = Counter(
        row["tags"] == [] and row["servicePrincipalType"] == "Application" for row in tenant.rows("servicePrincipals")
    )
    assert tenant.count("users") == 200
    assert owners[False] == 60 + 1  # the reader's own app besides
    assert total(tenant) == 54_000


def test_a_million_sign_ins_are_made_quickly_and_small() -> None:
    """A million sign-ins take at most forty bytes each, and seconds to make."""
    tenant = populate(users=2000, apps=50, sign_ins=1_000_000, now=NOW)
    columns = [tenant.sign_ins.columns(kind) for kind in range(len(KINDS))]
    size = sum(array.nbytes for part in columns for array in vars(part).values())
    assert total(tenant) == 1_000_000
    assert size / sum(len(part) for part in columns) <= 40


def test_life_goes_on_for_three_days(tenant: Tenant) -> None:
    """After the anchor events go on as before: about a tenth more in three days of thirty."""
    moving = populate(now=NOW)
    moving.clock.advance(timedelta(days=3))
    assert 0.03 < total(moving) / total(tenant) - 1 < 0.2


def test_week_has_a_shape(sign_ins: list[dict[str, Any]]) -> None:
    """People work on weekdays and in daytime; apps do not care."""
    people = [datetime.fromisoformat(r["createdDateTime"]) for r in sign_ins if r["isInteractive"]]
    apps = [
        datetime.fromisoformat(r["createdDateTime"]) for r in sign_ins if r["signInEventTypes"] == ["servicePrincipal"]
    ]
    weekend = [sum(at.weekday() >= 5 for at in group) / len(group) for group in (people, apps)]
    night = [sum(at.hour < 5 for at in group) / len(group) for group in (people, apps)]
    assert (weekend[0] < 0.1, weekend[1] > 0.2) == (True, True)
    assert (night[0] < 0.03, night[1] > 0.15) == (True, True)


def test_nobody_acts_before_being_there(tenant: Tenant, sign_ins: list[dict[str, Any]]) -> None:
    """No user signs in before the account was made, and those who left have stopped."""
    users = {row["id"]: row for row in tenant.rows("users", select=())}
    for row in sign_ins:
        if row["userId"]:
            assert row["createdDateTime"] >= users[row["userId"]]["createdDateTime"]
    recent = {row["userId"] for row in sign_ins if row["createdDateTime"] > "2026-11-18"}
    assert not recent & {key for key, row in users.items() if not row["accountEnabled"]}


def test_failures_and_interrupts_occur(sign_ins: list[dict[str, Any]]) -> None:
    """Failures and mere interrupts are among the sign-ins, successes are most."""
    codes = Counter(row["status"]["errorCode"] for row in sign_ins)
    assert {50126, 53003, 50140, 65001, 50058, 50072, 16000} <= set(codes)
    assert codes[0] / len(sign_ins) > 0.85


def test_apps_without_service_principal_sign_in(tenant: Tenant, sign_ins: list[dict[str, Any]]) -> None:
    """Some sign-ins are to Microsoft's apps that have no service principal in the tenant."""
    known = {row["appId"] for row in tenant.rows("servicePrincipals")}
    strangers = {row["appId"]: row["appOwnerTenantId"] for row in sign_ins if row["appId"] not in known}
    assert len(strangers) >= 5
    assert set(strangers.values()) <= {"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47", "33e01921-4d64-4f8c-a055-5bdaffd5e33d", "cdc5aeea-15c5-4db6-b079-fcadd2505dc2"}  # fmt: skip


def test_times_have_seven_digits_at_most(sign_ins: list[dict[str, Any]]) -> None:
    """Fractions have up to seven digits without trailing zeros, or are left out."""
    fractions = {row["createdDateTime"].partition(".")[2].rstrip("Z") for row in sign_ins}
    assert "" in fractions
    assert {len(fraction) for fraction in fractions} >= {6, 7}
    assert not any(fraction.endswith("0") for fraction in fractions)


def test_oddities_of_people(tenant: Tenant) -> None:
    """There are guests, leavers, new ones, names beyond ASCII, and user names that are GUIDs."""
    users = tenant.rows("users", select=())
    assert any("#EXT#" in row["userPrincipalName"] and row["userType"] == "Guest" for row in users)
    assert any(not row["accountEnabled"] for row in users)
    assert any(row["createdDateTime"] > "2026-10-25" for row in users)
    assert any(not row["displayName"].isascii() for row in users)
    big = populate(users=2000, apps=0, sign_ins=0, now=NOW).rows("users")
    assert any(row["userPrincipalName"].count("-") == 4 for row in big)


def test_oddities_of_grants(tenant: Tenant) -> None:
    """Scopes begin with a space, and a client may hold a grant for all and grants for single users of one API."""
    grants = tenant.rows("oauth2PermissionGrants")
    kinds = defaultdict(set)
    for row in grants:
        kinds[row["clientId"], row["resourceId"]].add(row["consentType"])
        assert (row["principalId"] is None) == (row["consentType"] == "AllPrincipals")
        assert row["scope"].startswith(" ")
    assert {"AllPrincipals", "Principal"} in kinds.values()


def test_groups_are_of_all_kinds(tenant: Tenant) -> None:
    """All four kinds of group exist, some are dynamic, and one holds others."""
    groups = tenant.rows("groups")
    kinds = {("Unified" in g["groupTypes"], g["mailEnabled"], g["securityEnabled"]) for g in groups}
    assert kinds >= {(True, True, False), (False, False, True), (False, True, True), (False, True, False)}
    assert any("DynamicMembership" in g["groupTypes"] for g in groups)
    assert any(row["@odata.type"].endswith("group") for row in tenant.rows("members"))


def test_apps_are_of_all_kinds(tenant: Tenant, sign_ins: list[dict[str, Any]]) -> None:
    """There are verified, unverified, own, Microsoft's, new and dormant apps, managed identities and look-alikes."""
    apps = tenant.rows("servicePrincipals")
    used = {row["appId"] for row in sign_ins}
    assert {row["servicePrincipalType"] for row in apps} == {"Application", "ManagedIdentity"}
    assert any(row["verifiedPublisher"]["displayName"] for row in apps)
    assert any(row["appOwnerOrganizationId"] == tenant.id for row in apps)
    assert any(row["createdDateTime"] > "2026-11-01" for row in apps)
    assert any(row["appId"] not in used and row["tags"] for row in apps)
    assert any("\u043e" in row["displayName"] for row in apps)
    assert {row["appId"] for row in tenant.rows("applications")} <= {row["appId"] for row in apps}


def test_microsofts_apis_publish_their_permissions(tenant: Tenant) -> None:
    """Graph, Exchange and SharePoint have their real app roles and scopes."""
    apps = {row["appId"]: row for row in tenant.rows("servicePrincipals")}
    graph = apps["00000003-0000-0000-c000-000000000000"]
    roles = {role["value"]: role["id"] for role in graph["appRoles"]}
    assert roles["User.Read.All"] == "df021288-bdef-4463-88db-98f22de89214"
    assert any(scope["value"] == "Mail.Read" and scope["type"] == "User" for scope in graph["oauth2PermissionScopes"])
    for app_id in ("00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"):
        assert apps[app_id]["appRoles"]


def test_some_things_have_nobody_to_answer_for_them(tenant: Tenant) -> None:
    """Most groups and own apps have owners, some have none; an app may own another; few people and apps hold roles."""
    for name, least in (("groups/owners", 0.5), ("applications/owners", 0.4)):
        owned = [bool(rows) for rows in tenant.rows_by_parent(name).values()]
        assert least < sum(owned) / len(owned) < 1
    kinds = {row["@odata.type"] for row in tenant.rows("applications/owners")}
    assert kinds == {"#microsoft.graph.user", "#microsoft.graph.servicePrincipal"}
    holders = {row["principalId"] for row in tenant.rows("roleAssignments")}
    apps = {row["id"] for row in tenant.rows("servicePrincipals")}
    assert 0 < len(holders & apps) < len(holders - apps) < 20


def test_reports_know_what_the_logs_have_dropped(tenant: Tenant, sign_ins: list[dict[str, Any]]) -> None:
    """Some apps and users were last seen before the logs begin, and a few apps are risky or have a new credential."""
    used = {row["appId"] for row in sign_ins}
    old = [row for row in tenant.rows("servicePrincipalSignInActivities") if row["appId"] not in used]
    assert any(row["lastSignInActivity"]["lastSignInDateTime"] < "2026-10-12" for row in old)
    users = tenant.rows("users", select=("id", "signInActivity"))
    last = {row["id"]: row.get("signInActivity", {}).get("lastSignInDateTime") for row in users}
    assert any(at is not None and at < "2026-10-12" for at in last.values())
    assert 0 < tenant.count("riskyServicePrincipals") < 10
    activities = {row["activityDisplayName"] for row in tenant.rows("directoryAudits")}
    assert {"Update application \u2013 Certificates and secrets management ", "Add service principal credentials"} <= activities  # fmt: skip


def test_references_lead_somewhere(tenant: Tenant) -> None:
    """Every grant and assignment names objects of the tenant, and roles that the API publishes."""
    apps = {row["id"]: row for row in tenant.rows("servicePrincipals")}
    principals = set(apps) | {r["id"] for r in tenant.rows("users")} | {r["id"] for r in tenant.rows("groups")}
    for row in tenant.rows("oauth2PermissionGrants"):
        assert {row["clientId"], row["resourceId"]} <= set(apps)
        assert row["principalId"] is None or row["principalId"] in principals
    for row in tenant.rows("appRoleAssignedTo"):
        roles = {role["id"] for role in apps[row["resourceId"]]["appRoles"]} | {"00000000-0000-0000-0000-000000000000"}
        assert row["appRoleId"] in roles
        assert row["principalId"] in principals


def test_consents_are_in_the_audit_log(tenant: Tenant) -> None:
    """Consents are two events of one correlation id, their values JSON in strings; some are an admin's own."""
    by_correlation = defaultdict(list)
    for row in tenant.rows("directoryAudits"):
        by_correlation[row["correlationId"]].append(row)
    pairs = [rows for rows in by_correlation.values() if len(rows) == 2]
    assert {row["activityDisplayName"] for row in pairs[0]} == {
        "Consent to application",
        "Add delegated permission grant",
    }
    values = {p["displayName"]: json.loads(p["newValue"]) for row in pairs[0] for p in row["targetResources"][0]["modifiedProperties"]}  # fmt: skip
    assert values["ConsentContext.IsAdminConsent"] in {"True", "False"}
    assert values["DelegatedPermissionGrant.Scope"].startswith(" ")


@pytest.mark.parametrize("bad", [{"users": 0}, {"apps": -1}, {"days": 0}])
def test_impossible_tenants_are_refused(bad: dict[str, int]) -> None:
    """A tenant without people, or with less than nothing, is refused with a sentence."""
    with pytest.raises(ValueError, match="at least 1 user"):
        populate(**{"now": NOW, **bad})  # type: ignore[arg-type]


def test_rows_stand_in_the_past(crowd: Reader) -> None:
    """Nothing that is served happened after the present."""
    assert max(row["createdDateTime"] for row in crowd.rows("/beta/auditLogs/signIns")) < "2026-11-20T12:00:00"
