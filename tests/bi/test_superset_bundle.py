"""The Superset bundle as it lies in `bi/superset/`: complete, consistent, and its queries run on a published file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from bi.board import CHARTS, COLOURS, FILTERS, TABS
from bi.charts import Chart
from bi.datasets import Dataset, datasets
from docs.contract import marts

BUNDLE = Path(__file__).parents[2] / "bi" / "superset"
FILES = {file.relative_to(BUNDLE).as_posix(): file for file in sorted(BUNDLE.rglob("*.yaml"))}
CONTRACT = {mart.name: {column.name: column.kind for column in mart.columns} for mart in marts()}


def content(name: str) -> dict[str, Any]:
    """A file of the bundle."""
    return dict(yaml.safe_load(FILES[name].read_text(encoding="utf-8")))


def folder(name: str) -> dict[str, dict[str, Any]]:
    """The files of a folder of the bundle, by their paths."""
    return {path: content(path) for path in FILES if path.startswith(f"{name}/")}


SOURCES = {source["uuid"]: source for source in folder("datasets").values()}
DRAWN = {drawn["uuid"]: drawn for drawn in folder("charts").values()}
(DASHBOARD,) = folder("dashboards").values()
POSITION = {name: part for name, part in DASHBOARD["position"].items() if isinstance(part, dict)}


def selected(source: dict[str, Any]) -> str:
    """What a dataset's rows are selected from."""
    return f"({source['sql']})" if source["sql"] else f"{source['schema']}.{source['table_name']}"


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source["table_name"])
def test_a_dataset_has_the_columns_that_the_file_has(opened: duckdb.DuckDBPyConnection, source: dict[str, Any]) -> None:
    """Names, order and types of its columns are those that DuckDB finds when it runs the dataset."""
    found = opened.execute(f"describe from {selected(source)}").fetchall()
    told = [(column["column_name"], column["type"]) for column in source["columns"] if not column["expression"]]
    assert told == [(name, kind) for name, kind, *_ in found]
    assert all(column["description"] for column in source["columns"])


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source["table_name"])
def test_columns_are_those_of_the_contract(source: dict[str, Any]) -> None:
    """A column that comes from a mart has the type and the meaning that its contract gives."""
    if source["table_name"] in CONTRACT:
        own = CONTRACT[source["table_name"]]
        told = {column["column_name"]: column["type"].lower() for column in source["columns"]}
        assert {name: told[name] for name in own} == own


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source["table_name"])
def test_expressions_run(opened: duckdb.DuckDBPyConnection, source: dict[str, Any]) -> None:
    """Each metric and each calculated column can be asked for, and the date column is one."""
    expressions = [column["expression"] for column in source["columns"] if column["expression"]]
    for expression in [*expressions, *(metric["expression"] for metric in source["metrics"])]:
        opened.execute(f"select {expression} from {selected(source)}").fetchall()
    times = {column["column_name"] for column in source["columns"] if column["is_dttm"]}
    assert source["main_dttm_col"] is None or source["main_dttm_col"] in times


@pytest.mark.parametrize("source", datasets(), ids=lambda source: source.name)
def test_a_dataset_has_a_row_for_each_of_its_mart(opened: duckdb.DuckDBPyConnection, source: Dataset) -> None:
    """What is joined to a fact neither repeats nor drops its rows."""
    if source.name in CONTRACT:
        counted = f"select (select count(*) from {source.source}), (select count(*) from marts.{source.name})"
        joined, own = opened.execute(counted).fetchone() or (None, 0)
        assert joined == own


@pytest.mark.parametrize("drawn", CHARTS, ids=lambda drawn: drawn.name)
def test_a_chart_has_an_answer(opened: duckdb.DuckDBPyConnection, drawn: Chart) -> None:
    """Its query runs on the published file of the golden story, and finds something."""
    assert opened.execute(drawn.sql).fetchall()


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith("charts/")])
def test_a_chart_names_what_its_dataset_has(path: str) -> None:
    """Each column and metric in its form and in its query is one of its dataset, so that none is drawn empty."""
    chart = content(path)
    source = SOURCES[chart["dataset_uuid"]]
    columns = {column["column_name"] for column in source["columns"]}
    metrics = {metric["metric_name"] for metric in source["metrics"]}
    (query,) = json.loads(chart["query_context"])["queries"]
    told = [column if isinstance(column, str) else column["sqlExpression"] for column in query["columns"]]
    assert {*told, *(each["col"] for each in query["filters"])} <= columns
    assert set(query.get("metrics", ())) <= metrics
    form = chart["params"]
    assert {each["subject"] for each in form["adhoc_filters"]} <= columns
    assert {form[key] for key in ("metric", "x", "y", "size") if key in form} <= metrics
    assert {form[key] for key in ("x_axis", "entity", "series") if key in form} <= columns
    assert form["viz_type"] == chart["viz_type"]


def test_identities_are_told_apart_and_fit() -> None:
    """Each file has a UUID of its own, and those that files name are there."""
    (connection,) = folder("databases").values()
    identities = [each["uuid"] for each in (connection, *SOURCES.values(), *DRAWN.values(), DASHBOARD)]
    assert len(set(identities)) == len(FILES) - 1  # metadata.yaml has none
    assert {source["database_uuid"] for source in SOURCES.values()} == {connection["uuid"]}
    assert {drawn["dataset_uuid"] for drawn in DRAWN.values()} <= SOURCES.keys()
    targets = [target for each in DASHBOARD["metadata"]["native_filter_configuration"] for target in each["targets"]]
    assert {target["datasetUuid"] for target in targets} <= SOURCES.keys()


def test_every_dataset_is_drawn() -> None:
    """None is brought along for nothing."""
    assert {drawn["dataset_uuid"] for drawn in DRAWN.values()} == SOURCES.keys()


def test_every_chart_stands_on_the_dashboard_once() -> None:
    """The dashboard names all charts, none twice, under numbers of their own."""
    placed = [part["meta"] for part in POSITION.values() if part["type"] == "CHART"]
    assert sorted(meta["uuid"] for meta in placed) == sorted(DRAWN)
    assert len({meta["chartId"] for meta in placed}) == len(placed)
    assert [meta["uuid"] for meta in placed if meta["sliceName"] != DRAWN[meta["uuid"]]["slice_name"]] == []


def test_the_page_is_a_tree() -> None:
    """Each part stands in the one that names it, and rows are not wider than the page."""
    inside = [(name, child) for name, part in POSITION.items() for child in part["children"]]
    assert [child for name, child in inside if POSITION[child]["parents"][-1] != name] == []
    assert {child for _, child in inside} | {"ROOT_ID", "HEADER_ID"} == POSITION.keys()
    assert [row for tab in TABS for _, row in tab.rows if sum(width for _, width in row) > 12] == []


@pytest.mark.parametrize("limit", FILTERS, ids=lambda limit: limit.column)
def test_a_filter_limits_the_charts_that_have_its_column(opened: duckdb.DuckDBPyConnection, limit: Any) -> None:
    """A filter leaves out the charts without its column, and begins with values that there are."""
    (told,) = (
        each
        for each in DASHBOARD["metadata"]["native_filter_configuration"]
        if each["targets"][0]["column"]["name"] == limit.column
    )
    numbers = {part["meta"]["chartId"]: part["meta"]["uuid"] for part in POSITION.values() if part["type"] == "CHART"}
    for number, uuid in numbers.items():
        columns = {column["column_name"] for column in SOURCES[DRAWN[uuid]["dataset_uuid"]]["columns"]}
        assert (number in told["scope"]["excluded"]) == (limit.column not in columns)
    values = {
        value for mart in marts() for column in mart.columns if column.name == limit.column for value in column.values
    }
    assert set(limit.chosen) <= values


def test_a_seat_of_a_licence_passes_the_filter_by_owner(published: Path) -> None:
    """A licence is of no app: whose app it is is unknown, so that the filter that the dashboard begins with keeps it."""
    (source,) = (found for found in SOURCES.values() if found["table_name"] == "reclaim_candidate")
    chosen = next(limit.chosen for limit in FILTERS if limit.column == "ownership")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published}' as published (read_only); create schema marts")
        for name in ("reclaim_candidate", "app_overview", "dim_user"):
            connection.execute(f"create table marts.{name} as from published.marts.{name}")
        connection.execute("update marts.reclaim_candidate set candidate_kind = 'licence', app_id = null")
        kept = connection.execute(f"select count(*) from {selected(source)} where ownership in {chosen}").fetchone()
        assert kept == connection.execute("select count(*) from marts.reclaim_candidate").fetchone()
        assert kept != (0,)


def test_unknown_has_a_colour_of_its_own() -> None:
    """What nobody knows is grey wherever it is drawn, and nothing that is known is."""
    grey = {label for label, colour in COLOURS.items() if colour == COLOURS["unknown"]}
    assert grey == {"unknown", "5 not scored", "6 unrated"}
    assert DASHBOARD["metadata"]["label_colors"] == COLOURS


def test_days_that_nobody_knows_are_not_zero(opened: duckdb.DuckDBPyConnection) -> None:
    """In the golden story managed identities' sign-ins were never read: each of their days is unknown and has no number."""
    (source,) = (found for found in SOURCES.values() if found["table_name"] == "sign_in_day")
    found = opened.execute(
        f"""
        select sign_in_kind, day_state, count(*), count(successes), coalesce(sum(successes), 0)
        from {selected(source)}
        group by all order by all
        """
    ).fetchall()
    assert [row for row in found if row[0] == "managed_identity"] == [("managed_identity", "unknown", 66, 0, 0)]
    assert {row[1] for row in found if row[0] == "interactive"} == {"known", "unknown"}
    # A day that is known has a number, be it zero; one that is not known has none.
    assert [row for row in found if row[1] == "known" and row[2] != row[3]] == []
    assert [row for row in found if row[1] == "unknown" and row[3]] == []
    (counted,) = opened.execute("select sum(successes) from marts.fct_app_day").fetchone() or (None,)
    assert sum(row[4] for row in found) == counted
