"""Owners, members and directory roles: as lists of their own, and as what `$expand` shows of them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Tenant
from tests.simulator.reader import Open, Reader

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"


@pytest.fixture
def reader(story: Tenant, read: Open) -> Reader:
    """Return a reader of a tenant in which groups, applications and service principals have owners."""
    ada, robot = story.user("Ada"), story.app("Robot")
    story.group("Sales", members=[story.user(f"User {number}") for number in range(30)]).owned_by(ada)
    story.app("Payroll", own=True).owned_by(ada, robot).assigned(ada)
    return read(story)


def parent(tenant: Tenant, collection: str, name: str) -> str:
    """Return the id of an object by its display name."""
    rows = tenant.rows(collection, select=("id", "displayName"))
    return next(row["id"] for row in rows if row["displayName"] == name)


@pytest.mark.parametrize(
    ("collection", "name", "expected"),
    [
        ("groups", "Sales", ["user"]),
        ("applications", "Payroll", ["user", "servicePrincipal"]),
        ("servicePrincipals", "Payroll", ["user", "servicePrincipal"]),
    ],
)
def test_owners_are_users_and_apps(reader: Reader, collection: str, name: str, expected: list[str]) -> None:
    """The owners of groups, applications and service principals come as directory objects that say their type."""
    key = parent(reader.server.tenant, collection, name)
    page = reader.get(f"/v1.0/{collection}/{key}/owners").json()
    assert [row["@odata.type"] for row in page["value"]] == [f"#microsoft.graph.{kind}" for kind in expected]
    assert page["@odata.context"].endswith("#directoryObjects")
    assert page["value"] == reader.server.tenant.rows(f"{collection}/owners", parent=key)
    assert reader.server.tenant.rows_by_parent(f"{collection}/owners")[key] == page["value"]


def test_lists_of_owners_have_pages_and_selections(story: Tenant, read: Open) -> None:
    """A page has a hundred owners unless fewer are asked for; a selection leaves id and type."""
    group = story.group("Everyone").owned_by(*(story.user(f"User {number}") for number in range(150)))
    reader = read(story)
    sizes = [len(page["value"]) for page in reader.pages(f"/v1.0/groups/{group.id}/owners")]
    assert sizes == [100, 50]
    first = reader.rows(f"/v1.0/groups/{group.id}/owners?$select=id&$top=60")[0]
    assert set(first) == {"@odata.type", "id"}


def test_former_owners_are_not_shown(story: Tenant, read: Open) -> None:
    """An owner who was removed, or deleted softly, is not in the list; one who is restored is."""
    ada, bob = story.user("Ada"), story.user("Bob")
    group = story.group("Sales").owned_by(ada, bob)
    reader = read(story)
    path = f"/v1.0/groups/{group.id}/owners"
    group.disowned_by(ada)
    assert [row["id"] for row in reader.rows(path)] == [bob.id]
    bob.soft_delete()
    assert reader.rows(path) == []
    bob.restore()
    assert [row["id"] for row in reader.rows(path)] == [bob.id]


@pytest.mark.parametrize(
    ("path", "relation", "shown"),
    [
        ("/v1.0/groups?$expand=owners", "owners", 1),
        ("/v1.0/groups?$select=id&$expand=members", "members", 20),
        ("/beta/groups?$expand=members($select=id)", "members", 20),
        ("/v1.0/applications?$select=id,appId&$expand=owners($select=id)", "owners", 2),
        ("/v1.0/servicePrincipals?$filter=displayName eq 'Payroll'&$expand=appRoleAssignedTo", "appRoleAssignedTo", 1),
    ],
)
def test_expansion_shows_twenty_and_leads_nowhere(reader: Reader, path: str, relation: str, shown: int) -> None:
    """`$expand` adds the first twenty related objects to each row, and no link to the others."""
    (row,) = reader.rows(path)
    assert len(row[relation]) == shown
    assert not [name for name in row if "nextLink" in name]
    if "($select=id)" in path:
        assert set(row[relation][0]) == {"@odata.type", "id"}


def test_expansion_of_one_object(reader: Reader) -> None:
    """A single object is expanded like a row of a list."""
    key = parent(reader.server.tenant, "groups", "Sales")
    whole = reader.get(f"/v1.0/groups/{key}?$expand=owners").json()
    assert [owner["displayName"] for owner in whole["owners"]] == ["Ada"]


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        (
            "/v1.0/groups?$expand=owners&$count=true",
            {"ConsistencyLevel": "eventual"},
            (400, "Request_UnsupportedQuery"),
        ),
        ("/v1.0/groups?$expand=owners&$count=true", {}, None),
        ("/v1.0/groups?$expand=unicorns", {}, (400, "BadRequest")),
        ("/v1.0/groups?$expand=owners,members", {}, (400, "BadRequest")),
        ("/v1.0/applications?$expand=appRoleAssignedTo", {}, (400, "BadRequest")),
        ("/v1.0/users?$expand=manager", {}, (400, "BadRequest")),
        ("/v1.0/roleManagement/directory/roleAssignments?$expand=principal", {}, (400, "BadRequest")),
    ],
)
def test_expansions_that_are_refused(
    reader: Reader, path: str, headers: dict[str, str], expected: tuple[int, str] | None
) -> None:
    """Other relations are refused, and so is an expansion in an advanced query; `$count` alone makes none of it."""
    if expected is None:
        assert reader.get(path, **headers).status_code == 200
    else:
        assert reader.error(path, **headers) == expected


def test_roles_are_held_by_users_groups_and_apps(story: Tenant, read: Open) -> None:
    """A role that is held is an assignment whose id packs role and principal; one that is lost is none."""
    ada = story.user("Ada").holds_role("Global Administrator")
    group = story.group("Admins", isAssignableToRole=True).holds_role("User Administrator")
    app = story.app("Robot").holds_role("Directory Readers", scope=f"/{group.id}")
    reader = read(story)
    path = "/v1.0/roleManagement/directory/roleAssignments"
    rows = reader.rows(path)
    assert [row["principalId"] for row in rows] == [ada.id, group.id, app.id]
    assert rows[0] | {"id": ""} == {
        "id": "", "principalId": ada.id, "roleDefinitionId": GLOBAL_ADMINISTRATOR, "directoryScopeId": "/",
        "appScopeId": None, "condition": None,
    }  # fmt: skip
    assert rows[0]["id"].startswith("lAPpYvVpN0KRkAEhdxReE")
    assert rows[2]["directoryScopeId"] == f"/{group.id}"
    assert [row["id"] for row in reader.rows(f"{path}?$filter=principalId eq '{ada.id}'")] == [rows[0]["id"]]
    ada.loses_role("Global Administrator")
    assert len(reader.rows(path)) == 2
    with pytest.raises(LookupError, match="no directory role 'Emperor'"):
        ada.holds_role("Emperor")


def test_role_definitions_are_entras(reader: Reader) -> None:
    """Every tenant has Entra's built-in roles under their real ids; only beta says which are privileged."""
    rows = {row["displayName"]: row for row in reader.rows("/v1.0/roleManagement/directory/roleDefinitions")}
    assert rows["Global Administrator"]["id"] == rows["Global Administrator"]["templateId"] == GLOBAL_ADMINISTRATOR
    assert all(row["isBuiltIn"] and row["rolePermissions"][0]["allowedResourceActions"] for row in rows.values())
    beta = {r["displayName"]: r["isPrivileged"] for r in reader.rows("/beta/roleManagement/directory/roleDefinitions")}
    assert (beta["Global Administrator"], beta["Directory Readers"]) == (True, False)


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("RoleManagement.Read.Directory", "/v1.0/roleManagement/directory/roleAssignments", 200),
        ("Directory.Read.All", "/v1.0/roleManagement/directory/roleDefinitions", 200),
        ("User.Read.All", "/v1.0/roleManagement/directory/roleAssignments", 403),
        ("GroupMember.Read.All", "/v1.0/groups/{group}/owners", 200),
        ("Application.Read.All", "/v1.0/groups/{group}/owners", 403),
    ],
)
def test_permissions_of_relations(read: Open, role: str, path: str, status: int) -> None:
    """Roles and owners each open to their own permission and to no other's."""
    tenant = Tenant(roles=(role,))
    group = tenant.group("Sales")
    answer: Any = read(tenant).get(path.replace("{group}", group.id))
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["code"] == "Authorization_RequestDenied"
