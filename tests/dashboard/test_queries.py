"""What the dashboard asks: each query says what it is, runs, and can be asked again as it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboard.charts import ALL_KINDS, OF_PEOPLE
from dashboard.pages.apps import SCORES
from dashboard.queries import literal, queries, query, read
from dashboard.words import USE_CLASS
from pipelines.warehouse.marts import Marts
from pipelines.warehouse.reader import Look, Reader

from .files import BLIND, WOODGROVE

UNFILTERED: dict[str, Any] = {
    "limit": 50,
    "offset": 0,
    "days": 60,
    "kinds": OF_PEOPLE,
    "collections": "users,sign_ins_interactive",
    "sort": "risk",
    **dict.fromkeys(("search", "ownership", "usage", "use_class", "band", "score_from", "score_to", "credentials")),
    **dict.fromkeys(("unknown_reason", "status", "app_id", "user_id", "sku_id", "reason", "kind", "tier")),
}
FILTERED: dict[str, Any] = UNFILTERED | {
    "search": "it's % 100' or 1 = 1 --",
    "ownership": "own",
    "usage": "used",
    "band": "critical,high",
    "score_from": 50,
    "score_to": 60,
    "credentials": "ending",
    "app_id": "app-backup",
    "user_id": "finn",
    "kind": "permission_granted,app_added",
    "tier": "high",
    "sort": "name",
    "limit": 3,
}
OF_ONE = ("app", "person")
OF_PAGES = [each.name for each in queries() if not each.name.startswith("report_")]
"""Those of the pages; the report's have tests of their own."""


def asked(values: dict[str, Any], tenant_id: str) -> dict[str, Any]:
    """Values for any query."""
    return {**values, "tenant_id": tenant_id}


def about_one(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values, with an app or person where the query is about one."""
    return values | {"app_id": "app-teams", "user_id": "finn"} if name.startswith(OF_ONE) and name != "apps" else values


@pytest.fixture(scope="module")
def look(published: Path) -> Iterator[Look]:
    """A look at the file with two tenants."""
    reader = Reader(published)
    with reader.look() as look:
        yield look
    reader.close()


@contextmanager
def changed(story: Path, folder: Path, sql: str) -> Iterator[Look]:
    """A look at the golden story with something in it changed."""
    file = folder / "consentry.duckdb"
    file.write_bytes(story.read_bytes())
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"set TimeZone = 'UTC'; set search_path = 'marts,main'; {sql}")
    reader = Reader(file)
    with reader.look() as look:
        yield look
    reader.close()


@pytest.fixture(scope="module")
def marts(published: Path) -> Iterator[Marts]:
    """The file as `consentry sql` opens it."""
    with Marts.open(published) as opened:
        yield opened


@pytest.mark.parametrize("name", [each.name for each in queries()])
def test_a_query_says_what_it_is_about(name: str) -> None:
    """Title and meaning stand on top; the query is of one tenant and asks the marts alone."""
    asked_for = query(name)
    assert asked_for.title
    assert asked_for.meaning.endswith(".")
    assert name == "tenants" or "tenant_id" in asked_for.parameters
    assert "raw." not in asked_for.sql
    assert not asked_for.sql.endswith(";")


@pytest.mark.parametrize("tenant_id", [WOODGROVE, BLIND])
@pytest.mark.parametrize("values", [UNFILTERED, FILTERED], ids=["unfiltered", "filtered"])
@pytest.mark.parametrize("name", OF_PAGES)
def test_what_is_shown_answers_the_same_anywhere(
    look: Look, marts: Marts, name: str, values: dict[str, Any], tenant_id: str
) -> None:
    """The SQL with its values, pasted into `consentry sql`, gives the rows of the page, and DuckDB can explain it."""
    answer = query(name).answer(look, **asked(about_one(name, values), tenant_id))
    assert look.rows(answer.sql) == answer.rows
    assert len(marts.sql(answer.sql)) == len(answer.rows)
    assert look.rows(f"explain {answer.sql}")


@pytest.mark.parametrize(
    "name", ["apps", "people", "app_people", "reclaim", "changes", "person_apps", "person_exposure"]
)
def test_lists_that_may_be_long_are_cut_in_the_database(look: Look, name: str) -> None:
    """Never more rows than are shown leave the file, and each list says how many there are in all."""
    values = about_one(name, UNFILTERED) | {"limit": 2}
    answer = query(name).answer(look, **asked(values, WOODGROVE))
    assert len(answer.rows) <= 2
    assert "limit $limit" in answer.query.sql
    assert any(column.startswith("matching_") for column in answer.first)


@pytest.mark.parametrize("tenant_id", [WOODGROVE, BLIND])
def test_each_field_of_the_picture_is_the_list_behind_it(look: Look, tenant_id: str) -> None:
    """The number in a field of use against risk is the number of apps that a click on it lists; together they are all."""
    grid = {
        (row["use_class"], row["score_from"]): row["apps"]
        for row in query("apps_grid").answer(look, **asked(UNFILTERED, tenant_id)).rows
    }
    assert grid.keys() <= {(use, score) for use in USE_CLASS for score in SCORES}
    for (use_class, score_from), apps in grid.items():
        cell = {
            "use_class": use_class,
            "score_from": score_from,
            "score_to": None if score_from == 90 else score_from + 10,
        }
        assert query("apps").answer(look, **asked(UNFILTERED | cell, tenant_id)).count("matching_apps") == apps
    scored = look.rows(f"select count(*) as apps from app_overview where tenant_id = '{tenant_id}' and is_scored")
    assert sum(grid.values()) == scored[0]["apps"]


@pytest.mark.parametrize("tenant_id", [WOODGROVE, BLIND])
@pytest.mark.parametrize("what", ["dangerous", "dangerous_unused", "unknown_apps", "ending_credentials", "seats"])
def test_what_to_do_counts_what_its_link_lists(look: Look, what: str, tenant_id: str) -> None:
    """A task's number is that of the rows on the page that it leads to."""
    tasks = {row["what"]: row["things"] for row in query("to_do").answer(look, **asked(UNFILTERED, tenant_id)).rows}
    links: dict[str, tuple[str, dict[str, Any], str]] = {
        "dangerous": ("apps", {"band": "critical,high", "status": "on"}, "matching_apps"),
        "dangerous_unused": ("apps", {"band": "critical,high", "usage": "unused", "status": "on"}, "matching_apps"),
        "unknown_apps": ("apps", {"usage": "unknown", "status": "on"}, "matching_apps"),
        "ending_credentials": ("apps", {"credentials": "ending", "ownership": "own"}, "matching_apps"),
        "seats": ("reclaim", {}, "matching_candidates"),
    }
    name, filters, column = links[what]
    assert tasks[what] > 0 or tenant_id == BLIND
    assert query(name).answer(look, **asked(UNFILTERED | filters, tenant_id)).count(column) == tasks[what]


def test_days_without_collected_sign_ins_are_not_known(look: Look) -> None:
    """Woodgrove's sign-ins reach back 65 days; the blind tenant's nowhere."""
    days = query("known_days").answer(look, **asked(UNFILTERED | {"days": 90}, WOODGROVE)).rows
    assert [row["is_known"] for row in days] == [False] * 25 + [True] * 65
    blind = query("known_days").answer(look, **asked(UNFILTERED, BLIND)).rows
    assert {row["is_known"] for row in blind} == {False}


@pytest.mark.parametrize(
    ("kinds", "known"), [("service_principal", {True}), ("managed_identity", {False}), (ALL_KINDS, {False})]
)
def test_a_day_is_known_only_of_the_kinds_that_are_counted(look: Look, kinds: str, known: set[bool]) -> None:
    """Managed identities' sign-ins were never read: where these are counted, nothing is not zero."""
    days = query("known_days").answer(look, **asked(UNFILTERED | {"kinds": kinds}, WOODGROVE)).rows
    assert {row["is_known"] for row in days} == known


def test_people_of_a_day_are_those_of_all_kinds(story: Path, tmp_path: Path) -> None:
    """Two who sign in with a window and one who does not are three; a report of a day names nobody, so their number is null."""
    days = "tenant_id, app_id, sign_in_date, sign_in_kind, usage_source, is_used, successes, active_users"
    people = "tenant_id, app_id, sign_in_date, sign_in_kind, principal_type, principal_id, successes"
    row = f"'{WOODGROVE}', 'app-x', date"
    sql = f"""
        insert into fct_app_day ({days}) values
            ({row} '2026-03-30', 'interactive', 'sign_ins', true, 2, 2),
            ({row} '2026-03-30', 'non_interactive', 'sign_ins', true, 2, 2),
            ({row} '2026-03-30', 'service_principal', 'sign_ins', true, 9, 0),
            ({row} '2026-03-29', 'delegated', 'activity_report', true, null, null),
            ({row} '2026-03-28', 'delegated', 'activity_report', true, null, null),
            ({row} '2026-03-28', 'service_principal', 'sign_ins', true, 1, 0);
        insert into fct_app_user_day ({people}) values
            ({row} '2026-03-30', 'interactive', 'user', 'ann', 1),
            ({row} '2026-03-30', 'interactive', 'user', 'ben', 1),
            ({row} '2026-03-30', 'non_interactive', 'user', 'ben', 1),
            ({row} '2026-03-30', 'non_interactive', 'user', 'cleo', 1),
            ({row} '2026-03-30', 'non_interactive', 'user', 'dora', 0),
            ({row} '2026-03-30', 'service_principal', 'service_principal', 'sp', 9)
    """
    with changed(story, tmp_path, sql) as look:
        found = query("app_days").answer(look, **asked(UNFILTERED | {"app_id": "app-x"}, WOODGROVE)).rows
    assert [(row["day"].day, row["people"], row["successes"]) for row in found] == [
        (28, None, 1),
        (29, None, None),
        (30, 3, 13),
    ]


def test_lists_that_were_never_read_leave_no_zero(story: Path, tmp_path: Path) -> None:
    """Consents, people's sign-ins, and an app's registration and assignments are known only from their own lists."""
    unread = "'oauth2_permission_grants', 'sign_ins_interactive', 'sign_ins_non_interactive', 'app_role_assigned_to', 'applications'"
    sql = f"""
        update coverage set known_from = null, known_to = null where collection in ({unread});
        update coverage set known_to = '2026-03-31 06:00+00' where collection like 'summarized%' or collection like '%activities';
        delete from user_exposure where through = 'own_consent'
    """
    with changed(story, tmp_path, sql) as look:
        totals = query("people_totals").answer(look, **asked(UNFILTERED, WOODGROVE)).first
        assert (totals["is_use_known"], totals["consenting_people"]) == (False, None)
        people = query("people").answer(look, **asked(UNFILTERED, WOODGROVE)).rows
        assert {row["consented_apps"] for row in people} == {None}
        known = {
            app_id: query("app").answer(look, **asked(UNFILTERED | {"app_id": app_id}, WOODGROVE)).first
            for app_id in ("app-backup", "app-zendesk")
        }
    assert {row["are_assignments_known"] for row in known.values()} == {False}
    assert {row["ownership"]: row["is_registration_known"] for row in known.values()} == {
        "own": False,
        "third_party": True,
    }


def test_lists_that_were_read_tell_zero(look: Look) -> None:
    """Who let in nothing of a tenant whose consents were read let in none."""
    assert query("people_totals").answer(look, **asked(UNFILTERED, WOODGROVE)).first["is_use_known"]
    people = query("people").answer(look, **asked(UNFILTERED, WOODGROVE)).rows
    assert min(row["consented_apps"] for row in people) == 0
    app = query("app").answer(look, **asked(UNFILTERED | {"app_id": "app-backup"}, WOODGROVE)).first
    assert (app["are_assignments_known"], app["is_registration_known"]) == (True, True)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (12, "12"),
        ("it's", "'it''s'"),
        (["a", None], "['a', null]"),
        (date(2026, 3, 1), "date '2026-03-01'"),
        (datetime(2026, 3, 1, 6, tzinfo=UTC), "timestamptz '2026-03-01 06:00:00+00:00'"),
    ],
)
def test_a_value_is_written_as_duckdb_reads_it(look: Look, value: object, written: str) -> None:
    """What stands in a parameter's place is the value, and nothing else."""
    assert literal(value) == written
    assert look.rows(f"select {written} as value")[0]["value"] == value


def test_a_query_without_a_meaning_is_refused(tmp_path: Path) -> None:
    """A tile could not say what it shows."""
    file = tmp_path / "bare.sql"
    file.write_text("-- Only a title\nselect 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="what it means"):
        read(file)


def test_an_unknown_query_is_refused() -> None:
    """A name that no file has is a mistake of ours."""
    with pytest.raises(KeyError, match="no query"):
        query("no_such_query")
