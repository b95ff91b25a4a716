"""How much are apps used, who may use them, and what can be taken back?"""

from __future__ import annotations

from typing import Any

import pytest

from .story import CONTOSO
from .usage import E5, NORTHWIND, VISIO, YOUNG
from .warehouse import Warehouse, ago


def app_row(marts: Warehouse, name: str, mart: str = "app_usage", tenant: str = NORTHWIND) -> dict[str, Any]:
    """One app's row of a mart."""
    return marts.row(f"select * from marts.{mart} where tenant_id = '{tenant}' and app_id = 'app-{name}'")


def user_row(marts: Warehouse, name: str, user: str, tenant: str = NORTHWIND) -> dict[str, Any]:
    """What one person does with an app."""
    where = f"where tenant_id = '{tenant}' and app_id = 'app-{name}' and user_id = '{user}'"
    return marts.row(f"select * from marts.app_user_usage {where}")


def candidates(marts: Warehouse, kind: str) -> dict[tuple[str, str, str | None], dict[str, Any]]:
    """What can be taken back, by what, whom and through which group."""
    where = f"where tenant_id = '{NORTHWIND}' and candidate_kind = '{kind}'"
    what = "app_id" if kind == "assignment" else "sku_id"
    rows = marts.rows(f"select * from marts.reclaim_candidate {where}")
    return {(row[what], row["user_id"], row["group_name"]): row for row in rows}


@pytest.mark.parametrize(
    ("user", "days", "level", "kinds"),
    [
        ("ann", (16, 18, 18), "power", "interactive, non_interactive"),
        ("bob", (5, 5, 5), "regular", "interactive"),
        ("gus", (1, 1, 1), "occasional", "interactive"),
        ("dee", (0, 0, 0), "none", ""),
    ],
)
def test_levels_follow_the_days_on_which_somebody_succeeded(
    marts: Warehouse, user: str, days: tuple[int, int, int], level: str, kinds: str
) -> None:
    """Two kinds of sign-in on one day are one day; failures make none; more than 15 are much, 5 regular, fewer now and then."""
    row = user_row(marts, "crm", user)
    assert (row["active_days_30"], row["active_days_60"], row["active_days_90"]) == days
    assert (row["usage_level"], row["kinds_used"], row["known_days_30"]) == (level, kinds, 30)


def test_first_and_last_use_span_the_record(marts: Warehouse) -> None:
    """The first and the last success, within the window or before it."""
    row = user_row(marts, "crm", "ann")
    assert (row["first_used_at"], row["last_used_at"]) == (ago(39.6), ago(0.6))


def test_an_app_counts_its_people_by_day_week_and_month(marts: Warehouse) -> None:
    """Yesterday, the week, the month and the month before; people who only failed are apart."""
    row = app_row(marts, "crm")
    periods = ("daily", "weekly", "monthly", "previous_monthly")
    assert [row[f"{period}_active_users"] for period in periods] == [2, 2, 3, 1]
    assert (row["power_users"], row["regular_users"], row["occasional_users"], row["failed_users"]) == (1, 1, 1, 1)
    assert (row["average_active_days"], row["average_daily_active_users"]) == (7.33, 0.73)
    assert (row["active_days_30"], row["active_days_60"], row["usage_level"]) == (16, 18, "power")


@pytest.mark.parametrize(
    ("app", "trend", "percent"),
    [
        ("crm", "rising", 200.0),
        ("fading", "falling", -66.7),
        ("robot", "falling", -50.0),
        ("launched", "new", None),
        ("banned", "steady", None),
        ("bookmark", "unknown", None),
    ],
)
def test_trends_compare_two_months(marts: Warehouse, app: str, trend: str, percent: float | None) -> None:
    """People of two months are compared, or the days of an app that signs in on its own."""
    row = app_row(marts, app)
    assert (row["trend"], row["trend_percent"]) == (trend, percent)


def test_a_short_log_makes_no_trend_and_no_level(marts: Warehouse) -> None:
    """Of ten known days the figures are lower bounds: neither a month nor a fall follows from them, and nobody is unused."""
    row = app_row(marts, "crm", tenant=YOUNG)
    assert (row["active_days_30"], row["known_days_30"], row["monthly_active_users"]) == (3, 10, 1)
    assert (row["usage_level"], row["trend"], row["previous_monthly_active_users"]) == (None, "unknown", None)
    person = user_row(marts, "quiet", "bob", YOUNG)
    assert (person["usage_state"], person["unknown_reason"]) == ("unknown", "window_not_covered")
    words = "Not collected for all of the last 30 days: interactive, non interactive sign-ins"
    assert person["unknown_explanation"] == words


def test_nothing_known_is_null_and_not_zero(marts: Warehouse) -> None:
    """Where sign-ins were never collected there are no days and no people, known or not."""
    row = marts.row("select * from marts.app_usage where tenant_id = 'unlicensed' and app_id = 'app-payroll'")
    figures = ("active_days_30", "daily_active_users", "monthly_active_users", "power_users", "adoption_percent")
    assert [row[name] for name in figures] == [None] * 5
    assert row["known_days_30"] == 0


def test_a_success_is_counted_even_where_nothing_is_known(marts: Warehouse) -> None:
    """One person was seen on one day, and there may have been more."""
    row = marts.row("select * from marts.app_usage where tenant_id = 'unlicensed' and app_id = 'app-busy'")
    assert (row["usage_state"], row["active_days_30"], row["monthly_active_users"]) == ("used", 1, 1)
    assert row["usage_level"] is None


def test_an_app_that_signs_in_by_itself_has_days_and_no_people(marts: Warehouse) -> None:
    """A managed identity is used on days, by nobody."""
    row = app_row(marts, "vm")
    assert (row["active_days_30"], row["usage_level"], row["monthly_active_users"]) == (19, "power", 0)
    assert (row["access_mode"], app_row(marts, "vm", "dim_app")["sign_in_path"]) == ("nobody", "none")


@pytest.mark.parametrize(
    ("app", "path", "state", "reason"),
    [
        ("vault", "password", "unknown", "sign_in_outside_entra"),
        ("bookmark", "linked", "unknown", "sign_in_outside_entra"),
        ("intranet", "proxy", "unknown", "application_proxy"),
        ("portal", "proxy", "used", None),
        ("teams", "entra", "used", None),
        ("off", "entra", "used", None),
        ("banned", "entra", "unused", None),
    ],
)
def test_ways_in_that_leave_no_sign_ins(marts: Warehouse, app: str, path: str, state: str, reason: str | None) -> None:
    """What people open by a link, a stored password or a proxy is unknown without a success; one proves use all the same."""
    row = app_row(marts, app)
    assert (row["usage_state"], row["unknown_reason"]) == (state, reason)
    assert app_row(marts, app, "app_overview")["sign_in_path"] == path


def test_an_app_that_is_switched_off_says_so_beside_its_use(marts: Warehouse) -> None:
    """Its past use stands, and nobody may use it."""
    row = app_row(marts, "off")
    assert (row["usage_state"], row["is_enabled"]) == ("used", False)
    assert (row["access_mode"], row["entitled_users"]) == ("nobody", 0)
    assert app_row(marts, "banned")["access_mode"] == "nobody"


def test_who_may_use_an_app(marts: Warehouse) -> None:
    """Everybody who is enabled, guests too; or the assigned, but for a list that gives no access and an account that is off."""
    everyone, assigned = app_row(marts, "crm"), app_row(marts, "wiki")
    names = ("access_mode", "entitled_users", "entitled_active_users", "adoption_percent")
    assert [everyone[name] for name in names] == ["everyone", 6, 3, 50.0]
    assert [assigned[name] for name in names] == ["assigned", 5, 1, 20.0]
    assert [app_row(marts, "robot")[name] for name in names] == ["unknown", None, None, None]


def test_entitlement_is_unknown_where_members_were_never_read(marts: Warehouse) -> None:
    """Groups are assigned and nobody knows who is in them."""
    row = app_row(marts, "payroll", tenant=CONTOSO)
    assert (row["access_mode"], row["entitled_users"]) == ("unknown", None)


def test_new_people_have_time_to_come(marts: Warehouse) -> None:
    """An account of three days, or an assignment of three days without an older one, is not disuse."""
    account, assignment = user_row(marts, "wiki", "new"), user_row(marts, "payroll", "eve", CONTOSO)
    assert account["unknown_reason"] == "user_too_new"
    assert account["unknown_explanation"] == "The account is less than 14 days old"
    assert assignment["unknown_reason"] == "assignment_too_new"
    assert assignment["unknown_explanation"] == "Assigned, or in the assigned group, for less than 14 days"
    assert user_row(marts, "wiki", "dee")["usage_state"] == "unused"


def test_seats_add_up(marts: Warehouse) -> None:
    """Somebody with two ways to an app is one seat, and none while one of the ways has to stay."""
    rows = candidates(marts, "assignment")
    assert [rows["app-wiki", "cyd", group]["seats"] for group in (None, "Desk")] == [1, 0]
    assert ("app-wiki", "dee", None) not in rows
    assert rows["app-wiki", "dee", "Desk"]["seats"] == 0
    assert app_row(marts, "wiki", "app_overview")["reclaimable_seats"] == 3
    assert app_row(marts, "vault", "app_overview")["reclaimable_seats"] == 0


def test_candidates_say_why_and_what_else_goes(marts: Warehouse) -> None:
    """Evidence and effect are sentences; a group is named with what it gives besides."""
    rows = candidates(marts, "assignment")
    through = rows["app-wiki", "off", "Desk"]
    since = "no successful sign-in since 2026-03-01; none on record"
    unknown = "when the person joined is not known"  # no audits were read
    assert (
        through["evidence"]
        == f"In the group Desk, which was assigned on 2025-12-31; {since}; {unknown}; account disabled"
    )
    assert through["removal_effect"] == "Leaving the group Desk takes away 1 other app and 1 other licence"
    assert (through["other_apps"], through["other_licences"]) == (1, 1)
    direct = rows["app-wiki", "ann", None]
    assert direct["evidence"] == f"Assigned directly on 2025-12-31; {since}"
    assert direct["removal_effect"] == "Takes away this app and nothing else"


def test_licences_of_people_who_are_off_or_gone_quiet(marts: Warehouse) -> None:
    """Each path of a licence is a row and the licence one seat; new people, people who work and licences in error are left alone."""
    rows = candidates(marts, "licence")
    seats = {(sku, user, group): row["seats"] for (sku, user, group), row in rows.items()}
    assert seats == {
        (E5, "cyd", None): 1,
        (E5, "cyd", "Desk"): 0,
        (E5, "off", "Desk"): 1,
        (VISIO, "off", None): 1,
    }
    assert (rows[E5, "cyd", None]["sku_part_number"], rows[VISIO, "off", None]["sku_part_number"]) == ("SPE_E5", VISIO)
    assert rows[E5, "cyd", None]["reclaim_reason"] == "signed_in_nowhere"
    assert rows[E5, "off", "Desk"]["reclaim_reason"] == "account_disabled"


def test_nothing_unknown_can_be_taken_back(marts: Warehouse) -> None:
    """Every assignment that is a candidate is of a person who verifiably did not use the app."""
    query = """
        select count(*) as candidates, count(*) filter (usages.usage_state = 'unused') as unused
        from marts.reclaim_candidate as candidates
        left join marts.app_user_usage as usages using (tenant_id, app_id, user_id)
        where candidates.candidate_kind = 'assignment'
    """
    row = marts.row(query)
    assert row["candidates"] == row["unused"] > 0
    assert marts.rows(f"select * from marts.reclaim_candidate where tenant_id = '{YOUNG}'") == []


def test_owners_and_administrators_are_told_apart(marts: Warehouse) -> None:
    """Guests among the owners are counted; people with a privileged role bear its name."""
    row = app_row(marts, "crm", "dim_app")
    assert (row["owners"], row["guest_owners"]) == (2, 1)
    people = marts.rows(f"select user_id, privileged_roles from marts.dim_user where tenant_id = '{NORTHWIND}'")
    assert {each["user_id"]: each["privileged_roles"] for each in people if each["privileged_roles"]} == {
        "ann": ["Global Administrator"]
    }


def test_coverage_answers_in_a_sentence(marts: Warehouse) -> None:
    """From when to when, how old, which gap, and what answers for the kind."""
    where = "where tenant_id = 'gappy' and collection = 'sign_ins_interactive'"
    row = marts.row(f"select * from marts.coverage {where}")
    assert (row["known_from"], row["known_to"], row["age_hours"]) == (ago(10), ago(0.02), 0.48)
    assert (row["gap_hours"], row["largest_gap_from"], row["largest_gap_to"]) == (24.0, ago(11), ago(10))
    assert row["answer"] == (
        "Known from 2026-03-21 06:00 UTC to 2026-03-31 05:31 UTC, 0.5 hours old; in the last 30 days 1 gap of 24.0 hours, "
        "from 2026-03-20 06:00 UTC to 2026-03-21 06:00 UTC. No source covers the last 30 days of this kind: "
        "what nobody was seen to use is unknown"
    )
    where = "where tenant_id = 'reported' and collection = 'sign_ins_interactive'"
    reported = marts.row(f"select * from marts.coverage {where}")
    assert reported["answer"] == (
        "Nothing of it was read. A report of last activities answers for this kind, and names no people"
    )
