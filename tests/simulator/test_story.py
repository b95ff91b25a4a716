"""The verbs that tell a story: what is said is what Graph shows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from simulator import EVERYONE, Tenant


def test_empty_tenant_has_graph_and_itself(story: Tenant) -> None:
    """A tenant begins with an organization, licences and Microsoft Graph, and nobody in it."""
    assert [row["displayName"] for row in story.rows("servicePrincipals")] == ["Microsoft Graph"]
    assert [row["id"] for row in story.rows("organization")] == [story.id]
    assert story.count("users") == story.count("signIns") == 0


def test_user_is_as_told(story: Tenant) -> None:
    """Departments, guests, leavers, ages and any further property are as said."""
    story.user("Ada Lovelace", department="Finance", created_days_ago=30, employeeId="7")
    story.user("Gast", guest=True)
    story.user("Bob", enabled=False, upn="5b6a1f0e-0000-4000-8000-000000000001")
    ada, guest, bob = story.rows("users", select=())
    assert (ada["department"], ada["employeeId"], ada["createdDateTime"]) == ("Finance", "7", "2026-10-21T12:00:00Z")
    assert (guest["userType"], guest["userPrincipalName"]) == ("Guest", "gast_partner.example#EXT#@contoso.example")
    assert (bob["accountEnabled"], bob["userPrincipalName"]) == (False, "5b6a1f0e-0000-4000-8000-000000000001")


def test_consent_of_one_user(story: Tenant) -> None:
    """A consent by a user is a Principal grant for them, and an event in the audit log if it is known when."""
    ada = story.user("Ada")
    app = story.app("Payroll").granted("Mail.Read", "offline_access", by=ada, days_ago=3)
    (grant,) = story.rows("oauth2PermissionGrants")
    assert (grant["clientId"], grant["consentType"], grant["principalId"]) == (app.id, "Principal", ada.id)
    assert grant["scope"] == " Mail.Read offline_access"
    activities = {row["activityDisplayName"]: row for row in story.rows("directoryAudits")}
    assert set(activities) == {"Consent to application", "Add delegated permission grant"}
    assert activities["Consent to application"]["initiatedBy"]["user"]["id"] == ada.id


def test_consent_for_everyone(story: Tenant) -> None:
    """A consent to everyone is an AllPrincipals grant; both kinds may stand side by side, and grants widen."""
    admin, ada = story.user("Admin"), story.user("Ada")
    app = story.app("Wiki").granted("User.Read", to=EVERYONE, by=admin, days_ago=1)
    app.granted("Files.Read", by=ada).granted("Mail.Read", by=ada)
    rows = {row["consentType"]: row for row in story.rows("oauth2PermissionGrants")}
    assert (rows["AllPrincipals"]["principalId"], rows["Principal"]["scope"]) == (None, " Files.Read Mail.Read")
    consent = next(r for r in story.rows("directoryAudits") if r["activityDisplayName"].startswith("Consent"))
    changed = {p["displayName"]: json.loads(p["newValue"]) for p in consent["targetResources"][0]["modifiedProperties"]}
    assert changed["ConsentContext.IsAdminConsent"] == changed["ConsentContext.OnBehalfOfAll"] == "True"
    assert "ConsentType: AllPrincipals, Scope:  User.Read" in changed["ConsentAction.Permissions"]


def test_application_permission(story: Tenant) -> None:
    """An app that holds a permission is assigned Graph's role of that name; an unknown name is an error."""
    app = story.app("Robot").holds("User.Read.All")
    (held,) = story.rows("servicePrincipals/appRoleAssignments", parent=app.id)
    assert (held["appRoleId"], held["resourceDisplayName"]) == (
        "df021288-bdef-4463-88db-98f22de89214",
        "Microsoft Graph",
    )
    assert story.rows("appRoleAssignedTo", parent=story.graph.id) == [held]
    with pytest.raises(LookupError, match=r"no role 'User\.Fly'"):
        app.holds("User.Fly")


def test_permission_of_another_api(story: Tenant) -> None:
    """Permissions may be of Exchange, which then has a service principal."""
    exchange = "00000002-0000-0ff1-ce00-000000000000"
    app = story.app("Backup").holds("full_access_as_app", on=exchange)
    assert (
        story.rows("servicePrincipals/appRoleAssignments", parent=app.id)[0]["resourceDisplayName"]
        == "Office 365 Exchange Online"
    )


def test_assignment_of_users_and_groups(story: Tenant) -> None:
    """Users and groups are assigned with default access unless a role is named."""
    ada = story.user("Ada")
    sales = story.group("Sales", "microsoft365", members=[ada])
    app = story.app("Shop").assigned(ada, sales)
    rows = story.rows("appRoleAssignedTo", parent=app.id)
    assert [row["principalType"] for row in rows] == ["User", "Group"]
    assert {row["appRoleId"] for row in rows} == {"00000000-0000-0000-0000-000000000000"}
    assert [row["id"] for row in story.rows("members", parent=sales.id)] == [ada.id]


def test_permissions_are_taken_back(story: Tenant) -> None:
    """Scopes can be taken out of a grant until it ends; roles and assignments end; what is not there cannot."""
    ada = story.user("Ada")
    app = story.app("Shop").granted("User.Read", "Mail.Read", by=ada).granted("Files.Read", to=EVERYONE)
    app.assigned(ada).holds("User.Read.All")
    app.revoked("Mail.Read", of=ada).revoked(of=EVERYONE)
    assert [row["scope"] for row in story.rows("oauth2PermissionGrants")] == [" User.Read"]
    app.revoked("User.Read", of=ada).unassigned(ada).loses("User.Read.All")
    assert story.count("oauth2PermissionGrants") == story.count("appRoleAssignedTo") == 0
    for again in (lambda: app.revoked(of=ada), lambda: app.unassigned(ada), lambda: app.loses("User.Read.All")):
        with pytest.raises(LookupError):
            again()


@pytest.mark.parametrize(
    ("own", "in_tenant", "kind", "activities", "holder"),
    [
        (True, False, "secret", {"Update application \u2013 Certificates and secrets management ", "Update application"}, "applications"),
        (True, True, "certificate", {"Add service principal credentials", "Update service principal"}, "servicePrincipals"),
        (False, False, "secret", {"Add service principal credentials", "Update service principal"}, "servicePrincipals"),
    ],
)  # fmt: skip
def test_new_credentials_are_in_the_audit_log(
    story: Tenant, own: bool, in_tenant: bool, kind: str, activities: set[str], holder: str
) -> None:
    """A credential that is added stands on its object, and two events name it among those there were before."""
    ada = story.user("Ada")
    app = story.app("Robot", own=own, secret_ends_in_days=10)
    app.credential_added(kind, by=ada, days_ago=2, in_tenant=in_tenant)
    row = next(row for row in story.rows(holder) if row["appId"] == app.app_id)
    added = row["passwordCredentials" if kind == "secret" else "keyCredentials"][-1]
    events = {event["activityDisplayName"]: event for event in story.rows("directoryAudits")}
    assert set(events) == activities
    assert {event["operationType"] for event in events.values()} <= {"Add", "Update"}
    target = events[max(activities, key=lambda name: "redential" in name or "secrets" in name)]["targetResources"][0]
    change = next(entry for entry in target["modifiedProperties"] if entry["displayName"] == "KeyDescription")
    before, after = json.loads(change["oldValue"]), json.loads(change["newValue"])
    assert after[: len(before)] == before
    assert f"KeyIdentifier={added['keyId']}" in after[-1]
    assert (target["id"], added["startDateTime"]) == (row["id"], "2026-11-18T12:00:00Z")


def test_use_by_a_number_of_people(story: Tenant) -> None:
    """`used_by(3)` is a success of three users each; those who are missing are made."""
    ada = story.user("Ada")
    story.app("Shop").used_by(3, days_ago=40, times=2)
    rows = story.rows("signIns")
    assert len(rows) == 6
    assert {row["status"]["errorCode"] for row in rows} == {0}
    assert len({row["userId"] for row in rows}) == 3
    assert ada.id in {row["userId"] for row in rows}
    assert min(row["createdDateTime"] for row in rows) == "2026-10-11T12:00:00Z"


def test_sign_ins_of_each_kind(story: Tenant) -> None:
    """A sign-in is of the kind said, or of the one that fits user and app; what cannot be is refused."""
    ada = story.user("Ada")
    app, identity = story.app("Robot"), story.app("vm-1", kind="ManagedIdentity")
    app.signed_in(ada, days_ago=2, kind="nonInteractiveUser", error=50126).signed_in(days_ago=1)
    identity.signed_in(days_ago=1)
    assert story.rows("signIns", kind="nonInteractiveUser")[0]["status"]["errorCode"] == 50126
    assert story.rows("signIns", kind="servicePrincipal")[0]["servicePrincipalId"] == app.id
    assert story.rows("signIns", kind="managedIdentity")[0]["servicePrincipalName"] == "vm-1"
    with pytest.raises(ValueError, match="the app itself"):
        app.signed_in(ada, days_ago=1, kind="servicePrincipal")


def test_own_app_has_an_application(story: Tenant) -> None:
    """An app of the tenant has an application object with its credentials."""
    app = story.app("Intranet", own=True, secret_ends_in_days=-5, certificate_ends_in_days=90)
    (row,) = story.rows("applications")
    assert (row["appId"], row["passwordCredentials"][0]["endDateTime"]) == (app.app_id, "2026-11-15T12:00:00Z")
    assert row["keyCredentials"][0]["endDateTime"] == "2027-02-18T12:00:00Z"
    assert story.rows("servicePrincipals")[1]["appOwnerOrganizationId"] == story.id


def test_removed_object_takes_its_relations_along(story: Tenant) -> None:
    """A user who is removed is in no group, holds no grant and no assignment; the sign-ins stay."""
    ada = story.user("Ada")
    story.group("Sales", members=[ada])
    story.app("Shop").granted("User.Read", by=ada).assigned(ada).used_by(ada, days_ago=3)
    story.remove(ada)
    for name in ("users", "members", "oauth2PermissionGrants", "appRoleAssignedTo"):
        assert story.count(name) == 0, name
    assert story.count("signIns") == 1


def test_equal_stories_are_equal(story: Tenant) -> None:
    """The same story with the same seed has the same ids."""
    again = Tenant(now=story.now)
    for tenant in (story, again):
        tenant.app("Shop").granted("User.Read", by=tenant.user("Ada")).used_by(2, days_ago=1)
    for name in ("users", "servicePrincipals", "oauth2PermissionGrants", "signIns"):
        assert story.rows(name) == again.rows(name)


def test_unknown_words_are_refused(story: Tenant) -> None:
    """A kind of group or a collection that does not exist is refused with those that do."""
    with pytest.raises(ValueError, match="distribution"):
        story.group("X", "secret")
    with pytest.raises(LookupError, match="oauth2PermissionGrants"):
        story.rows("unicorns")
    with pytest.raises(LookupError, match="groups/owners, "):
        story.rows("owners")


def test_time_is_told_from_the_anchor(story: Tenant) -> None:
    """`days_ago` counts from the time the tenant was made, however the clock moves."""
    story.clock.advance(timedelta(days=1))
    assert story.user("Ada", created_days_ago=1).row["createdDateTime"] == "2026-11-19T12:00:00Z"
