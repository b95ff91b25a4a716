"""Single sign-ins, else their counts, else reports of last activities, else notes on accounts: which rung answers, and what?"""

from __future__ import annotations

from typing import Any

import pytest

from .story import CONTOSO
from .warehouse import Warehouse, ago


def usage(marts: Warehouse, tenant: str, app: str) -> tuple[str, str | None, str | None]:
    """An app's state, what it rests on, and the reason if it is unknown."""
    row = marts.row(f"select * from marts.app_usage where tenant_id = '{tenant}' and app_id = 'app-{app}'")
    return row["usage_state"], row["usage_source"], row["unknown_reason"]


def rungs(marts: Warehouse, tenant: str) -> dict[str, str]:
    """Which rung covers each kind of sign-in."""
    query = f"select * from marts.coverage where tenant_id = '{tenant}' and usage_rung is not null"
    return {row["collection"].removeprefix("sign_ins_"): row["usage_rung"] for row in marts.rows(query)}


def days(marts: Warehouse, tenant: str, app: str) -> list[tuple[Any, ...]]:
    """Date, kind, source and counts of an app's days."""
    query = (
        "select sign_in_date, sign_in_kind, usage_source, successes, failures, interrupts, active_users"
        f" from marts.fct_app_day where tenant_id = '{tenant}' and app_id = 'app-{app}' order by all"
    )
    return [(str(row.pop("sign_in_date"))[5:], *row.values()) for row in marts.rows(query)]


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("busy", ("used", "sign_ins", None)),
        ("robot", ("used", "summarized_sign_ins", None)),
        ("vm", ("used", "summarized_sign_ins", None)),
        ("api", ("used", "summarized_sign_ins", None)),
        ("edge", ("used", "summarized_sign_ins", None)),
        ("early", ("unused", "summarized_sign_ins", None)),
        ("failing", ("unused", "summarized_sign_ins", None)),
        ("dusty", ("unused", "summarized_sign_ins", None)),
    ],
)
def test_counts_stand_in_for_single_sign_ins(marts: Warehouse, app: str, expected: tuple[str, str, None]) -> None:
    """Successes that are only counted are use, failures are not, and counts that reach back far enough make an app unused."""
    assert usage(marts, "counted", app) == expected


def test_coverage_names_the_rung_of_each_kind(marts: Warehouse) -> None:
    """Each kind of sign-in says which rung covers the window, or that none does."""
    counted = dict.fromkeys(("non_interactive", "service_principal", "managed_identity"), "summarized_sign_ins")
    assert rungs(marts, "counted") == {"interactive": "sign_ins", **counted}
    assert rungs(marts, "reported") == dict.fromkeys(
        ("interactive", "non_interactive", "service_principal"), "activity_report"
    ) | {"managed_identity": "none"}
    assert set(rungs(marts, "noted").values()) == {"none"}
    assert rungs(marts, "handover")["service_principal"] == "summarized_sign_ins"


def test_counts_are_added_as_they_are(marts: Warehouse) -> None:
    """Successes, failures and interrupts of a day add up apart, beside the kind that was read one by one; old listings do not."""
    assert days(marts, "counted", "busy") == [
        ("03-28", "interactive", "sign_ins", 1, 0, 0, 1),
        ("03-28", "non_interactive", "summarized_sign_ins", 7, 7, 11, 2),
    ]
    row = marts.row("select * from marts.app_usage where tenant_id = 'counted' and app_id = 'app-busy'")
    assert (row["successes"], row["failures"], row["interrupts"], row["active_users"]) == (8, 7, 11, 2)
    assert row["last_used_at"] == ago(3)


def test_counts_name_people(marts: Warehouse) -> None:
    """Counts by person say who used an app, by id or by name, and who did not unless one of them names nobody."""
    query = "select app_id, user_id, usage_state, usage_source, successes from marts.app_user_usage where tenant_id = 'counted'"
    rows = {(row.pop("app_id"), row.pop("user_id")): tuple(row.values()) for row in marts.rows(query)}
    assert rows["app-busy", "ann"] == ("used", "sign_ins", 3)
    assert rows["app-busy", "bob"] == ("used", "summarized_sign_ins", 5)
    assert rows["app-dusty", "ann"] == ("unused", "summarized_sign_ins", 0)
    assert rows["app-nameless", "ann"] == ("unknown", None, 0)


@pytest.mark.parametrize("tenant", ["short", "empty"])
def test_counts_that_do_not_reach_back_prove_nothing(marts: Warehouse, tenant: str) -> None:
    """A list of counts that begins late, or is empty, may only be short: the app stays unknown, with the reason."""
    assert usage(marts, tenant, "dusty") == ("unknown", None, "no_licence")


def test_a_day_known_twice_is_counted_once(marts: Warehouse) -> None:
    """Of two rungs the one that covers more of a day answers, the better one where both cover all of it."""
    assert [day[:4] for day in days(marts, "handover", "busy")] == [
        ("03-02", "service_principal", "summarized_sign_ins", 29),
        ("03-11", "service_principal", "summarized_sign_ins", 20),
        ("03-20", "service_principal", "summarized_sign_ins", 11),
        ("03-21", "service_principal", "sign_ins", 1),
        ("03-22", "service_principal", "sign_ins", 2),
        ("03-23", "service_principal", "sign_ins", 1),
    ]


def test_a_day_known_in_part_takes_what_either_rung_holds(marts: Warehouse) -> None:
    """Where no rung covers the whole day, an app that the better one does not name is answered by the next; else it is not."""
    assert days(marts, "handover", "dusty") == [("03-22", "service_principal", "summarized_sign_ins", 0, 2, 0, 0)]


def test_two_rungs_cover_the_window_together(marts: Warehouse) -> None:
    """Counts before and single sign-ins since: nobody in either is unused, on the weaker rung."""
    assert usage(marts, "handover", "dusty") == ("unused", "summarized_sign_ins", None)
    assert usage(marts, "handover", "busy") == ("used", "sign_ins", None)


def test_use_as_an_api_is_counted_once(marts: Warehouse) -> None:
    """Successes for an API count on the rung that answers for their day."""
    row = marts.row("select * from marts.app_usage where tenant_id = 'handover' and app_id = 'app-api'")
    assert (row["usage_state"], row["resource_successes"]) == ("used", 29 + 20 + 11 + 1 + 2 + 1)


def test_what_was_not_needed_is_no_gap(marts: Warehouse) -> None:
    """A list that was left alone because there is a better one misses nothing."""
    where = "where tenant_id = 'handover' and collection = 'summarized_managed_identity'"
    row = marts.row(f"select * from marts.coverage {where}")
    assert (row["outcome"], row["what_is_missing"]) == ("not_needed", None)


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("recent", ("used", "activity_report", None)),
        ("api", ("used", "activity_report", None)),
        ("keyed", ("used", "activity_report", None)),
        ("unseen", ("used", "activity_report", None)),
        ("dropped", ("used", "activity_report", None)),
        ("longago", ("unused", "activity_report", None)),
        ("failing", ("unused", "activity_report", None)),
        ("absent", ("unused", "activity_report", None)),
        ("attempted", ("unknown", None, "only_attempts_known")),
        ("rolelessly", ("unknown", None, "only_attempts_known")),
        ("vm", ("unknown", None, "no_permission")),
    ],
)
def test_a_report_of_last_activities(marts: Warehouse, app: str, expected: tuple[str, str | None, str | None]) -> None:
    """A success that the report told once is use; absence or an old success is none; an attempt without a result is neither."""
    assert usage(marts, "reported", app) == expected


@pytest.mark.parametrize(
    ("app", "state"), [("recent", "used"), ("longago", "unknown"), ("absent", "unknown"), ("attempted", "unknown")]
)
def test_an_old_report_shows_use_and_no_disuse(marts: Warehouse, app: str, state: str) -> None:
    """What happened since the report was read is unknown: only its successes count."""
    assert usage(marts, "outdated", app)[0] == state


def test_days_of_a_report_have_no_counts(marts: Warehouse) -> None:
    """The report's last success makes one day of unknown counts; attempts and a use as API make none."""
    assert days(marts, "reported", "recent") == [("03-28", "delegated", "activity_report", None, None, None, None)]
    assert days(marts, "reported", "keyed") == [
        ("03-25", "service_principal", "activity_report", None, None, None, None)
    ]
    assert days(marts, "reported", "attempted") == days(marts, "reported", "api") == []
    row = marts.row("select * from marts.app_usage where tenant_id = 'reported' and app_id = 'app-recent'")
    assert (row["last_used_at"], row["last_used_source"], row["successes"]) == (ago(3), "activity_report", 0)


def test_attempts_in_a_report_are_shown_as_attempts(marts: Warehouse) -> None:
    """An attempt is the last sign-in and never the last use."""
    row = marts.row("select * from marts.app_usage where tenant_id = 'reported' and app_id = 'app-attempted'")
    assert (row["last_sign_in_at"], row["last_used_at"]) == (ago(3), None)


def test_notes_on_accounts_never_make_an_app_unused(marts: Warehouse) -> None:
    """Whoever is assigned may be idle, but who was before, and whether the app signs in itself, is not known."""
    assert usage(marts, "noted", "locked") == ("unknown", None, "no_permission")


def test_who_signed_in_nowhere_used_no_app(marts: Warehouse) -> None:
    """Of people without any success on their account it is known that they did not use the app; of the others nothing is."""
    query = "select user_id, usage_state, usage_source from marts.app_user_usage where app_id = 'app-locked'"
    states = {row.pop("user_id"): tuple(row.values()) for row in marts.rows(query)}
    idle, unknown = ("unused", "sign_in_activity"), ("unknown", None)
    expected = dict.fromkeys(("idle", "never", "refused"), idle)
    assert states == expected | dict.fromkeys(("active", "trying", "unnoted", "lagging"), unknown)


def test_idle_people_can_be_reclaimed_and_are_counted(marts: Warehouse) -> None:
    """Whoever signed in nowhere gives back what is assigned; the overview counts them."""
    rows = marts.rows("select user_id from marts.reclaim_candidate where tenant_id = 'noted' order by user_id")
    assert [row["user_id"] for row in rows] == ["idle", "never", "refused"]
    row = marts.row("select * from marts.app_overview where tenant_id = 'noted' and app_id = 'app-locked'")
    assert (row["assigned_people"], row["idle_people"]) == (7, 3)
    unread = marts.row("select * from marts.app_overview where tenant_id = 'counted' and app_id = 'app-busy'")
    assert unread["idle_people"] is None


def test_people_show_when_they_last_signed_in(marts: Warehouse) -> None:
    """The newest of what the account's note and the sign-ins tell, attempts and successes apart."""
    query = "select user_id, last_sign_in_at, last_successful_sign_in_at, sign_in_source from marts.dim_user where tenant_id = 'noted'"
    known = {row.pop("user_id"): tuple(row.values()) for row in marts.rows(query)}
    assert known["active"] == (ago(2), ago(2), "sign_in_activity")
    assert known["refused"] == (ago(2), ago(90), "sign_in_activity")
    assert known["trying"] == (ago(2), None, "sign_in_activity")
    assert known["never"] == known["unnoted"] == (None, None, None)
    row = marts.row(f"select * from marts.dim_user where tenant_id = '{CONTOSO}' and user_id = 'bob'")
    assert row["sign_in_source"] == "sign_ins"


def test_a_report_without_any_activity_proves_nothing(marts: Warehouse) -> None:
    """A report that names not even its reader is no tenant at rest: what it should have told is unknown."""
    assert usage(marts, "silent", "dusty") == ("unknown", None, "no_permission")
    assert set(rungs(marts, "silent").values()) == {"none"}


def test_accounts_without_any_note_make_nobody_idle(marts: Warehouse) -> None:
    """Where no account bears a note, nobody is known to have signed in nowhere, and nothing is to be reclaimed."""
    query = "select usage_state, usage_source from marts.app_user_usage where tenant_id = 'silent'"
    assert [tuple(row.values()) for row in marts.rows(query)] == [("unknown", None)] * 2
    assert marts.rows("select * from marts.reclaim_candidate where tenant_id = 'silent'") == []
    row = marts.row("select * from marts.app_overview where tenant_id = 'silent' and app_id = 'app-dusty'")
    assert (row["assigned_people"], row["idle_people"]) == (2, None)


def test_old_counts_of_another_kind_do_not_lengthen_a_short_list(marts: Warehouse) -> None:
    """A list of a week covers a week, however far back reached what was counted of another kind long before."""
    assert usage(marts, "outlived", "dusty") == ("unknown", None, "collection_failed")


def test_what_grew_too_old_for_the_list_happened_all_the_same(marts: Warehouse) -> None:
    """Days that left the list keep their counts as they were last, once; what went from within the list was replaced."""
    assert days(marts, "month", "busy") == [("02-27", "service_principal", "summarized_sign_ins", 2, 0, 0, 0)]
    row = marts.row("select * from marts.app_usage where tenant_id = 'month' and app_id = 'app-busy'")
    assert (row["usage_state"], row["first_used_at"], row["last_used_at"]) == ("unused", ago(31.9), ago(31.9))
    assert usage(marts, "week", "busy") == ("used", "summarized_sign_ins", None)
    assert usage(marts, "month", "replaced") == ("unused", "summarized_sign_ins", None)
    assert usage(marts, "week", "replaced") == ("unknown", None, "collection_failed")
