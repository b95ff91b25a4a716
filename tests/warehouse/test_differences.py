"""What one published file says that the one before did not."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest

from pipelines.settings import Home
from pipelines.warehouse import differences
from pipelines.warehouse.differences import DORMANT, GRANTED, NEW, RAISED

App = tuple[str, str, str, int | None, bool]
Change = tuple[str, str, str, str]


def publish(home: Home, apps: Sequence[App], changes: Sequence[Change] = ()) -> None:
    """Publish marts with these apps (id, state of use, band, score, whether it is scored) and changes (id, app, kind, tier)."""
    home.path.mkdir(exist_ok=True)
    home.published.unlink(missing_ok=True)
    with duckdb.connect(str(home.published)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.app_overview (tenant_id varchar, app_id varchar, display_name varchar, usage_state varchar, risk_band varchar, risk_score integer, risk_titles varchar, is_scored boolean)"
        )
        connection.execute(
            "create table marts.permission_change (tenant_id varchar, change_id varchar, app_id varchar, app_name varchar, change_kind varchar, tier varchar, what varchar, consent_type varchar)"
        )
        for app_id, state, band, score, is_scored in apps:
            row = ["t", app_id, app_id.title(), state, band, score, f"why {app_id}", is_scored]
            connection.execute("insert into marts.app_overview values ($1, $2, $3, $4, $5, $6, $7, $8)", row)
        for change_id, app_id, kind, tier in changes:
            told = [
                "t",
                change_id,
                app_id,
                app_id.title(),
                kind,
                tier,
                f"{change_id} was granted to {app_id.title()} for ann@northwind",
            ]
            connection.execute(
                "insert into marts.permission_change values ($1, $2, $3, $4, $5, $6, $7, 'Principal')", told
            )


def found(
    home: Home, before: Sequence[App], after: Sequence[App], **changes: Sequence[Change]
) -> list[tuple[str, str]]:
    """Return the kind and the app of each difference between two files."""
    publish(home, before, changes.get("changes_before", ()))
    seen = differences.note(home)
    assert seen is not None
    publish(home, after, changes.get("changes_after", ()))
    told = differences.since(seen, home)
    assert told is not None
    return [(one.kind, one.app_id) for one in told]


CRM: App = ("crm", "used", "low", 10, True)


def test_nothing_changed(home: Home) -> None:
    """Two files that say the same differ in nothing."""
    assert found(home, [CRM], [CRM]) == []


def test_a_new_app_is_told_once_and_as_dangerous_if_it_is(home: Home) -> None:
    """An app that was not there is new; one that is dangerous from the start is told as that, too."""
    harmless, dangerous = ("wiki", "unknown", "medium", 30, True), ("evil", "unknown", "high", 60, True)
    assert found(home, [CRM], [CRM, harmless, dangerous]) == [(NEW, "evil"), (NEW, "wiki"), (RAISED, "evil")]


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ("low", "high", True),
        ("medium", "critical", True),
        ("high", "critical", True),
        ("low", "medium", False),
        ("high", "high", False),
        ("critical", "high", False),
    ],
)
def test_an_app_that_became_dangerous_is_told(home: Home, before: str, after: str, *, is_told: bool) -> None:
    """A rise that ends at high or critical is told, each once; a fall and what stays are not."""
    told = found(home, [("crm", "used", before, 1, True)], [("crm", "used", after, 90, True)])
    assert told == [(RAISED, "crm")] * is_told


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [("used", "unused", True), ("unknown", "unused", False), ("used", "unknown", False), ("unused", "used", False)],
)
def test_only_verified_silence_is_dormant(home: Home, before: str, after: str, *, is_told: bool) -> None:
    """An app has gone dormant where its use was seen and is not any more; what is unknown is never told as unused."""
    told = found(home, [("crm", before, "low", 1, True)], [("crm", after, "low", 1, True)])
    assert told == [(DORMANT, "crm")] * is_told


def test_only_new_grants_of_dangerous_permissions_are_told(home: Home) -> None:
    """A grant that the file before knew is not told, nor one that is harmless, nor what was taken away; one of an app that is gone is."""
    old: Change = ("old", "crm", "permission_granted", "critical")
    new: list[Change] = [
        ("new", "crm", "permission_widened", "high"),
        ("harmless", "crm", "permission_granted", "medium"),
        ("revoked", "crm", "permission_revoked", "critical"),
        ("gone", "gone", "permission_granted", "critical"),
    ]
    told = found(home, [CRM], [CRM], changes_before=[old], changes_after=[old, *new])
    assert told == [(GRANTED, "crm"), (GRANTED, "gone")]


def test_a_grant_is_told_without_the_person(home: Home) -> None:
    """What is told is kept where nobody can be erased: whom a grant is for stays in the mart."""
    publish(home, [CRM])
    seen = differences.note(home)
    assert seen is not None
    publish(home, [CRM], [("Mail.Read", "crm", "permission_granted", "critical")])
    assert [one.what for one in differences.since(seen, home) or ()] == ["Mail.Read was granted to Crm for one person"]


def test_microsofts_own_apps_are_left_out(home: Home) -> None:
    """What is not scored is not told, whatever becomes of it."""
    own: App = ("teams", "used", "unscored", None, False)
    change: Change = ("new", "teams", "permission_granted", "critical")
    assert found(home, [], [own], changes_after=[change]) == []


def test_a_file_of_a_version_that_knew_less_is_none(home: Home) -> None:
    """Where there is no file, or one without what is compared, there is nothing to compare with."""
    assert differences.seen(home) is None
    home.path.mkdir()
    with duckdb.connect(str(home.published)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.app_overview (tenant_id varchar)")
    assert differences.seen(home) is None


def test_what_was_published_and_not_told_is_told_later(home: Home) -> None:
    """A run that ends between publishing and telling, and a file published by hand, leave what they changed to the next run."""
    publish(home, [CRM])
    seen = differences.seen(home)
    publish(home, [CRM, ("evil", "unknown", "high", 60, True)])
    again = differences.seen(home)
    assert seen is not None
    assert again == seen
    publish(home, [CRM, ("evil", "unknown", "high", 60, True), ("wiki", "used", "low", 3, True)])
    assert [(one.kind, one.app_id) for one in differences.since(again, home) or ()] == [
        (NEW, "evil"),
        (NEW, "wiki"),
        (RAISED, "evil"),
    ]
    differences.note(home)
    told = differences.seen(home)
    assert told is not None
    assert differences.since(told, home) == []
    assert [path.name for path in home.path.glob("warehouse.*")] == ["warehouse.told"]
    assert home.told.stat().st_mode & 0o077 == 0


def test_a_damaged_note_is_made_anew(home: Home) -> None:
    """A note that cannot be read counts as none: what is published now is what the next file is compared with."""
    publish(home, [CRM])
    home.told.write_bytes(b"torn")
    seen = differences.seen(home)
    assert seen is not None
    assert differences.since(seen, home) == []
    assert differences.seen(home) == seen


def test_a_file_without_apps_is_something_to_compare_with(home: Home) -> None:
    """The first app of a tenant that had none is told as new; only where nothing was published there is nothing to tell."""
    assert differences.since(differences.seen(home), home) is None
    assert found(home, [], [CRM]) == [(NEW, "crm")]
