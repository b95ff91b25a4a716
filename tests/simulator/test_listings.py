"""Lists as Graph gives them: filters, selections, pages, counts, and what it refuses."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import Tenant
from simulator.odata import filters
from simulator.wire import GraphError
from tests.simulator.reader import Open, Reader

ROW = {
    "displayName": "O'Neill",
    "accountEnabled": True,
    "createdDateTime": "2026-01-02T03:04:05.2500001Z",
    "status": {"errorCode": 50126},
    "groupTypes": ["Unified", "DynamicMembership"],
    "assignedLicenses": [{"skuId": "a"}, {"skuId": "b"}],
    "mail": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("displayName eq 'o''neill'", True),
        ("displayName ne 'Ada'", True),
        ("startswith(displayName,'O''')", True),
        ("endsWith(displayName, 'X')", False),
        ("accountEnabled eq true and status/errorCode eq 50126", True),
        ("accountEnabled eq false or status/errorCode eq 50126", True),
        ("not (accountEnabled eq true)", False),
        ("not accountEnabled eq true or mail eq null", True),
        ("accountEnabled eq false and mail eq null or displayName eq 'O''Neill'", True),
        ("accountEnabled eq false and (mail eq null or displayName eq 'O''Neill')", False),
        ("status/errorCode in (0, 50126)", True),
        ("status/errorCode gt 50126", False),
        ("groupTypes/any(c:c eq 'Unified')", True),
        ("groupTypes/any(c: c eq 'Other')", False),
        ("assignedLicenses/any(x: x/skuId eq 'b')", True),
        ("createdDateTime ge 2026-01-02T03:04:05.25Z", True),
        ("createdDateTime le 2026-01-02T03:04:05.25Z", False),
        ("createdDateTime lt 2026-01-03", True),
        ("createdDateTime eq 2026-01-02T04:04:05.2500001+01:00", True),
    ],
)
def test_filter_is_understood(text: str, expected: bool) -> None:
    """A filter means what OData says, text compared without regard to case."""
    assert filters.parse(text).test(ROW) is expected


@pytest.mark.parametrize("text", ["", "displayName", "displayName eq", "eq 'a'", "displayName eq 'a", "(a eq 1", "a eq 1)", "a like 'b'", "x/any(t: u eq 1)", "a eq 1 b eq 2", "startswith(a)"])  # fmt: skip
def test_broken_filter_is_refused(text: str) -> None:
    """What is no filter is refused as a bad request, never with a crash."""
    with pytest.raises(GraphError) as caught:
        filters.parse(text)
    assert caught.value.status == 400


@settings(max_examples=300, deadline=None)
@given(st.text("abe'() ,:/<>=0123456789-TZandorieq", max_size=40))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    """Whatever text comes as a filter, the answer is an expression or an error of Graph."""
    with suppress(GraphError):
        filters.parse(text)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(1, 70),
    path=st.sampled_from(["/v1.0/users", "/v1.0/groups", "/v1.0/servicePrincipals", "/v1.0/oauth2PermissionGrants"]),
)
def test_paging_yields_each_row_once(crowd: Reader, size: int, path: str) -> None:
    """Whatever the size of the page, a listing gives each row once, in the same order."""
    rows = crowd.rows(f"{path}?$top={size}")
    assert rows == crowd.server.tenant.rows(path.rsplit("/", 1)[1])


@pytest.mark.parametrize("size", [7, 100, 1000])
def test_paging_of_logs_yields_each_row_once(crowd: Reader, size: int) -> None:
    """Sign-ins of two kinds in one listing, and audits, come once each and newest first."""
    both = "signInEventTypes/any(t: t eq 'interactiveUser') or signInEventTypes/any(t: t eq 'nonInteractiveUser')"
    window = f"createdDateTime ge 2026-11-20T06:00:00Z and ({both})"
    rows = crowd.rows(f"/beta/auditLogs/signIns?$top={size}&$filter={window}")
    audits = crowd.rows(f"/v1.0/auditLogs/directoryAudits?$top={size}")
    assert max(Counter(row["id"] for row in rows).values()) == 1
    assert {row["signInEventTypes"][0] for row in rows} == {"interactiveUser", "nonInteractiveUser"}
    assert rows == sorted(rows, key=lambda row: row["createdDateTime"].rstrip("Z"), reverse=True)
    assert audits == crowd.server.tenant.rows("directoryAudits")


def test_rows_are_the_truth(crowd: Reader) -> None:
    """What the tenant says it would serve is what it serves."""
    tenant = crowd.server.tenant
    for path, name in (("applications", "applications"), ("auditLogs/directoryAudits", "directoryAudits"), ("subscribedSkus", "subscribedSkus")):  # fmt: skip
        assert crowd.rows(f"/v1.0/{path}") == tenant.rows(name)
    kind = "servicePrincipal"
    served = crowd.rows(f"/beta/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq '{kind}')")
    assert served == tenant.rows("signIns", kind=kind)
    assert len(served) == tenant.count("signIns", kind=kind)


def test_users_show_eleven_properties_unless_selected(crowd: Reader) -> None:
    """A list of users shows the default properties; anything else has to be selected."""
    assert len(crowd.get("/v1.0/users").json()["value"][0]) == 11
    row = crowd.get("/v1.0/users?$select=id,accountEnabled,userType").json()["value"][0]
    assert set(row) == {"id", "accountEnabled", "userType"}


def test_next_link_is_absolute_and_carries_no_headers(crowd: Reader) -> None:
    """The next link holds the whole query; ConsistencyLevel has to be sent again for an advanced filter."""
    path = "/v1.0/users?$filter=accountEnabled ne false&$count=true&$top=5"
    first = crowd.get(path, ConsistencyLevel="eventual").json()
    assert first["@odata.nextLink"].startswith(f"{crowd.server.url}/v1.0/users?")
    assert crowd.error(first["@odata.nextLink"]) == (400, "Request_UnsupportedQuery")
    second = crowd.get(first["@odata.nextLink"], ConsistencyLevel="eventual").json()
    assert "@odata.count" in first
    assert "@odata.count" not in second


def test_token_is_good_for_its_own_list_only(crowd: Reader) -> None:
    """A skip token of one list is refused by another, by another version, and as a delta token."""
    token = crowd.get("/v1.0/users?$top=5").json()["@odata.nextLink"].rsplit("$skiptoken=", 1)[1]
    paths = ("/v1.0/groups?$skiptoken=", "/beta/users?$skiptoken=", "/v1.0/users/delta?$deltatoken=")
    assert [crowd.error(path + token) for path in paths] == [(400, "Request_BadRequest")] * 3


def test_count_needs_its_header(crowd: Reader) -> None:
    """`$count=true` is ignored and `/$count` refused without ConsistencyLevel; with it both tell the total."""
    total = crowd.server.tenant.count("users")
    assert "@odata.count" not in crowd.get("/v1.0/users?$count=true").json()
    assert crowd.get("/v1.0/users?$count=true", ConsistencyLevel="eventual").json()["@odata.count"] == total
    assert crowd.error("/v1.0/users/$count") == (400, "Request_BadRequest")
    answer = crowd.get("/v1.0/users/$count", ConsistencyLevel="eventual")
    assert (answer.text, answer.headers["Content-Type"]) == (str(total), "text/plain")
    assert crowd.get("/v1.0/users/$count", ConsistencyLevel="eventual", Accept="application/json").status_code == 415
    mixed = crowd.get("/v1.0/users/$count", ConsistencyLevel="eventual", Accept="text/plain, application/json")
    assert mixed.text == str(total)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2.0/users", (400, "BadRequest")),
        ("/", (400, "BadRequest")),
        ("/v1.0/unicorns", (400, "BadRequest")),
        ("/v1.0/users/nobody", (404, "Request_ResourceNotFound")),
        ("/v1.0/groups/nobody/members", (404, "Request_ResourceNotFound")),
        ("/v1.0/users?$filter=colour eq 'red'", (400, "BadRequest")),
        ("/v1.0/users?$filter=givenName eq", (400, "BadRequest")),
        ("/v1.0/users?$filter=aboutMe eq 'x'", (400, "Request_UnsupportedQuery")),
        ("/v1.0/users?$filter=accountEnabled ne true", (400, "Request_UnsupportedQuery")),
        ("/v1.0/users?$select=colour", (400, "BadRequest")),
        ("/v1.0/users?$select=aboutMe", (501, "NotImplemented")),
        ("/v1.0/users?$skip=5", (400, "BadRequest")),
        ("/v1.0/users?$search=\"displayName:a\"", (400, "Request_UnsupportedQuery")),
        ("/v1.0/users?$top=1000", (400, "Request_BadRequest")),
        ("/v1.0/users?$top=0", (400, "Request_BadRequest")),
        ("/v1.0/users?$orderby=department", (400, "Request_UnsupportedQuery")),
        ("/v1.0/users?$skiptoken=RFNwdAoAAQAAAA", (400, "Request_BadRequest")),
        ("/v1.0/users?$skiptoken=%00%ff_1", (400, "Request_BadRequest")),
        ("/v1.0/auditLogs/signIns/delta", (400, "BadRequest")),
        ("/v1.0/auditLogs/signIns?$skip=5", (400, "BadRequest")),
        ("/v1.0/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq 'servicePrincipal')", (400, "BadRequest")),
        ("/v1.0/oauth2PermissionGrants?$filter=startswith(scope,'Mail')", (400, "Request_UnsupportedQuery")),
    ],
)  # fmt: skip
def test_refusals(crowd: Reader, path: str, expected: tuple[int, str]) -> None:
    """What Graph refuses is refused with its status and code."""
    assert crowd.error(path) == expected


def test_reading_only(crowd: Reader) -> None:
    """The simulator takes no writes: 405, and nothing changes."""
    for method in ("POST", "PATCH", "DELETE"):
        assert crowd.session.request(method, f"{crowd.server.url}/v1.0/users", timeout=10).status_code == 405


def test_objects_are_found_by_either_key(story: Tenant, read: Open) -> None:
    """A service principal is found by id and by app id, a user by id and by name, also below another path."""
    ada = story.user("Ada Lovelace")
    app = story.app("Payroll").assigned(ada)
    reader = read(story)
    assert reader.get(f"/v1.0/servicePrincipals/{app.id}").json()["displayName"] == "Payroll"
    assert reader.get(f"/v1.0/servicePrincipals(appId='{app.app_id}')").json()["id"] == app.id
    assert reader.get(f"/v1.0/users/{ada.row['userPrincipalName']}").json()["id"] == ada.id
    by_app_id = reader.rows(f"/v1.0/servicePrincipals(appId='{app.app_id}')/appRoleAssignedTo")
    assert [row["principalId"] for row in by_app_id] == [ada.id]
    assert reader.rows(f"/v1.0/users/{ada.id}/appRoleAssignments") == by_app_id


def test_order_of_a_list(story: Tenant, read: Open) -> None:
    """Users can be sorted by display name, upwards and downwards, over pages."""
    for name in ("Mei", "Ada", "Zoë"):
        story.user(name)
    reader = read(story)
    names = [row["displayName"] for row in reader.rows("/v1.0/users?$orderby=displayName desc&$top=2")]
    assert names == ["Zoë", "Mei", "Ada"]


def test_headers_of_an_answer(crowd: Reader) -> None:
    """Answers carry Graph's headers, and the directory tells what a request cost."""
    answer = crowd.get("/v1.0/users?$select=id", client_request_id="my-own-id")
    assert answer.headers["client-request-id"] == "my-own-id"
    assert answer.headers["Content-Type"].startswith("application/json;odata.metadata=minimal")
    assert answer.headers["Date"] == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert answer.headers["x-ms-resource-unit"] == "1"
    assert "x-ms-resource-unit" not in crowd.get("/v1.0/auditLogs/signIns?$top=1").headers


@pytest.mark.parametrize(
    ("roles", "path", "expected"),
    [
        ((), "/v1.0/users", "Authorization_RequestDenied"),
        (("User.Read.All",), "/v1.0/groups", "Authorization_RequestDenied"),
        (("Application.Read.All",), "/v1.0/oauth2PermissionGrants", "Authorization_RequestDenied"),
        (("Directory.Read.All",), "/v1.0/auditLogs/signIns", "Authentication_MSGraphPermissionMissing"),
        (("Directory.Read.All",), "/v1.0/users?$select=signInActivity", "Authentication_MSGraphPermissionMissing"),
    ],
)
def test_missing_permission(read: Open, roles: tuple[str, ...], path: str, expected: str) -> None:
    """A token without the permission gives 403, in the words of the service that refuses."""
    assert read(Tenant(roles=roles)).error(path) == (403, expected)


@pytest.mark.parametrize(
    "path", ["/v1.0/auditLogs/signIns", "/beta/auditLogs/signIns", "/v1.0/users?$select=signInActivity"]
)
def test_missing_licence(read: Open, path: str) -> None:
    """Without a premium licence there are no sign-ins, but there are audits; the SKUs show why."""
    reader = read(Tenant(premium=False))
    assert reader.error(path) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert reader.get("/v1.0/auditLogs/directoryAudits").status_code == 200
    assert "AAD_PREMIUM" not in {row["skuPartNumber"] for row in reader.rows("/v1.0/subscribedSkus")}
