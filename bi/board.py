"""The dashboard for Superset: its charts, the tabs that they stand on, its filters and its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bi.charts import BAR, BUBBLE, HEATMAP, LINE, NUMBER, TABLE, WEEK, Chart, Condition

TITLE: Final = "Consentry"
SLUG: Final = "consentry"
MEANING: Final = "Every third-party app of the tenant: who uses it, what it may do, and whether that is a risk. Unknown is a state of its own: it is not unused, and not zero."

SCORED: Final = Condition("is_scored", "IS TRUE")
POWERFUL: Final = Condition("tier", "IN", ("critical", "high"))

SHORT: Final = {"page_length": 0, "include_search": False}
"""A list that fits without pages."""

NUMBERS: Final = (
    Chart("apps", "Apps", "Apps that the filters leave.", "app_overview", NUMBER, measures=("apps",)),
    Chart(
        "apps_at_risk",
        "High risk",
        "Apps in the bands high and critical.",
        "app_overview",
        NUMBER,
        measures=("risky_apps",),
    ),
    Chart(
        "apps_not_used",
        "Not used",
        "Apps that nobody used within the look-back window, and of which that is known.",
        "app_overview",
        NUMBER,
        measures=("unused_apps",),
    ),
    Chart(
        "apps_unknown",
        "Use unknown",
        "Apps of which nobody can tell whether they are used. They are not among the unused ones.",
        "app_overview",
        NUMBER,
        measures=("unknown_apps",),
    ),
    Chart(
        "seats_to_free",
        "Seats to free",
        "Places in apps and licences that verifiably nobody uses.",
        "reclaim_candidate",
        NUMBER,
        measures=("free_seats",),
    ),
    Chart(
        "lists_that_lack",
        "Lists lacking",
        "Collections of which something is missing: what rests on them is unknown.",
        "coverage",
        NUMBER,
        measures=("incomplete_collections",),
    ),
)

OVERVIEW: Final = (
    Chart(
        "apps_by_risk_and_use",
        "Apps by risk, and whether they are used",
        "How many apps are in each band of risk. Grey: nobody can tell whether they are used.",
        "app_overview",
        BAR,
        columns=("risk", "usage_state"),
        measures=("apps",),
        where=(SCORED,),
    ),
    Chart(
        "risk_against_use",
        "Risk against use",
        "How many apps are how dangerous and how much used. The last column is unknown, which may be anything.",
        "app_overview",
        HEATMAP,
        columns=("use", "risk"),
        measures=("apps",),
        where=(SCORED,),
    ),
    Chart(
        "score_against_people",
        "Risk score against monthly users",
        "Each circle is an app, as large as it has permissions. Apps whose monthly users nobody knows have no place here; the list beside it has them.",
        "app_overview",
        BUBBLE,
        columns=("display_name", "usage_state"),
        measures=("monthly_users", "score", "powers"),
        where=(SCORED, Condition("monthly_active_users", "IS NOT NULL")),
        look={"x_axis_label": "People in the last 30 days", "y_axis_label": "Risk score"},
    ),
    Chart(
        "unknown_and_why",
        "Unknown, and why",
        "How many apps nobody can tell the use of, by the reason. It takes Microsoft's own apps in, unless the filter leaves them out.",
        "app_overview",
        TABLE,
        columns=("unknown_explanation",),
        measures=("apps",),
        where=(Condition("usage_state", "==", "unknown"),),
        order=(("apps", False), ("unknown_explanation", True)),
        look=SHORT,
    ),
    Chart(
        "riskiest_apps",
        "The riskiest apps, and why",
        "The heaviest rules that apply to each. What is named as missing was never collected: the score is a lower bound then.",
        "app_overview",
        TABLE,
        columns=(
            "display_name",
            "risk_score",
            "risk_band",
            "usage_state",
            "monthly_active_users",
            "risk_titles",
            "publisher_name",
            "missing_risk_evidence",
        ),
        where=(SCORED,),
        order=(("risk_score", False), ("display_name", True)),
        limit=1000,
    ),
)

USE: Final = (
    Chart(
        "sign_ins_by_day",
        "Sign-ins with success, by day and kind",
        "A line breaks off where nobody knows the day; it touches zero only where the day is known and empty.",
        "sign_in_day",
        LINE,
        columns=("sign_in_date", "sign_in_kind"),
        measures=("day_successes",),
        look={"time_grain_sqla": "P1D", "x_axis_time_format": "%d %b"},
    ),
    Chart(
        "days_known",
        "Days known, in part known and unknown",
        "How many days of each kind of sign-in were collected.",
        "sign_in_day",
        BAR,
        columns=("sign_in_kind", "day_state"),
        measures=("days",),
        look={"orientation": "horizontal"},
    ),
    Chart(
        "people_by_level",
        "The most used apps, and how often people come",
        "People with a success on more than 15, on 5 to 15 and on 1 to 4 of the last 30 days.",
        "app_usage",
        TABLE,
        columns=(
            "display_name",
            "usage_state",
            "monthly_active_users",
            "power_users",
            "regular_users",
            "occasional_users",
            "trend",
            "adoption_percent",
            "known_days_30",
        ),
        where=(Condition("monthly_active_users", ">", 0),),
        order=(("monthly_active_users", False), ("display_name", True)),
        limit=1000,
    ),
    Chart(
        "busiest_apps",
        "Sign-ins by app",
        "Successes and failures, added up over the days; failures never count as use.",
        "fct_app_day",
        TABLE,
        columns=("display_name",),
        measures=("sign_in_successes", "sign_in_failures", "used_app_days"),
        order=(("sign_in_successes", False), ("display_name", True)),
        limit=1000,
    ),
)

PERMISSIONS: Final = (
    Chart(
        "permissions_by_danger",
        "Permissions by danger, and in whose name",
        "Permissions that apps hold, counted by grant.",
        "fct_permission",
        BAR,
        columns=("danger", "permission_type"),
        measures=("permissions_held",),
    ),
    Chart(
        "new_grants",
        "New grants by week",
        "Permissions and directory roles that apps gained, as far back as the audits and the looks at the tenant reach.",
        "permission_change",
        BAR,
        columns=("change_date", "danger"),
        measures=("grants_added",),
        where=(Condition("change_kind", "IN", ("permission_granted", "permission_widened", "directory_role_added")),),
        grain=WEEK,
    ),
    Chart(
        "powerful_permissions",
        "Powerful permissions, who holds them and whether they are used",
        "Rated high or critical. An unknown use says that nobody can tell, not that there is none.",
        "fct_permission",
        TABLE,
        columns=(
            "display_name",
            "permission_value",
            "resource_name",
            "tier",
            "principal_type",
            "use_state",
            "use_unknown_explanation",
            "consented_by",
            "consented_at",
        ),
        where=(POWERFUL,),
        order=(
            ("takeover", False),
            ("data_exposure", False),
            ("display_name", True),
            ("source_id", True),
            ("permission_key", True),
        ),
        limit=1000,
    ),
    Chart(
        "findings",
        "The most common findings",
        "To how many apps each rule of the risk score applies.",
        "app_risk_factor",
        TABLE,
        columns=("title", "dimension"),
        measures=("findings",),
        order=(("findings", False), ("title", True)),
    ),
    Chart(
        "latest_changes",
        "What changed last, and who did it",
        "The newest changes about apps. Without a name, no audit tells who did it.",
        "permission_change",
        TABLE,
        columns=("changed_at", "app_name", "what", "tier", "changed_by", "known_from"),
        order=(("changed_at", False), ("change_id", True)),
        limit=1000,
    ),
    Chart(
        "people_exposed",
        "Which apps reach the data of the most people by name",
        "By consents that concern these people. What reaches everyone's data stands with its apps as zero people here, and is the widest of all.",
        "user_exposure",
        TABLE,
        columns=("display_name", "affects", "through", "danger"),
        measures=("exposed_people",),
        order=(
            ("exposed_people", False),
            ("display_name", True),
            ("affects", True),
            ("through", True),
            ("danger", True),
        ),
        limit=1000,
    ),
)

SEATS: Final = (
    Chart(
        "seats_by_app",
        "Seats that can be freed, by app or licence",
        "Only what verifiably nobody uses. Where use is unknown there may be more.",
        "reclaim_candidate",
        TABLE,
        columns=("display_name", "sku_part_number"),
        measures=("free_seats", "people_with_seats"),
        where=(Condition("seats", ">", 0),),
        order=(("free_seats", False), ("display_name", True), ("sku_part_number", True)),
    ),
    Chart(
        "seats_and_evidence",
        "Who holds them, and how it is known",
        "Each way by which a person has a place. What else goes with it stands beside it.",
        "reclaim_candidate",
        TABLE,
        columns=(
            "user_principal_name",
            "department",
            "display_name",
            "sku_part_number",
            "assigned_through",
            "group_name",
            "last_used_at",
            "evidence",
            "removal_effect",
            "seats",
        ),
        order=(("seats", False), ("display_name", True), ("reclaim_id", True)),
        limit=1000,
    ),
)

COVERAGE: Final = (
    Chart(
        "what_is_known",
        "What is known, and what is missing",
        "Every list that is read from the tenant. What is missing costs the answers under `feeds`: they are unknown, not zero.",
        "coverage",
        TABLE,
        columns=(
            "collection",
            "outcome",
            "what_is_missing",
            "feeds",
            "known_from",
            "known_to",
            "age_hours",
            "usage_rung",
            "answer",
        ),
        order=(("what_is_missing", False), ("collection", True), ("tenant_id", True)),
        limit=1000,
    ),
)

CHARTS: Final = (*NUMBERS, *OVERVIEW, *USE, *PERMISSIONS, *SEATS, *COVERAGE)


@dataclass(frozen=True)
class Tab:
    """A page of the dashboard.

    Attributes:
        title: what people see.
        rows: charts beside each other, by name, each with its width in twelfths of the page; and how high the row is, in steps of 8 pixels.
    """

    title: str
    rows: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]


TABS: Final = (
    Tab(
        "Overview",
        (
            (22, tuple((chart.name, 2) for chart in NUMBERS)),
            (50, (("apps_by_risk_and_use", 6), ("risk_against_use", 6))),
            (54, (("score_against_people", 8), ("unknown_and_why", 4))),
            (72, (("riskiest_apps", 12),)),
        ),
    ),
    Tab(
        "Use",
        (
            (54, (("sign_ins_by_day", 8), ("days_known", 4))),
            (76, (("people_by_level", 8), ("busiest_apps", 4))),
        ),
    ),
    Tab(
        "Permissions",
        (
            (50, (("permissions_by_danger", 5), ("new_grants", 7))),
            (66, (("powerful_permissions", 8), ("findings", 4))),
            (66, (("latest_changes", 7), ("people_exposed", 5))),
        ),
    ),
    Tab("Take back", ((60, (("seats_by_app", 12),)), (80, (("seats_and_evidence", 12),)))),
    Tab("Coverage", ((90, (("what_is_known", 12),)),)),
)


@dataclass(frozen=True)
class Filter:
    """A filter of the whole dashboard: the values of a column that its charts are limited to.

    Attributes:
        column: of every dataset that it can limit.
        title: what people see.
        chosen: the values it begins with; none is all.
    """

    column: str
    title: str
    chosen: tuple[str, ...] = ()


FILTERS: Final = (
    Filter("tenant_id", "Tenant"),
    Filter("ownership", "Whose app", ("own", "third_party", "unknown")),
    Filter("usage_state", "Use"),
    Filter("risk_band", "Risk"),
)

COLOURS: Final = {
    "used": "#0072B2",
    "unused": "#E69F00",
    "unknown": "#8C8C8C",
    "1 critical": "#7A0177",
    "2 high": "#D55E00",
    "3 medium": "#E69F00",
    "4 low": "#56B4E9",
    "5 none": "#B8DDF2",
    "5 not scored": "#8C8C8C",
    "6 unrated": "#8C8C8C",
    "delegated": "#0072B2",
    "application": "#D55E00",
    "directory_role": "#7A0177",
    "interactive": "#0072B2",
    "non_interactive": "#56B4E9",
    "service_principal": "#009E73",
    "managed_identity": "#CC79A7",
    "known": "#0072B2",
    "at least": "#56B4E9",
}
"""From Okabe and Ito's palette, which the colour-blind can tell apart; what is unknown is grey everywhere."""
