"""Measures: words, SQL and DAX say the same, and what is unknown is never zero or unused."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from bi.measures import MEASURES, Measure
from bi.powerbi import joins
from docs.contract import marts

BY_HAND = {
    "apps": 17,
    "used_apps": 10,
    "unused_apps": 3,
    "unknown_apps": 4,
    "known_use_percent": 76.5,
    "unused_percent": 23.1,  # 3 of the 13 that are known
    "risky_apps": 4,
    "unused_risky_apps": 2,  # Old CRM and PerfectData Software
    "adoption_percent_of_people": 60.0,  # Zendesk alone: 3 of 5
    "apps_without_adoption": 16,
    "free_seats": 4,  # two of Figma's, one of Feedback Forms, one of Zendesk
    "incomplete_collections": 8,
    "complete_percent": 69.2,
}
"""Counted in the files of the golden story by a person."""

OF_DAX = re.compile(r"\b([a-z_]+)\[([a-z_]+)\]")
OTHER_MEASURES = re.compile(r"(?<![a-z_])\[([^\]]+)\]")
IN_SQL = re.compile(r"'([^']*)'")
IN_DAX = re.compile(r'"([^"]*)"')
COLUMNS = {mart.name: {column.name for column in mart.columns} for mart in marts()}
TITLES = {measure.title: measure for measure in MEASURES}


def one(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    """The only value that a query finds."""
    ((value,),) = connection.execute(query).fetchall()
    return value


def spread(dax: str) -> str:
    """A measure's DAX with the measures that it names written out."""
    return OTHER_MEASURES.sub(lambda found: spread(TITLES[found[1]].dax), dax)


@pytest.fixture
def unknown(published: Path, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A published file in which nobody can tell of any app whether it is used."""
    connection = duckdb.connect(str(tmp_path / "unknown.duckdb"))
    connection.execute(f"attach '{published}' as published (read_only)")
    connection.execute("create schema marts")
    connection.execute(
        """
        create table marts.app_overview as
        select * replace ('unknown' as usage_state, null::double as adoption_percent, null::bigint as entitled_active_users)
        from published.marts.app_overview
        """
    )
    connection.execute("create table marts.fct_app_day as from published.marts.fct_app_day limit 0")
    connection.execute("create table marts.app_usage as from published.marts.app_usage limit 0")
    return connection


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_counts(opened: duckdb.DuckDBPyConnection, measure: Measure) -> None:
    """Its SQL runs on the published file and gives one number, or null where nothing is known."""
    assert isinstance(one(opened, measure.query), int | float | None)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_measure_is_what_a_person_counts(opened: duckdb.DuckDBPyConnection, name: str) -> None:
    """The numbers of the golden story are those that a person finds in its files."""
    (measure,) = (found for found in MEASURES if found.name == name)
    assert one(opened, measure.query) == BY_HAND[name]


def test_apps_are_used_unused_or_unknown(opened: duckdb.DuckDBPyConnection) -> None:
    """The three add up to all apps: none is in two, and none is left out."""
    apps, *states = (
        one(opened, next(found for found in MEASURES if found.name == name).query)
        for name in ("apps", "used_apps", "unused_apps", "unknown_apps")
    )
    assert sum(map(int, map(str, states))) == apps


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unused_apps", 0),
        ("unused_risky_apps", 0),
        ("unknown_apps", 17),
        ("known_use_percent", 0.0),
        ("unused_percent", None),
        ("adoption_percent_of_people", None),
        ("sign_in_successes", None),
        ("power_people", None),
    ],
)
def test_what_nobody_knows_is_neither_unused_nor_zero(
    unknown: duckdb.DuckDBPyConnection, name: str, value: float | None
) -> None:
    """Where no use is known, nothing is called unused, and shares and sums are null."""
    (measure,) = (found for found in MEASURES if found.name == name)
    assert one(unknown, measure.query) == value


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_dax_names_what_the_model_has(measure: Measure) -> None:
    """Each table, column and measure in the DAX is one of the model's, and the columns are those of the SQL."""
    named = OF_DAX.findall(spread(measure.dax))
    assert {table for table, _ in named} <= {measure.mart}
    assert {column for _, column in named} <= COLUMNS[measure.mart] | set(joins(measure.mart))
    linked = {joins(measure.mart).get(column, column) for _, column in named} - {"tenant_id"}
    in_sql = {word for word in re.findall(r"\w+", IN_SQL.sub("", measure.sql)) if word in COLUMNS[measure.mart]}
    assert linked == in_sql - {"tenant_id"}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_sql_and_dax_ask_for_the_same_values(measure: Measure) -> None:
    """The texts that rows are compared with are the same in both, so that neither forgets one."""
    # A share is put together from the counts of its parts, and so may say them differently.
    if not OTHER_MEASURES.search(measure.dax):
        assert set(IN_SQL.findall(measure.sql)) == set(IN_DAX.findall(measure.dax))


def test_values_are_values_of_their_columns() -> None:
    """A text that a measure compares a column with is one that the column may have; a misspelt one would count nothing."""
    listed = {value for mart in marts() for column in mart.columns for value in column.values}
    asked = {value for measure in MEASURES for value in IN_SQL.findall(measure.sql)}
    assert asked - listed == set()


def test_names_are_told_apart() -> None:
    """No two measures share a name or a title, and none has that of a column beside it."""
    assert len({measure.name for measure in MEASURES}) == len(TITLES) == len(MEASURES)
    assert [measure.name for measure in MEASURES if measure.name in COLUMNS[measure.mart]] == []
    assert [measure.title for measure in MEASURES if measure.title.lower() in COLUMNS[measure.mart]] == []
