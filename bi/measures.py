"""What BI tools count, each thing said once: as SQL for Superset and for tests, as DAX for Power BI, and in words.

An app of which nobody can tell whether it is used counts as unknown, never as unused, and stands in no share of the others.
Where nothing is known, a measure is null (in DAX: blank) and not zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COUNT: Final = "count"
PERCENT: Final = "percent"
HOURS: Final = "hours"


@dataclass(frozen=True)
class Measure:
    """A number about the rows of a mart.

    Attributes:
        name: in snake case; that of no other measure, and of no column of its mart.
        title: what people see.
        mart: whose rows it is about.
        sql: an aggregate in DuckDB's SQL.
        meaning: what it says, and how to read it.
        dax: the same in DAX, for the model in `powerbi/`; empty where only a chart of Superset needs it.
        unit: a count, a percentage, or hours.
    """

    name: str
    title: str
    mart: str
    sql: str
    meaning: str
    dax: str
    unit: str = COUNT

    @property
    def query(self) -> str:
        """The number over a whole mart of the published file."""
        return f"select {self.sql} as {self.name} from marts.{self.mart}"


def _counted(name: str, title: str, mart: str, condition: tuple[str, str], meaning: str) -> Measure:
    """Return a count of the rows for which a condition holds, that is told in SQL and in DAX; 0 if there are none."""
    sql, dax = condition
    counted = f"COUNTROWS({mart})"
    return Measure(
        name=name,
        title=title,
        mart=mart,
        sql=f"count(*) filter (where {sql})" if sql else "count(*)",
        dax=f"COALESCE(CALCULATE({counted}, {dax}), 0)" if dax else f"COALESCE({counted}, 0)",
        meaning=meaning,
    )


def _summed(name: str, title: str, mart: str, column: str, meaning: str) -> Measure:
    """Return the sum of a column, in SQL and in DAX; null where it is null in all rows."""
    return Measure(
        name=name, title=title, mart=mart, sql=f"sum({column})", dax=f"SUM({mart}[{column}])", meaning=meaning
    )


def _among(mart: str, column: str, *values: str) -> tuple[str, str]:
    """Return the condition that a column has one of some values, in SQL and in DAX.

    In DAX a condition takes the place of a filter on its column, unless it is told to keep it, as SQL does.
    """
    sql = ", ".join(f"'{value}'" for value in values)
    dax = ", ".join(f'"{value}"' for value in values)
    if len(values) == 1:
        return f"{column} = {sql}", f"KEEPFILTERS({mart}[{column}] = {dax})"
    return f"{column} in ({sql})", f"KEEPFILTERS({mart}[{column}] IN {{{dax}}})"


def _both(one: tuple[str, str], other: tuple[str, str]) -> tuple[str, str]:
    return f"{one[0]} and {other[0]}", f"{one[1]}, {other[1]}"


ALL: Final = ("", "")
USED: Final = _among("app_overview", "usage_state", "used")
UNUSED: Final = _among("app_overview", "usage_state", "unused")
UNKNOWN: Final = _among("app_overview", "usage_state", "unknown")
RISKY: Final = _among("app_overview", "risk_band", "high", "critical")
POWERFUL: Final = _among("fct_permission", "tier", "high", "critical")
GRANTED: Final = _among(
    "permission_change", "change_kind", "permission_granted", "permission_widened", "directory_role_added"
)

APPS: Final = (
    _counted("apps", "Apps", "app_overview", ALL, "Apps in the tenant, Microsoft's own among them."),
    _counted("used_apps", "Apps used", "app_overview", USED, "Apps with a success within the look-back window."),
    _counted(
        "unused_apps",
        "Apps not used",
        "app_overview",
        UNUSED,
        "Apps that verifiably nobody used within the look-back window. What is unknown is not among them.",
    ),
    _counted(
        "unknown_apps",
        "Apps unknown",
        "app_overview",
        UNKNOWN,
        "Apps of which nobody can tell whether they are used; `unknown_explanation` says why.",
    ),
    Measure(
        name="known_use_percent",
        title="Use known, %",
        mart="app_overview",
        sql="round(100.0 * count(*) filter (where usage_state <> 'unknown') / nullif(count(*), 0), 1)",
        dax="ROUND(100 * DIVIDE([Apps] - [Apps unknown], [Apps]), 1)",
        meaning="The share of the apps of which it is known whether they are used; null without apps.",
        unit=PERCENT,
    ),
    Measure(
        name="unused_percent",
        title="Not used, % of known",
        mart="app_overview",
        sql="round(100.0 * count(*) filter (where usage_state = 'unused') / nullif(count(*) filter (where usage_state <> 'unknown'), 0), 1)",
        dax="ROUND(100 * DIVIDE([Apps not used], [Apps] - [Apps unknown]), 1)",
        meaning="The share of unused apps in those of which it is known; the unknown are on neither side. Null where nothing is known.",
        unit=PERCENT,
    ),
    _counted(
        "risky_apps",
        "Risky apps",
        "app_overview",
        RISKY,
        "Apps in the risk bands high and critical. Where `missing_risk_evidence` names something, an app's score is a lower bound.",
    ),
    _counted(
        "unused_risky_apps",
        "Risky apps not used",
        "app_overview",
        _both(RISKY, UNUSED),
        "Apps in the bands high and critical that verifiably nobody uses: what can go without anybody missing it.",
    ),
    Measure(
        name="adoption_percent_of_people",
        title="Adoption, %",
        mart="app_overview",
        sql="round(100.0 * sum(entitled_active_users) filter (where adoption_percent is not null) / nullif(sum(entitled_users) filter (where adoption_percent is not null), 0), 1)",
        dax="ROUND(100 * DIVIDE(CALCULATE(SUM(app_overview[entitled_active_users]), KEEPFILTERS(NOT ISBLANK(app_overview[adoption_percent]))), CALCULATE(SUM(app_overview[entitled_users]), KEEPFILTERS(NOT ISBLANK(app_overview[adoption_percent])))), 1)",
        meaning="Of the places that people have in apps, the share that was used in the last 30 days. Only apps of which both are known count; null where there is none.",
        unit=PERCENT,
    ),
    _counted(
        "apps_without_adoption",
        "Apps of unknown adoption",
        "app_overview",
        ("adoption_percent is null", "KEEPFILTERS(ISBLANK(app_overview[adoption_percent]))"),
        "Apps that the adoption leaves out: who may use them or who does is not known, or nobody may.",
    ),
    Measure(
        name="apps_with_findings",
        title="Apps with findings",
        mart="app_risk_factor",
        sql="count(distinct (tenant_id, app_id))",
        dax="COALESCE(DISTINCTCOUNTNOBLANK(app_risk_factor[app_link]), 0)",
        meaning="Apps to which at least one rule applies.",
    ),
)

USE: Final = (
    _summed(
        "sign_in_successes",
        "Sign-ins with success",
        "fct_app_day",
        "successes",
        "Sign-ins that ended with a token. Null where only a report tells that there was one, or nothing is there.",
    ),
    _summed(
        "sign_in_failures",
        "Sign-ins that failed",
        "fct_app_day",
        "failures",
        "Sign-ins that failed; they are never counted as use.",
    ),
    Measure(
        name="used_app_days",
        title="App days in use",
        mart="fct_app_day",
        sql="count(distinct (tenant_id, app_id, sign_in_date)) filter (where is_used)",
        dax="COALESCE(COUNTROWS(SUMMARIZE(FILTER(fct_app_day, fct_app_day[is_used]), fct_app_day[app_link], fct_app_day[sign_in_date])), 0)",
        meaning="Days on which an app was used, added up over the apps; days that only a report shows are among them.",
    ),
    Measure(
        name="active_people",
        title="People who used an app",
        mart="fct_app_user_day",
        sql="count(distinct (tenant_id, principal_id)) filter (where principal_type = 'user' and successes > 0)",
        dax='COALESCE(COUNTROWS(SUMMARIZE(FILTER(fct_app_user_day, fct_app_user_day[principal_type] = "user" && fct_app_user_day[successes] > 0), fct_app_user_day[tenant_id], fct_app_user_day[principal_id])), 0)',
        meaning="Different people with a success, as far as sign-ins and their counts name them.",
    ),
    _summed(
        "power_people",
        "Power users",
        "app_usage",
        "power_users",
        "People with a success on more than 15 of the last 30 days, added up over the apps. Null where no day is known.",
    ),
    _summed(
        "regular_people",
        "Regular users",
        "app_usage",
        "regular_users",
        "People with a success on 5 to 15 of the last 30 days, added up over the apps. Null where no day is known.",
    ),
    _summed(
        "occasional_people",
        "Occasional users",
        "app_usage",
        "occasional_users",
        "People with a success on 1 to 4 of the last 30 days, added up over the apps. Null where no day is known.",
    ),
)

ACCESS: Final = (
    _counted("permissions_held", "Permissions held", "fct_permission", ALL, "Permissions of apps, counted by grant."),
    _counted(
        "powerful_permissions",
        "Powerful permissions",
        "fct_permission",
        POWERFUL,
        "Of these, rated high or critical.",
    ),
    _counted(
        "unrated_permissions",
        "Unrated permissions",
        "fct_permission",
        _among("fct_permission", "tier", "unrated"),
        "Of these, rated by no list: the scores leave them out.",
    ),
    _counted(
        "unused_powerful_permissions",
        "Powerful permissions not used",
        "fct_permission",
        _both(POWERFUL, _among("fct_permission", "use_state", "unused")),
        "Rated high or critical, and verifiably not used within the look-back window. What is unknown is not among them.",
    ),
    _counted(
        "changes",
        "Changes",
        "permission_change",
        ALL,
        "What changed about apps: permissions, credentials, owners, publishers, and apps that came and went.",
    ),
    _counted(
        "grants_added", "New grants", "permission_change", GRANTED, "Permissions and directory roles that apps gained."
    ),
    _counted(
        "powerful_grants_added",
        "New powerful grants",
        "permission_change",
        _both(GRANTED, _among("permission_change", "tier", "high", "critical")),
        "Of these, rated high or critical today.",
    ),
    Measure(
        name="exposing_apps",
        title="Apps that reach data",
        mart="user_exposure",
        sql="count(distinct (tenant_id, app_id)) filter (where can_read or can_write)",
        dax="COALESCE(CALCULATE(DISTINCTCOUNTNOBLANK(user_exposure[app_link]), KEEPFILTERS(user_exposure[can_read] || user_exposure[can_write])), 0)",
        meaning="Apps that can read or change data, by what is rated.",
    ),
    Measure(
        name="exposed_people",
        title="People named in exposures",
        mart="user_exposure",
        sql="count(distinct (tenant_id, user_id)) filter (where user_id is not null)",
        dax="COALESCE(DISTINCTCOUNTNOBLANK(user_exposure[user_link]), 0)",
        meaning="People of whom it is known that an app reaches their data by a consent that concerns them. What reaches everyone's data names nobody and comes on top.",
    ),
)

SEATS: Final = (
    Measure(
        name="free_seats",
        title="Seats that can be freed",
        mart="reclaim_candidate",
        sql="coalesce(sum(seats), 0)",
        dax="COALESCE(SUM(reclaim_candidate[seats]), 0)",
        meaning="Places in apps and licences that verifiably nobody uses and whose every way can be closed. Where use is unknown there may be more; none of that is counted.",
    ),
    Measure(
        name="people_with_seats",
        title="People who hold them",
        mart="reclaim_candidate",
        sql="count(distinct (tenant_id, user_id)) filter (where seats > 0)",
        dax="COALESCE(CALCULATE(DISTINCTCOUNTNOBLANK(reclaim_candidate[user_link]), KEEPFILTERS(reclaim_candidate[seats] > 0)), 0)",
        meaning="Different people who hold such a place.",
    ),
)

COVERAGE: Final = (
    _counted("collections", "Collections", "coverage", ALL, "Lists that are read from the tenant."),
    _counted(
        "incomplete_collections",
        "Collections that lack something",
        "coverage",
        ("what_is_missing is not null", "KEEPFILTERS(NOT ISBLANK(coverage[what_is_missing]))"),
        "Lists of which something is missing; `what_is_missing` says what and why. What rests on them is unknown, not zero.",
    ),
    Measure(
        name="complete_percent",
        title="Collections complete, %",
        mart="coverage",
        sql="round(100.0 * count(*) filter (where what_is_missing is null) / nullif(count(*), 0), 1)",
        dax="ROUND(100 * DIVIDE([Collections] - [Collections that lack something], [Collections]), 1)",
        meaning="The share of the lists of which nothing is missing; null without any.",
        unit=PERCENT,
    ),
    Measure(
        name="oldest_hours",
        title="Oldest list, hours",
        mart="coverage",
        sql="round(max(age_hours), 1)",
        dax="ROUND(MAX(coverage[age_hours]), 1)",
        meaning="How old the list is that is the least fresh, counted back from the newest sync; of lists that were never read nothing is known.",
        unit=HOURS,
    ),
)

MEASURES: Final = (*APPS, *USE, *ACCESS, *SEATS, *COVERAGE)


def measures(mart: str) -> tuple[Measure, ...]:
    """Return those about a mart."""
    return tuple(measure for measure in MEASURES if measure.mart == mart)
