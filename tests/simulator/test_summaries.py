"""Summarized sign-ins: counts that add up to the sign-ins behind them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator import Tenant
from tests.simulator.reader import Open, Reader

NAMES = {
    "nonInteractiveUser": "getSummarizedNonInteractiveSignIns",
    "servicePrincipal": "getSummarizedServicePrincipalSignIns",
    "managedIdentity": "getSummarizedMSISignIns",
}
HOURS = {"h1": 1, "h6": 6, "d1": 24}


def path(kind: str, window: str, query: str = "") -> str:
    """Return the address of the summaries of a kind."""
    return f"/beta/auditLogs/{NAMES[kind]}(aggregationWindow='{window}'){query}"


def begin(at: str, hours: int) -> str:
    """Return when the window of a time begins, as Graph writes it."""
    moment = datetime.fromisoformat(at)
    start = moment.replace(hour=moment.hour // hours * hours, minute=0, second=0, microsecond=0)
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")


def group(row: dict[str, Any], start: str) -> tuple[Any, ...]:
    """Return what sign-ins of one summary have in common."""
    who = row["userPrincipalName"] or row["servicePrincipalId"]
    return start, who, row["appId"], row["ipAddress"], row["resourceId"], row["status"]["errorCode"], row["conditionalAccessStatus"]  # fmt: skip


@pytest.mark.parametrize("window", HOURS)
@pytest.mark.parametrize("kind", NAMES)
def test_counts_add_up(crowd: Reader, kind: str, window: str) -> None:
    """Every sign-in is counted in the one summary of its user, app, address, API, status and window."""
    sign_ins = crowd.server.tenant.rows("signIns", kind=kind)
    expected = Counter(group(row, begin(row["createdDateTime"], HOURS[window])) for row in sign_ins)
    rows = crowd.rows(path(kind, window, "?$top=700"))
    assert {group(row, row["aggregationDateTime"]): row["signInCount"] for row in rows} == expected
    assert len({row["id"] for row in rows}) == len(rows) == len(expected)
    assert rows == crowd.server.tenant.rows(f"{NAMES[kind]}(aggregationWindow='{window}')")


def test_summary_begins_with_its_first_sign_in(story: Tenant, read: Open) -> None:
    """A summary tells the earliest of its sign-ins, and what a sign-in of that app tells of it."""
    app = story.app("func-1", kind="ManagedIdentity").signed_in(days_ago=1.25, times=3)
    (row,) = read(story).rows(path("managedIdentity", "d1"))
    sign_in = story.rows("signIns", kind="managedIdentity")[-1]
    assert (row["signInCount"], row["aggregationDateTime"]) == (3, "2026-11-19T00:00:00Z")
    assert row["firstSignInDateTime"] == sign_in["createdDateTime"] == "2026-11-19T06:00:00Z"
    same = (
        "appId",
        "servicePrincipalId",
        "servicePrincipalName",
        "status",
        "managedServiceIdentity",
        "resourceId",
        "ipAddress",
    )
    assert {name: row[name] for name in same} == {name: sign_in[name] for name in same}
    assert (row["userPrincipalName"], row["tenantId"]) == (None, story.id)
    assert row["servicePrincipalId"] == app.id


def test_failures_stand_apart(story: Tenant, read: Open) -> None:
    """Sign-ins with another result are another summary."""
    ada = story.user("Ada")
    app = story.app("Mail").signed_in(ada, days_ago=1, kind="nonInteractiveUser", times=2)
    app.signed_in(ada, days_ago=1, kind="nonInteractiveUser", error=50173)
    rows = read(story).rows(path("nonInteractiveUser", "d1"))
    counts = Counter[int]()
    for row in rows:
        counts[row["status"]["errorCode"]] += row["signInCount"]
    assert counts == {0: 2, 50173: 1}


def test_late_sign_ins_are_counted_when_they_arrive(story: Tenant, read: Open) -> None:
    """A sign-in that the log shows late makes its summary bigger, which keeps its id."""
    app = story.app("Robot").signed_in(days_ago=1).signed_in(days_ago=1, arrives_after=timedelta(days=2))
    reader = read(story)
    (before,) = reader.rows(path("servicePrincipal", "d1", f"?$filter=appId eq '{app.app_id}'"))
    story.clock.advance(timedelta(days=2))
    reader.authorize()
    after = reader.rows(path("servicePrincipal", "d1", f"?$filter=appId eq '{app.app_id}'"))
    assert (before["signInCount"], sum(row["signInCount"] for row in after)) == (1, 2)
    assert before["id"] in {row["id"] for row in after}


def test_guests_have_the_name_of_their_home(story: Tenant, read: Open) -> None:
    """A guest's name is that of their own tenant, in lower case, in summaries as in sign-ins."""
    guest = story.user("Gast", guest=True, upn="Gast_Fabrikam.example#EXT#@contoso.example")
    story.app("Shop").signed_in(guest, days_ago=1, kind="nonInteractiveUser")
    (row,) = read(story).rows(path("nonInteractiveUser", "h6"))
    assert row["userPrincipalName"] == "gast@fabrikam.example"
    assert story.rows("signIns", kind="nonInteractiveUser")[0]["userPrincipalName"] == "gast@fabrikam.example"


def test_summaries_are_filtered_by_window_and_app(crowd: Reader) -> None:
    """A filter on the window's begin takes whole windows; one on the app takes its summaries alone."""
    rows = crowd.rows(path("nonInteractiveUser", "d1"))
    bounds = "aggregationDateTime ge 2026-11-16T00:00:00Z and aggregationDateTime le 2026-11-17T00:00:00Z"
    found = crowd.rows(path("nonInteractiveUser", "d1", f"?$filter={bounds}"))
    assert found == [row for row in rows if row["aggregationDateTime"][:10] in {"2026-11-16", "2026-11-17"}]
    assert found
    app_id = rows[0]["appId"]
    some = crowd.rows(path("nonInteractiveUser", "d1", f"?$filter=appId eq '{app_id}' and {bounds}"))
    assert some == [row for row in found if row["appId"] == app_id]
    failed = crowd.rows(path("nonInteractiveUser", "d1", "?$filter=status/errorCode eq 50173"))
    assert failed == [row for row in rows if row["status"]["errorCode"] == 50173]


@pytest.mark.parametrize(
    "address",
    [
        path("servicePrincipal", "w1"),
        "/beta/auditLogs/getSummarizedMSISignIns",
        "/beta/auditLogs/getSummarizedMSISignIns(window='d1')",
        path("servicePrincipal", "d1").replace("beta", "v1.0"),
        path("servicePrincipal", "d1", "?$filter=signInCount eq 2").replace("$filter=signInCount", "$filter=colour"),
        path("servicePrincipal", "d1", "?$expand=user"),
    ],
)
def test_summaries_that_are_refused(crowd: Reader, address: str) -> None:
    """Other windows, the function without its parameter, v1.0 and unknown properties are bad requests."""
    assert crowd.error(address) == (400, "BadRequest")


def test_summaries_need_permission_and_licence(read: Open) -> None:
    """Summaries need the permission for logs and a premium licence."""
    without = read(Tenant(roles=("Directory.Read.All",)))
    assert without.error(path("servicePrincipal", "d1")) == (403, "Authentication_MSGraphPermissionMissing")
    reader = read(Tenant(premium=False))
    assert reader.error(path("servicePrincipal", "d1")) == (
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    )
