"""What a BI tool reads of the published file: marts, with the names and states that people filter by, and the days of sign-ins.

A fact says of its app only the id. Its dataset takes the app's name, ownership, state of use and band of risk along, so that one
filter of a dashboard holds for all of its charts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from bi.measures import Measure, measures
from docs.contract import Column, Mart, marts

OF_APP: Final = ("display_name", "ownership", "usage_state", "risk_band")
"""What the dataset of a fact says of the fact's app."""

OF_PERSON: Final = ("user_principal_name", "department")
"""What the dataset of a fact says of the fact's person."""


@dataclass(frozen=True)
class Calculated:
    """A column that a tool works out of the others.

    Attributes:
        name: its name.
        sql: an expression over the dataset's other columns; its value is a text.
        meaning: its description.
    """

    name: str
    sql: str
    meaning: str


@dataclass(frozen=True)
class Dataset:
    """What a tool reads as one table.

    Attributes:
        name: its name.
        meaning: its description.
        sql: a query on the published file; none where it is a mart as it is.
        columns: what it has, in order.
        calculated: what a tool works out besides.
        measures: what it counts.
        time: the column that says when, if one does.
        reads: the marts it rests on.
    """

    name: str
    meaning: str
    sql: str | None
    columns: tuple[Column, ...]
    calculated: tuple[Calculated, ...]
    measures: tuple[Measure, ...]
    time: str | None
    reads: tuple[str, ...]

    @property
    def source(self) -> str:
        """What its rows are selected from."""
        return f"({self.sql}) as {self.name}" if self.sql else f"marts.{self.name}"

    def expression(self, name: str) -> str:
        """Return the SQL of one of its columns or measures.

        Raises:
            KeyError: it has none of that name.
        """
        if any(column.name == name for column in self.columns):
            return name
        calculated = {item.name: item.sql for item in self.calculated}
        return (calculated | {measure.name: measure.sql for measure in self.measures})[name]


RISK: Final = Calculated(
    "risk",
    "case risk_band when 'critical' then '1 critical' when 'high' then '2 high' when 'medium' then '3 medium' when 'low' then '4 low' else '5 not scored' end",
    "The band of risk, with a digit in front so that it sorts by danger.",
)
USE: Final = Calculated(
    "use",
    "case usage_level when 'none' then '1 none' when 'occasional' then '2 occasional' when 'regular' then '3 regular' when 'power' then '4 daily' else '5 unknown' end",
    "How much the app is used, with a digit in front so that it sorts by use; unknown is a value of its own.",
)
TIER: Final = Calculated(
    "danger",
    "case tier when 'critical' then '1 critical' when 'high' then '2 high' when 'medium' then '3 medium' when 'low' then '4 low' when 'none' then '5 none' when 'unrated' then '6 unrated' else '7 about no permission' end",
    "The tier of the permission, with a digit in front so that it sorts by danger.",
)
PEOPLE_KNOWN: Final = Calculated(
    "people_known",
    "case when monthly_active_users is null then 'people unknown' else usage_state end",
    "The state of use; of apps whose monthly users nobody knows, that.",
)

TIMES: Final = {
    "app_overview": "last_used_at",
    "app_usage": "last_used_at",
    "fct_app_day": "sign_in_date",
    "fct_permission": "consented_at",
    "user_exposure": "consented_at",
    "permission_change": "change_date",
    "reclaim_candidate": "last_used_at",
    "coverage": "collected_to",
}
CALCULATED: Final = {
    "app_overview": (RISK, USE, PEOPLE_KNOWN),
    "fct_permission": (TIER,),
    "permission_change": (TIER,),
    "user_exposure": (TIER,),
}


def _charted(name: str, title: str, mart: str, sql: str, meaning: str) -> Measure:
    """Return what only a chart of Superset counts."""
    return Measure(name, title, mart, sql, meaning, dax="")


CHARTED: Final = {
    "app_overview": (
        _charted(
            "score", "Risk score", "app_overview", "max(risk_score)", "The risk score; of several apps the highest."
        ),
        _charted(
            "monthly_users",
            "Monthly users",
            "app_overview",
            "max(monthly_active_users)",
            "People with a success in the last 30 days; of several apps the most. Null where nobody knows.",
        ),
        _charted(
            "powers",
            "Permissions",
            "app_overview",
            "max(permissions)",
            "Permissions held; of several apps the most.",
        ),
    ),
    "app_risk_factor": (
        _charted("findings", "Findings", "app_risk_factor", "count(*)", "Rules that apply, counted by app."),
    ),
    "sign_in_day": (
        _charted(
            "day_successes",
            "Sign-ins with success",
            "sign_in_day",
            "sum(successes)",
            "Sign-ins that ended with a token; null, and no point in a chart, where nobody knows.",
        ),
        _charted(
            "day_failures",
            "Sign-ins that failed",
            "sign_in_day",
            "sum(failures)",
            "Sign-ins that failed; null where nobody knows.",
        ),
        _charted("days", "Days", "sign_in_day", "count(*)", "Days, counted for each kind of sign-in."),
    ),
}

TAKEN: Final = (
    "app_overview",
    "app_usage",
    "app_risk_factor",
    "fct_app_day",
    "fct_permission",
    "user_exposure",
    "permission_change",
    "reclaim_candidate",
    "coverage",
)
"""The marts that the Superset bundle has a dataset of."""

SIGN_IN_DAY: Final = """\
with listed as (

    select
        tenant_id,
        collection,
        known_from at time zone 'UTC' as known_from,
        known_to at time zone 'UTC' as known_to,
        unnest(string_split(sign_in_kinds, ', ')) as sign_in_kind
    from marts.coverage
    where collection like 'sign_ins_%' or collection like 'summarized_%'

),

counted as (

    select
        tenant_id,
        sign_in_date,
        sign_in_kind,
        sum(successes) as successes,
        sum(failures) as failures
    from marts.fct_app_day
    where usage_source <> 'activity_report'
    group by all

),

spans as (

    select
        tenant_id,
        min(first_day) as first_day,
        max(last_day) as last_day
    from (
        select tenant_id, cast(known_from as date) as first_day, cast(known_to as date) as last_day from listed
        union all
        select tenant_id, sign_in_date, sign_in_date from counted
    )
    group by all

),

days as (

    select
        spans.tenant_id,
        kinds.sign_in_kind,
        cast(unnest(generate_series(spans.first_day, spans.last_day, interval 1 day)) as date) as sign_in_date
    from spans
    inner join (select distinct tenant_id, sign_in_kind from listed) as kinds
        on spans.tenant_id = kinds.tenant_id

),

known as (

    select distinct
        days.tenant_id,
        days.sign_in_date,
        days.sign_in_kind
    from days
    inner join listed
        on
            days.tenant_id = listed.tenant_id
            and days.sign_in_kind = listed.sign_in_kind
            and days.sign_in_date >= listed.known_from
            and days.sign_in_date + interval 1 day <= listed.known_to

)

select
    days.tenant_id,
    days.sign_in_date,
    days.sign_in_kind,
    case
        when known.sign_in_date is not null then 'known'
        when counted.sign_in_date is not null then 'at least'
        else 'unknown'
    end as day_state,
    case when known.sign_in_date is not null then coalesce(counted.successes, 0) else counted.successes end as successes,
    case when known.sign_in_date is not null then coalesce(counted.failures, 0) else counted.failures end as failures
from days
left join counted
    on
        days.tenant_id = counted.tenant_id
        and days.sign_in_date = counted.sign_in_date
        and days.sign_in_kind = counted.sign_in_kind
left join known
    on
        days.tenant_id = known.tenant_id
        and days.sign_in_date = known.sign_in_date
        and days.sign_in_kind = known.sign_in_kind"""


@cache
def datasets() -> tuple[Dataset, ...]:
    """Return all datasets."""
    by_name = {mart.name: mart for mart in marts()}
    return (*(_of_mart(by_name[name]) for name in TAKEN), _sign_in_days(by_name["fct_app_day"]))


def dataset(name: str) -> Dataset:
    """Return the dataset of that name.

    Raises:
        KeyError: there is none.
    """
    return {found.name: found for found in datasets()}[name]


def _of_mart(mart: Mart) -> Dataset:
    joins = [*_joined(mart, "app_overview", "app_id", OF_APP), *_joined(mart, "dim_user", "user_id", OF_PERSON)]
    taken = tuple(column for _, column in joins)
    reads = tuple(dict.fromkeys((mart.name, *(table for table, _ in joins))))
    return Dataset(
        name=mart.name,
        meaning=mart.meaning,
        sql=_join(mart, joins) if joins else None,
        columns=(*mart.columns, *taken),
        calculated=CALCULATED.get(mart.name, ()),
        measures=(*measures(mart.name), *CHARTED.get(mart.name, ())),
        time=TIMES.get(mart.name),
        reads=reads,
    )


def _joined(mart: Mart, table: str, key: str, names: tuple[str, ...]) -> list[tuple[str, Column]]:
    """Return the columns that a mart takes along of a table that it names by a key, unless it is that table or has them."""
    own = {column.name for column in mart.columns}
    if key not in own or mart.name == table:
        return []
    (target,) = (found for found in marts() if found.name == table)
    return [(table, column) for column in target.columns if column.name in names and column.name not in own]


def _join(mart: Mart, joins: list[tuple[str, Column]]) -> str:
    keys = {"app_overview": "app_id", "dim_user": "user_id"}
    lines = [",\n".join(["select\n    fact.*", *(f"    {_taken(table, column.name)}" for table, column in joins)])]
    lines.append(f"from marts.{mart.name} as fact")
    for table in dict.fromkeys(table for table, _ in joins):
        key = keys[table]
        lines.append(f"left join marts.{table} as {table}")
        lines.append(f"    on fact.tenant_id = {table}.tenant_id and fact.{key} = {table}.{key}")
    return "\n".join(lines)


def _taken(table: str, name: str) -> str:
    """Return what a dataset takes along of a table: whose app it is has a value in each row, as the dashboard begins filtered by it."""
    return f"coalesce({table}.{name}, 'unknown') as {name}" if name == "ownership" else f"{table}.{name}"


def _sign_in_days(days: Mart) -> Dataset:
    columns = {column.name: column for column in days.columns}
    told = "null where the day is not known and none was seen, and at least so many where it is not wholly known"
    return Dataset(
        name="sign_in_day",
        meaning="Sign-ins of the whole tenant, one row per day and kind of sign-in, days without any and days that nobody knows among them. What only a report of last activities tells has no count, and is left out.",
        sql=SIGN_IN_DAY,
        columns=(
            columns["tenant_id"],
            columns["sign_in_date"],
            Column("sign_in_kind", "varchar", False, "Which kind of sign-in.", (), None),
            Column(
                "day_state",
                "varchar",
                False,
                "Whether the day is wholly collected (`known`), only in parts, so that there were `at least` so many, or not at all (`unknown`).",
                ("known", "at least", "unknown"),
                None,
            ),
            Column("successes", "hugeint", True, f"Sign-ins that ended with a token; {told}.", (), None),
            Column("failures", "hugeint", True, f"Sign-ins that failed; {told}.", (), None),
        ),
        calculated=(),
        measures=CHARTED["sign_in_day"],
        time="sign_in_date",
        reads=("coverage", "fct_app_day"),
    )
