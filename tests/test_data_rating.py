"""Every listed permission is rated for the data it opens, and the ratings stay where they were argued to be."""

from __future__ import annotations

from functools import cache

import pytest

from .seeds import LISTS, Key, Row, key, seed

GRAPH = "00000003-0000-0000-c000-000000000000"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
SHAREPOINT = "00000003-0000-0ff1-ce00-000000000000"
MANAGEMENT = "c5393580-f805-4401-95e8-94b7a6ef2fc2"
POWER_BI = "00000009-0000-0000-c000-000000000000"
DATAVERSE = "00000007-0000-0000-c000-000000000000"


@cache
def sensitivities() -> dict[str, int]:
    """Return the sensitivity of each class."""
    return {row["data_class"]: int(row["sensitivity"]) for row in seed("data_class")}


@cache
def percents() -> dict[tuple[str, str], int]:
    """Return what each access and reach leaves of the sensitivity."""
    return {(row["factor"], row["name"]): int(row["percent"]) for row in seed("data_factor")}


def exposure(row: Row) -> int:
    """Return the data exposure of a permission, halves rounded up as in SQL."""
    if row["rating"]:
        return int(row["rating"])
    access, reach = percents()["access", row["data_access"]], percents()["reach", row["data_reach"]]
    return (sensitivities()[row["data_class"]] * access * reach + 5000) // 10000


def names(keys: set[Key]) -> list[str]:
    """Return permissions in words, for the message of a failed test."""
    listed = {key(row): row["permission_value"] for name in (*LISTS, "data_rating") for row in seed(name)}
    return sorted(f"{listed[one]} ({one[1]}, {one[2]})" for one in keys)


def test_every_listed_permission_is_rated_once() -> None:
    """A list that gains a permission cannot leave it without a rating, and none is rated that no list holds."""
    rated = [key(row) for row in seed("data_rating")]
    listed = {key(row) for name in LISTS for row in seed(name)}
    assert names(listed - set(rated)) == []
    assert names(set(rated) - listed) == []
    assert len(rated) == len(set(rated))


@pytest.mark.parametrize("name", LISTS)
def test_names_are_those_of_the_lists(name: str) -> None:
    """A reviewer reads the name; it must be the name of the id next to it."""
    rated = {key(row): row["permission_value"] for row in seed("data_rating")}
    assert [row for row in seed(name) if rated[key(row)] != row["permission_value"]] == []


def test_classes_are_known_and_used() -> None:
    """No permission has a class without sensitivity, and no class stands there for nothing."""
    assert {row["data_class"] for row in seed("data_rating")} == set(sensitivities())
    assert len(seed("data_class")) == len(sensitivities())


def test_numbers_and_words_are_within_their_ranges() -> None:
    """Sensitivities and ratings are 0 to 100; access and reach are words the formula knows."""
    assert [row for row in seed("data_class") if not 0 <= int(row["sensitivity"]) <= 100] == []
    assert [row for row in seed("data_rating") if not 0 <= exposure(row) <= 100] == []
    assert {row["data_access"] for row in seed("data_rating")} == {"none", "read", "write"}
    assert {row["data_reach"] for row in seed("data_rating")} == {"own", "selected", "all"}


def test_no_access_means_no_data() -> None:
    """A permission opens no data exactly if its class is none."""
    odd = {key(row) for row in seed("data_rating") if (row["data_access"] == "none") != (row["data_class"] == "none")}
    assert names(odd) == []


def test_applications_have_no_data_of_their_own() -> None:
    """An application permission has nobody signed in, so that it opens everyone's data or what was picked."""
    odd = {
        key(row) for row in seed("data_rating") if (row["permission_type"], row["data_reach"]) == ("application", "own")
    }
    assert names(odd) == []


def test_rows_are_sorted() -> None:
    """A new list of permissions gives a short diff."""
    order = [
        (row["resource_app_id"], row["permission_type"], row["permission_value"], row["permission_id"])
        for row in seed("data_rating")
    ]
    assert order == sorted(order)
    classes = [row["data_class"] for row in seed("data_class")]
    assert classes == sorted(classes)


def needs_reason(row: Row, scubagear: dict[Key, str], microsoft: dict[Key, str]) -> bool:
    """Say whether a reviewer would ask why."""
    score = exposure(row)
    level = scubagear.get(key(row))
    feared = level in ("critical", "high") or microsoft.get(key(row)) in ("4", "5")
    return bool(row["rating"]) or score >= 60 or (feared and score < 30) or (level == "critical" and score < 60)


def test_reasons_are_given_where_a_reviewer_would_ask() -> None:
    """High ratings, exceptions from the formula and strong disagreement with the published lists are argued."""
    scubagear = {key(row): row["risk_level"] for row in seed("scubagear_rating")}
    microsoft = {key(row): row["privilege_level"] for row in seed("graph_permission")}
    silent = {
        key(row) for row in seed("data_rating") if needs_reason(row, scubagear, microsoft) and not row["reason"].strip()
    }
    assert names(silent) == []
    assert [row["data_class"] for row in seed("data_class") if not row["reason"].strip()] == []


def test_reading_is_never_worse_than_writing() -> None:
    """`X.ReadWrite` opens at least what `X.Read` opens, for the same API and type."""
    scores: dict[tuple[str, str, str], int] = {}
    for row in seed("data_rating"):
        name = (row["resource_app_id"], row["permission_type"], row["permission_value"])
        scores[name] = max(exposure(row), scores.get(name, 0))
    odd = [
        (value, score)
        for (resource, kind, value), score in scores.items()
        if ".ReadWrite" in value and score < scores.get((resource, kind, value.replace(".ReadWrite", ".Read", 1)), 0)
    ]
    assert odd == []


def test_an_application_opens_at_least_as_much_as_a_person() -> None:
    """Where both kinds of a permission exist under one name, the one without a person is not the milder one."""
    scores: dict[tuple[str, str, str], int] = {}
    selected = set()
    for row in seed("data_rating"):
        name = (row["resource_app_id"], row["permission_type"], row["permission_value"])
        scores[name] = max(exposure(row), scores.get(name, 0))
        if row["data_reach"] == "selected":
            selected.add(name)
    odd = [
        value
        for (resource, kind, value), score in scores.items()
        if kind == "application"
        and (resource, kind, value) not in selected
        and score < scores.get((resource, "delegated", value), 0)
    ]
    assert odd == []


@pytest.mark.parametrize(
    ("resource", "kind", "value", "lowest", "highest"),
    [
        # What people thought private, of everyone
        (GRAPH, "application", "Mail.Read", 75, 85),
        (GRAPH, "application", "Mail.ReadWrite", 85, 100),
        (EXCHANGE, "application", "IMAP.AccessAsApp", 40, 59),
        (EXCHANGE, "application", "full_access_as_app", 95, 100),
        (GRAPH, "application", "Chat.Read.All", 75, 85),
        (GRAPH, "application", "Chat.ReadWrite.All", 85, 100),
        (GRAPH, "application", "ChannelMessage.Read.All", 60, 75),
        (GRAPH, "application", "Files.Read.All", 60, 79),
        (GRAPH, "application", "Files.ReadWrite.All", 80, 100),
        (GRAPH, "application", "Sites.FullControl.All", 80, 100),
        (SHAREPOINT, "application", "Sites.ReadWrite.All", 80, 100),
        (GRAPH, "application", "OnlineMeetingTranscript.Read.All", 60, 79),
        (GRAPH, "application", "AiEnterpriseInteraction.Read.All", 60, 79),
        (GRAPH, "application", "eDiscovery.ReadWrite.All", 85, 100),
        (GRAPH, "application", "Calls.AccessMedia.All", 70, 85),
        (MANAGEMENT, "application", "ActivityFeed.ReadDlp", 60, 79),
        # Less than the words: headers, calendars, contacts, settings
        (GRAPH, "application", "Mail.ReadBasic.All", 35, 50),
        (GRAPH, "application", "Mail.Send", 55, 65),
        (GRAPH, "application", "Calendars.Read", 40, 55),
        (GRAPH, "application", "Contacts.Read", 30, 45),
        (GRAPH, "application", "MailboxSettings.ReadWrite", 60, 75),
        # What was picked
        (GRAPH, "application", "Sites.Selected", 0, 35),
        (GRAPH, "delegated", "Files.Read.Selected", 0, 35),
        (GRAPH, "application", "ChannelMessage.Read.Group", 15, 35),
        (GRAPH, "application", "Files.ReadWrite.AppFolder", 0, 5),
        # The signed-in person's own
        (GRAPH, "delegated", "Mail.ReadWrite", 45, 60),
        (GRAPH, "delegated", "Mail.Read", 30, 44),
        (GRAPH, "delegated", "Files.ReadWrite.All", 45, 60),
        (GRAPH, "delegated", "Files.Read", 25, 40),
        (GRAPH, "delegated", "Chat.Read", 30, 45),
        (GRAPH, "delegated", "Calendars.ReadWrite", 20, 35),
        (GRAPH, "delegated", "Contacts.Read", 10, 25),
        (GRAPH, "delegated", "User.Read", 5, 10),
        (GRAPH, "delegated", "openid", 0, 5),
        (GRAPH, "delegated", "profile", 0, 5),
        (GRAPH, "delegated", "email", 0, 5),
        (GRAPH, "delegated", "offline_access", 0, 0),
        (DATAVERSE, "delegated", "user_impersonation", 40, 55),
        # The organisation's
        (GRAPH, "delegated", "User.Read.All", 25, 40),
        (GRAPH, "delegated", "User.ReadBasic.All", 10, 24),
        (GRAPH, "application", "Directory.Read.All", 40, 50),
        (GRAPH, "application", "GroupMember.Read.All", 25, 40),
        (GRAPH, "application", "AuditLog.Read.All", 40, 55),
        (GRAPH, "application", "ThreatHunting.Read.All", 60, 79),
        (GRAPH, "application", "BitlockerKey.Read.All", 70, 85),
        (GRAPH, "application", "DeviceLocalCredential.Read.All", 75, 90),
        (GRAPH, "application", "Reports.Read.All", 20, 40),
        (POWER_BI, "delegated", "Tenant.Read.All", 40, 59),
        # Power rather than data
        (GRAPH, "application", "RoleManagement.ReadWrite.Directory", 20, 45),
        (GRAPH, "application", "AppRoleAssignment.ReadWrite.All", 15, 35),
        (GRAPH, "application", "Application.ReadWrite.OwnedBy", 0, 20),
        # Hardly anything
        (GRAPH, "delegated", "Presence.Read", 0, 10),
        (GRAPH, "application", "Bookmark.Read.All", 0, 10),
        (GRAPH, "application", "ServiceHealth.Read.All", 0, 5),
        (GRAPH, "application", "Place.Read.All", 0, 10),
    ],
)
def test_known_ratings(resource: str, kind: str, value: str, lowest: int, highest: int) -> None:
    """Ratings that were argued about stay in the range on which the argument ended."""
    scores = [
        exposure(row)
        for row in seed("data_rating")
        if (row["resource_app_id"], row["permission_type"], row["permission_value"]) == (resource, kind, value)
    ]
    assert scores
    assert all(lowest <= score <= highest for score in scores), scores
