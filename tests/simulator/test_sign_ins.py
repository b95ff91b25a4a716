"""Sign-ins: their kinds, their windows, their ids, and rows that come late."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from uuid import UUID

import pytest

from simulator import Tenant, populate
from tests.simulator.reader import NOW, Open, Reader

LIST = "/beta/auditLogs/signIns"


def of_kind(kind: str) -> str:
    """The filter for one kind."""
    return f"signInEventTypes/any(t: t eq '{kind}')"


def test_only_interactive_ones_unless_asked(crowd: Reader) -> None:
    """Without a filter beta shows interactive sign-ins only, as v1.0 does, with the same ids."""
    beta, stable = crowd.rows(LIST), crowd.rows("/v1.0/auditLogs/signIns")
    assert {row["signInEventTypes"][0] for row in beta} == {"interactiveUser"}
    assert [row["id"] for row in beta] == [row["id"] for row in stable]


def test_users_and_apps_do_not_mix(crowd: Reader) -> None:
    """A filter for sign-ins of users and of apps together is refused."""
    assert crowd.error(f"{LIST}?$filter={of_kind('interactiveUser')} or {of_kind('servicePrincipal')}") == (
        400,
        "BadRequest",
    )


def test_window_is_exact(crowd: Reader) -> None:
    """Windows that meet at an instant hold every row once: `ge` takes it in, `lt` leaves it out."""
    kind = of_kind("nonInteractiveUser")
    rows = crowd.rows(f"{LIST}?$filter={kind}")
    middle = rows[len(rows) // 2]["createdDateTime"]
    later = crowd.rows(f"{LIST}?$filter=createdDateTime ge {middle} and {kind}")
    earlier = crowd.rows(f"{LIST}?$filter={kind} and createdDateTime lt {middle}")
    assert later + earlier == rows


@pytest.mark.parametrize("name", ["appId", "userId", "appDisplayName", "ipAddress", "userPrincipalName", "id"])
def test_filter_by_value(crowd: Reader, name: str) -> None:
    """A filter on a property finds the rows that have its value, and no other."""
    rows = crowd.rows(LIST)
    wanted = rows[10][name]
    found = crowd.rows(f"{LIST}?$filter={name} eq '{wanted}'")
    assert found == [row for row in rows if row[name] == wanted]


def test_filter_by_error_and_prefix(crowd: Reader) -> None:
    """Nested properties and `startswith` work together with a window."""
    rows = crowd.rows(LIST)
    start = rows[-1]["createdDateTime"]
    found = crowd.rows(
        f"{LIST}?$filter=status/errorCode eq 50126 and createdDateTime ge {start} and startswith(userPrincipalName,'user')"
    )
    expected = [r for r in rows if r["status"]["errorCode"] == 50126 and r["userPrincipalName"].startswith("user")]
    assert found == expected
    assert expected


def test_order_can_be_turned(crowd: Reader) -> None:
    """`$orderby=createdDateTime asc` gives the same rows, oldest first."""
    upwards = crowd.rows(f"{LIST}?$orderby=createdDateTime asc&$top=500")
    assert upwards == crowd.rows(LIST)[::-1]


def test_page_is_at_most_a_thousand(crowd: Reader) -> None:
    """A larger `$top` is cut to a thousand."""
    page = crowd.get(f"{LIST}?$top=5000&$filter={of_kind('nonInteractiveUser')}").json()
    assert len(page["value"]) == 1000
    assert re.search(r"\$skiptoken=[0-9a-f]+_1", page["@odata.nextLink"])


def test_ids_are_entras(crowd: Reader) -> None:
    """Ids are unique GUIDs that end in 00, and the token identifier is the id in base64url."""
    rows = crowd.rows(f"{LIST}?$filter={of_kind('nonInteractiveUser')}")
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows[:200]:
        packed = base64.urlsafe_b64encode(UUID(row["id"]).bytes_le).rstrip(b"=").decode()
        assert row["id"].endswith("00")
        assert row["uniqueTokenIdentifier"] == packed


def test_one_row_by_id(crowd: Reader) -> None:
    """One sign-in is read by its id, whatever its kind; v1.0 does not know apps' own."""
    row = crowd.rows(f"{LIST}?$filter={of_kind('servicePrincipal')}&$top=1000")[3]
    single = crowd.get(f"{LIST}/{row['id']}").json()
    del single["@odata.context"]
    assert single == row
    assert crowd.get(f"/v1.0/auditLogs/signIns/{row['id']}").status_code == 404


@pytest.mark.parametrize("kind", ["servicePrincipal", "managedIdentity"])
def test_apps_sign_in_without_a_user(crowd: Reader, kind: str) -> None:
    """Sign-ins of apps have no user and no app name; those of managed identities have no address either."""
    rows = crowd.rows(f"{LIST}?$filter={of_kind(kind)}")
    assert {(row["userId"], row["appDisplayName"], row["isInteractive"]) for row in rows} == {(None, None, False)}
    assert all(row["servicePrincipalId"] and row["servicePrincipalName"] for row in rows)
    assert all((row["ipAddress"] == "") == (kind == "managedIdentity") for row in rows)


def test_new_rows_appear_as_time_passes(read: Open) -> None:
    """A later read sees what arrived since, with later times, and all it saw before."""
    tenant = populate(users=30, apps=10, days=2, now=NOW)
    reader = read(tenant)
    before = reader.rows(LIST)
    tenant.clock.advance(timedelta(hours=6))
    reader.authorize()
    after = reader.rows(LIST)
    fresh = after[: len(after) - len(before)]
    assert after[len(fresh) :] == before
    assert fresh
    assert min(row["createdDateTime"] for row in fresh) > "2026-11-20T11:5"


def test_rows_arrive_a_little_late(story: Tenant, read: Open) -> None:
    """A sign-in is not there at once: it takes its time to arrive."""
    ada = story.user("Ada")
    story.app("Payroll").signed_in(ada, days_ago=0, arrives_after=timedelta(minutes=3))
    reader = read(story)
    assert reader.rows(LIST) == []
    story.clock.advance(timedelta(minutes=3))
    assert [row["createdDateTime"] for row in reader.rows(LIST)] == ["2026-11-20T12:00:00Z"]


def test_late_rows(read: Open) -> None:
    """Held-back rows are missing at first and come later, between rows that were there already."""
    tenant = populate(users=30, apps=10, days=2, now=NOW)
    everything = tenant.rows("signIns")
    reader = read(tenant)
    reader.server.faults.late_rows(timedelta(days=3), every=5)
    first = reader.rows(LIST)
    assert 0.7 < len(first) / len(everything) < 0.9
    reader.server.faults.clear()
    assert reader.rows(LIST) == everything


def test_tokens_tell_their_scopes(story: Tenant, read: Open) -> None:
    """A successful sign-in lists the scopes of its token as JSON in a string; a failed one does not."""
    ada = story.user("Ada")
    app = story.app("Mailer").granted("Mail.Read", "User.Read", by=ada)
    app.signed_in(ada, days_ago=1).signed_in(ada, days_ago=2, error=50126)
    details = [{d["key"]: d["value"] for d in row["authenticationProcessingDetails"]} for row in read(story).rows(LIST)]
    assert json.loads(details[0]["Oauth Scope Info"]) == ["Mail.Read", "User.Read"]
    assert "Oauth Scope Info" not in details[1]


def test_last_activity_of_users(story: Tenant, read: Open) -> None:
    """`signInActivity` tells the last attempt, the last without the user, and the last success; nothing for others."""
    ada, bob = story.user("Ada"), story.user("Bob")
    app = story.app("Payroll").used_by(ada, days_ago=9).signed_in(ada, days_ago=2, error=50126)
    app.used_by(ada, days_ago=5, kind="nonInteractiveUser")
    rows = {row["id"]: row for row in read(story).rows("/v1.0/users?$select=id,signInActivity")}
    activity = rows[ada.id]["signInActivity"]
    assert activity["lastSignInDateTime"] == "2026-11-18T12:00:00Z"
    assert activity["lastNonInteractiveSignInDateTime"] == "2026-11-15T12:00:00Z"
    assert activity["lastSuccessfulSignInDateTime"] == "2026-11-15T12:00:00Z"
    assert "signInActivity" not in rows[bob.id]
