"""Every listed permission is rated for what it does for a takeover, and every strong word has its reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from .seeds import LISTS, Key, Row, key, seed


def takeover(row: Row) -> int:
    """Return the takeover rating: the permission's own figure, else its class's for its type."""
    [of_class] = [one for one in seed("takeover_class") if one["takeover_class"] == row["takeover_class"]]
    return int(row["rating"] or of_class[f"{row['permission_type']}_rating"])


def names(rows: list[Row]) -> list[str]:
    """Return permissions in words, for the message of a failed test."""
    return sorted(f"{row['permission_value']} ({row['permission_type']}, {row['permission_id']})" for row in rows)


def of_graph(permission_type: str, value: str) -> Row:
    """Return the row of one of Graph's own permissions."""
    own = {key(row) for row in seed("graph_permission")}
    [row] = [
        row
        for row in seed("takeover_rating")
        if key(row) in own and (row["permission_type"], row["permission_value"]) == (permission_type, value)
    ]
    return row


@pytest.mark.parametrize("name", ["takeover_rating", "data_rating"])
def test_every_listed_permission_is_rated_once(name: str) -> None:
    """A permission that a list gains cannot stay without a rating, and a name is that of its id."""
    rated = [(*key(row), row["permission_value"]) for row in seed(name)]
    listed = {(*key(row), row["permission_value"]) for each in LISTS for row in seed(each)}
    assert sorted(listed) == sorted(rated)


def test_rows_are_sorted() -> None:
    """A new list of permissions gives a short diff."""
    order = [
        (row["resource_app_id"], row["permission_type"], row["permission_value"], row["permission_id"])
        for row in seed("takeover_rating")
    ]
    assert order == sorted(order)


def test_classes_are_known_and_used() -> None:
    """No permission has a class without a figure, and no class stands there for nothing."""
    assert {row["takeover_class"] for row in seed("takeover_rating")} == {
        row["takeover_class"] for row in seed("takeover_class")
    }


def test_figures_are_within_their_range() -> None:
    """Ratings are 0 to 100, and an own figure that repeats the class's is left out."""
    assert [row for row in seed("takeover_rating") if not 0 <= takeover(row) <= 100] == []
    classes = {row["takeover_class"]: row for row in seed("takeover_class")}
    idle = [
        row
        for row in seed("takeover_rating")
        if row["rating"] == classes[row["takeover_class"]][f"{row['permission_type']}_rating"]
    ]
    assert names(idle) == []


def test_reasons_are_given_where_a_reviewer_would_ask() -> None:
    """From medium on, and where a list fears what is low here, the row says what an attacker does with it."""
    scubagear = {key(row): row["risk_level"] for row in seed("scubagear_rating")}
    microsoft = {key(row): row["privilege_level"] for row in seed("graph_permission")}
    silent = [
        row
        for row in seed("takeover_rating")
        if not row["reason"]
        and (
            takeover(row) >= 30
            or scubagear.get(key(row)) in ("critical", "high")
            or microsoft.get(key(row)) in ("4", "5")
        )
    ]
    assert names(silent) == []


def test_a_person_bounds_the_power() -> None:
    """A delegated permission leads no further than the application permission of the same name."""
    figures: dict[tuple[str, str], dict[str, int]] = {}
    for row in seed("takeover_rating"):
        named = figures.setdefault((row["resource_app_id"], row["permission_value"]), {})
        named[row["permission_type"]] = takeover(row)
    odd = [name for name, of in figures.items() if of.get("delegated", 0) > of.get("application", 100)]
    assert odd == []


def test_one_name_has_one_rating() -> None:
    """Ids that bear the same name at the same API are rated alike: lists know old and new ids."""
    figures: dict[Key, set[int]] = {}
    for row in seed("takeover_rating"):
        name = (row["resource_app_id"], row["permission_type"], row["permission_value"])
        figures.setdefault(name, set()).add(takeover(row))
    assert [name for name, of in figures.items() if len(of) > 1] == []


def test_writing_leads_at_least_as_far_as_reading() -> None:
    """`X.ReadWrite` leads at least as far as `X.Read`, for the same API and type."""
    figures = {
        (row["resource_app_id"], row["permission_type"], row["permission_value"]): takeover(row)
        for row in seed("takeover_rating")
    }
    odd = [
        value
        for (resource, kind, value), figure in figures.items()
        if ".ReadWrite" in value and figure < figures.get((resource, kind, value.replace(".ReadWrite", ".Read")), 0)
    ]
    assert odd == []


@pytest.mark.parametrize(
    "value",
    [
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "DeviceManagementConfiguration.ReadWrite.All",
        "DeviceManagementRBAC.ReadWrite.All",
        "DeviceManagementScripts.ReadWrite.All",
        "Directory.ReadWrite.All",
        "Domain-InternalFederation.ReadWrite.All",
        "Domain.ReadWrite.All",
        "EntitlementManagement.ReadWrite.All",
        "OnPremDirectorySynchronization.ReadWrite.All",
        "Organization.ReadWrite.All",
        "Policy.ReadWrite.AuthenticationMethod",
        "Policy.ReadWrite.ConditionalAccess",
        "Policy.ReadWrite.PermissionGrant",
        "PrivilegedAccess.ReadWrite.AzureAD",
        "PrivilegedAccess.ReadWrite.AzureADGroup",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
        "PublicKeyInfrastructure.ReadWrite.All",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagement.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.AzureADGroup",
        "RoleManagementPolicy.ReadWrite.Directory",
        "User-PasswordProfile.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
        "UserAuthMethod-Passkey.ReadWrite.All",
        "UserAuthMethod-Password.ReadWrite.All",
        "UserAuthMethod-TAP.ReadWrite.All",
    ],
)
def test_paths_to_the_tenant_are_critical(value: str) -> None:
    """An app that holds one of these is a step from Global Administrator, or from anybody's account."""
    assert takeover(of_graph("application", value)) >= 80
    assert takeover(of_graph("delegated", value)) >= 60


@pytest.mark.parametrize("permission_type", ["application", "delegated"])
def test_disabling_accounts_is_no_small_thing(permission_type: str) -> None:
    """The right to disable every account is high, though its name begins like that of a harmless one."""
    assert takeover(of_graph(permission_type, "User.EnableDisableAccount.All")) >= 60


def test_reading_leads_nowhere_but_to_secrets() -> None:
    """What only reads is medium or worse exactly where it reads a password or a key."""
    reading = [
        row
        for row in seed("takeover_rating")
        if ".Read." in row["permission_value"] and "Write" not in row["permission_value"] and takeover(row) >= 30
    ]
    assert {row["permission_value"] for row in reading} == {"BitlockerKey.Read.All", "DeviceLocalCredential.Read.All"}


def test_roles_are_sorted_and_explained() -> None:
    """Directory roles stand in the order of their names, figures in their range, with a reason from medium on."""
    roles = seed("directory_role_rating")
    order = [row["role_name"].lower() for row in roles]
    assert order == sorted(order)
    assert [
        row for row in roles if not (0 <= int(row["takeover"]) <= 100 and 0 <= int(row["data_exposure"]) <= 100)
    ] == []
    assert [row["role_name"] for row in roles if (int(row["takeover"]) >= 30) != bool(row["reason"])] == []


@pytest.mark.parametrize(
    ("lowest", "roles"),
    [
        (80, ["Entra SOC Identity Responder", "Helpdesk Administrator", "Security Operator"]),
        (80, ["Directory Synchronization Accounts", "On Premises Directory Sync Account"]),
        (70, ["Groups Administrator", "Knowledge Administrator", "Knowledge Manager", "Windows 365 Administrator"]),
        (60, ["Exchange Administrator", "SharePoint Administrator", "Teams Administrator", "Yammer Administrator"]),
    ],
)
def test_roles_of_the_same_power_are_rated_alike(lowest: int, roles: list[str]) -> None:
    """Who resets passwords, feeds accounts or joins any group is as dangerous under a harmless name."""
    figures = {row["role_name"]: int(row["takeover"]) for row in seed("directory_role_rating")}
    assert [name for name in roles if figures[name] < lowest] == []


def test_the_simulators_roles_are_rated() -> None:
    """Roles of the simulator bear the id, name and mark of the rated ones."""
    file = Path(__file__).parents[1] / "simulator" / "data" / "directory-roles.csv"
    rated = {row["role_template_id"]: (row["role_name"], row["is_privileged"]) for row in seed("directory_role_rating")}
    with file.open(encoding="utf-8", newline="") as opened:
        simulated = {
            row["id"]: (row["name"], "true" if row["privileged"] == "yes" else "false")
            for row in csv.DictReader(opened)
        }
    assert simulated.items() <= rated.items()


def test_tiers_cover_all_ratings() -> None:
    """The lowest tier begins at 0, and a worse one begins later."""
    tiers = sorted(seed("permission_tier"), key=lambda row: int(row["tier_order"]))
    lowest = [int(row["lowest_rating"]) for row in tiers]
    assert lowest[0] == 0
    assert lowest == sorted(set(lowest))


def test_patterns_are_in_order() -> None:
    """Patterns of one rating stand in the order in which they are tried, and only data patterns name an area."""
    for dimension in ("takeover", "data_exposure"):
        patterns = [row for row in seed("permission_pattern") if row["dimension"] == dimension]
        order = [int(row["pattern_order"]) for row in patterns]
        assert order == sorted(set(order))
        assert {bool(row["data_area"] and row["data_access"] and row["data_reach"]) for row in patterns} == {
            dimension == "data_exposure"
        }
    assert {row["owner"] for row in seed("permission_pattern") if row["value_like"] == "openid"} == {"any"}
