"""Reports of use: of users, apps and credentials, from the tenant's own sign-ins and from before its logs."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from simulator import Tenant
from tests.simulator.reader import NOW, Open, Reader

APPS = "/beta/reports/servicePrincipalSignInActivities"
CREDENTIALS = "/beta/reports/appCredentialSignInActivities"


def activity_of(reader: Reader, app_id: str) -> dict[str, Any]:
    """Return the only activity of an app."""
    (row,) = reader.rows(f"{APPS}?$filter=appId eq '{app_id}'")
    return row


def test_user_activity_is_the_last_of_each_kind(story: Tenant, read: Open) -> None:
    """A user has the last interactive, non-interactive and successful sign-in; who never signed in has none."""
    ada, bob = story.user("Ada"), story.user("Bob")
    app = story.app("Shop").used_by(ada, days_ago=5)
    app.signed_in(ada, days_ago=2, error=50126).signed_in(ada, days_ago=3, kind="nonInteractiveUser")
    rows = {row["id"]: row for row in read(story).rows("/v1.0/users?$select=id,signInActivity")}
    activity = rows[ada.id]["signInActivity"]
    assert activity["lastSignInDateTime"] == "2026-11-18T12:00:00Z"
    assert activity["lastNonInteractiveSignInDateTime"] == activity["lastSuccessfulSignInDateTime"] == "2026-11-17T12:00:00Z"  # fmt: skip
    assert activity["lastSuccessfulSignInRequestId"] == story.rows("signIns", kind="nonInteractiveUser")[0]["id"]
    assert rows[bob.id] == {"id": bob.id}


def test_user_activity_remembers_more_than_the_logs(story: Tenant, read: Open) -> None:
    """A sign-in that the logs have dropped is still the last one of its user, until a newer one comes."""
    ada = story.user("Ada")
    app = story.app("Shop").signed_in(ada, days_ago=200, dropped=True)
    reader = read(story)
    path = "/v1.0/users?$select=id,signInActivity"
    assert reader.rows("/v1.0/auditLogs/signIns") == []
    assert reader.rows(path)[0]["signInActivity"]["lastSignInDateTime"] == "2026-05-04T12:00:00Z"
    app.used_by(ada, days_ago=1)
    assert reader.rows(path)[0]["signInActivity"]["lastSignInDateTime"] == "2026-11-19T12:00:00Z"


@pytest.mark.parametrize("path", ["?$select=id,signInActivity&$top=999", "?$filter=signInActivity/lastSignInDateTime ge 2026-11-01&$top=600"])  # fmt: skip
def test_pages_with_activity_have_five_hundred(story: Tenant, read: Open, path: str) -> None:
    """A page with activity, selected or filtered, has 500 users at most, whatever is asked for."""
    people = [story.user(f"User {number}") for number in range(510)]
    story.app("Shop").used_by(people, days_ago=1)
    sizes = [len(page["value"]) for page in read(story).pages(f"/v1.0/users{path}")]
    assert sizes == [500, 10]


def test_users_are_filtered_by_activity(story: Tenant, read: Open) -> None:
    """Users can be found by the time of their last sign-in, but by nothing else at the same time."""
    early, late = story.user("Early"), story.user("Late")
    story.user("Never")
    story.app("Shop").used_by(early, days_ago=20).used_by(late, days_ago=2)
    reader = read(story)
    rows = reader.rows("/v1.0/users?$filter=signInActivity/lastSignInDateTime ge 2026-11-10T00:00:00Z")
    assert [row["id"] for row in rows] == [late.id]
    mixed = "signInActivity/lastSignInDateTime le 2026-11-10T00:00:00Z and accountEnabled eq true"
    assert reader.error(f"/v1.0/users?$filter={mixed}") == (400, "Request_UnsupportedQuery")
    count = "/v1.0/users/$count?$filter=signInActivity/lastSignInDateTime ge 2026-11-10"
    assert reader.get(count, ConsistencyLevel="eventual").status_code == 502


@pytest.mark.parametrize(
    "query", ["$select=id,signInActivity", "$filter=signInActivity/lastSignInDateTime ge 2026-11-10"]
)
def test_activity_needs_permission_and_licence(read: Open, query: str) -> None:
    """The whole page of users is refused without the permission for logs, and without the licence."""
    reader = read(Tenant(roles=("User.Read.All",)))
    assert reader.error(f"/v1.0/users?{query}") == (403, "Authentication_MSGraphPermissionMissing")
    reader = read(Tenant(premium=False))
    assert reader.error(f"/v1.0/users?{query}") == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert reader.get("/v1.0/users").status_code == 200


def test_activity_cannot_be_followed(crowd: Reader) -> None:
    """Delta queries do not know activity, which lives outside the directory."""
    assert crowd.error("/v1.0/users/delta?$select=id,signInActivity") == (501, "NotImplemented")


def test_app_activity_tells_its_four_parts(story: Tenant, read: Open) -> None:
    """An app has the last use as client and as API, with and without a user, and the last of all."""
    ada = story.user("Ada")
    app = story.app("Shop").signed_in(ada, days_ago=9).signed_in(ada, days_ago=8, kind="nonInteractiveUser")
    app.signed_in(days_ago=5, error=7000222)
    reader = read(story)
    row = activity_of(reader, app.app_id)
    assert row["id"] == base64.b64encode(app.app_id.encode()).decode()
    assert row["delegatedClientSignInActivity"]["lastSignInDateTime"] == "2026-11-12T12:00:00Z"
    assert row["applicationAuthenticationClientSignInActivity"] == row["lastSignInActivity"]
    assert row["lastSignInActivity"] == {
        "lastSignInDateTime": "2026-11-15T12:00:00Z",
        "lastSignInRequestId": story.rows("signIns", kind="servicePrincipal")[0]["id"],
    }
    assert (row["delegatedResourceSignInActivity"], row["applicationAuthenticationResourceSignInActivity"]) == (
        None,
        None,
    )
    graph = activity_of(reader, story.graph.app_id)
    assert graph["delegatedResourceSignInActivity"] == row["delegatedClientSignInActivity"]
    assert graph["applicationAuthenticationResourceSignInActivity"] == row["lastSignInActivity"]


def test_app_activity_goes_back_further_than_the_logs(story: Tenant, read: Open) -> None:
    """A use that the logs have dropped is in the report; an app that was never used is not."""
    old, _ = story.app("Old").signed_in(days_ago=90, dropped=True), story.app("Never")
    reader = read(story)
    assert {row["appId"] for row in reader.rows(APPS)} == {old.app_id, story.graph.app_id}
    assert activity_of(reader, old.app_id)["lastSignInActivity"]["lastSignInDateTime"] == "2026-08-22T12:00:00Z"


def test_credential_activity_is_of_the_one_used(story: Tenant, read: Open) -> None:
    """A credential with which its app signed in has a row, whose key id is that of the sign-in; a failure is no use."""
    app = story.app("Robot", own=True, secret_ends_in_days=30, certificate_ends_in_days=300).signed_in(days_ago=4)
    app.signed_in(days_ago=1, error=7000215)
    (row,) = read(story).rows(CREDENTIALS)
    application = story.rows("applications")[0]
    used = application["keyCredentials"][0]
    assert row == {
        "id": base64.b64encode(f"{used['keyId']}|application".encode()).decode(),
        "keyId": used["keyId"],
        "keyType": "certificate",
        "keyUsage": "sign",
        "appId": app.app_id,
        "appObjectId": application["id"],
        "servicePrincipalObjectId": app.id,
        "resourceId": story.graph.id,
        "credentialOrigin": "application",
        "createdDateTime": used["startDateTime"],
        "expirationDateTime": used["endDateTime"],
        "signInActivity": {
            "lastSignInDateTime": "2026-11-16T12:00:00Z",
            "lastSignInRequestId": story.rows("signIns", kind="servicePrincipal")[1]["id"],
        },
    }
    assert story.rows("signIns", kind="servicePrincipal")[1]["servicePrincipalCredentialKeyId"] == used["keyId"]


@pytest.mark.parametrize("path", [APPS, CREDENTIALS])
def test_reports_are_pages_of_the_truth(crowd: Reader, path: str) -> None:
    """A report read in small pages is what the tenant says it is."""
    rows = crowd.rows(f"{path}?$top=2")
    assert len(rows) > 2
    assert rows == crowd.server.tenant.rows(path.rsplit("/", 1)[1])


@pytest.mark.parametrize("path", [APPS, CREDENTIALS])
def test_reports_need_permission_and_licence_and_beta(read: Open, path: str) -> None:
    """Usage reports need the permission for logs and a premium licence; v1.0 does not know them."""
    assert read(Tenant(now=NOW)).error(path.replace("beta", "v1.0")) == (400, "BadRequest")
    without = read(Tenant(roles=("Directory.Read.All",)))
    assert without.error(path) == (403, "Authentication_MSGraphPermissionMissing")
    assert read(Tenant(premium=False)).error(path) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")


def test_clouds_may_lack_lists(story: Tenant, read: Open) -> None:
    """What a cloud lacks is not found there, in whatever case it is written; the rest is."""
    reader = read(story, lacks=[APPS, "/v1.0/auditLogs/signIns"])
    assert reader.error(f"{APPS}?$top=5") == (404, "ResourceNotFound")
    assert reader.error("/v1.0/auditLogs/SignIns") == (404, "ResourceNotFound")
    assert reader.get("/beta/auditLogs/signIns").status_code == 200
