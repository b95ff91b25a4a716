"""The bundle in a real Superset: it is imported whole, and each chart shows what SQL finds in the published file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Page

from bi.board import CHARTS, SLUG, TABS
from bi.bundle import chart as told
from bi.bundle import uuid
from bi.charts import Chart
from bi.datasets import datasets
from tests.dashboard.chromium import launched

from .server import NAME, PASSWORD, Superset

pytestmark = pytest.mark.timeout(3600)

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "superset.png"
SHOWN = 180_000


def plain(value: Any) -> Any:
    """A value as Superset's JSON has it: moments in milliseconds, whole numbers as such."""
    match value:
        case datetime():
            return round((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000)
        case date():
            return plain(datetime(value.year, value.month, value.day, tzinfo=UTC))
        case Decimal() | float():
            return round(float(value), 6)
        case _:
            return value


def asked(superset: Superset, drawn: Chart) -> list[tuple[Any, ...]]:
    """The rows that Superset finds for an imported chart, by the query that was imported with it."""
    (found,) = (
        each for each in superset.get("chart/?q=(page_size:100)")["result"] if each["slice_name"] == drawn.title
    )
    query = json.loads(superset.get(f"chart/{found['id']}")["result"]["query_context"])
    times = {column.name for column in drawn.dataset.columns if column.kind in {"date", "timestamp with time zone"}}
    return [
        tuple(
            plain(round(row[name]) if name in times and row[name] is not None else row[name])
            for name in (*drawn.columns, *drawn.measures)
        )
        for row in superset.ask(query)
    ]


def found(file: Path, drawn: Chart) -> list[tuple[Any, ...]]:
    """The rows that the chart's SQL finds in the file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return [tuple(map(plain, row)) for row in connection.execute(drawn.sql).fetchall()]


def number(file: Path, query: str) -> Any:
    """The one value that a query finds in the file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        ((value,),) = connection.execute(query).fetchall()
    return value


def test_everything_is_imported(superset: Superset) -> None:
    """One dashboard, and each dataset and chart of the bundle, are there."""
    assert [each["slug"] for each in superset.get("dashboard/")["result"]] == [SLUG]
    assert superset.get("chart/")["count"] == len(CHARTS)
    assert superset.get("dataset/")["count"] == len(datasets())
    assert len(superset.get(f"dashboard/{SLUG}/charts")["result"]) == len(CHARTS)


@pytest.mark.parametrize("drawn", CHARTS, ids=lambda drawn: drawn.name)
def test_a_chart_shows_what_sql_finds(superset: Superset, file: Path, drawn: Chart) -> None:
    """Superset's own query for the chart finds the same rows as SQL on the file; where a list has an order, in that order."""
    rows, wanted = asked(superset, drawn), found(file, drawn)
    if drawn.order:
        assert rows == wanted
    else:
        assert sorted(rows, key=repr) == sorted(wanted, key=repr)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("apps", "select count(*) from marts.app_overview"),
        ("apps_not_used", "select count(*) from marts.app_usage where usage_state = 'unused'"),
        ("apps_unknown", "select count(*) from marts.app_usage where usage_state = 'unknown'"),
        ("apps_at_risk", "select count(*) from marts.app_risk where score >= 50"),
        ("seats_to_free", "select coalesce(sum(seats), 0) from marts.reclaim_candidate"),
    ],
)
def test_numbers_are_those_of_other_marts(superset: Superset, file: Path, name: str, query: str) -> None:
    """The big numbers are what somebody finds who asks otherwise."""
    (drawn,) = (each for each in CHARTS if each.name == name)
    assert asked(superset, drawn) == [(number(file, query),)]


def test_nothing_can_be_written(superset: Superset) -> None:
    """Whoever may use the SQL Lab cannot change the published file through it."""
    (database,) = superset.get("database/")["result"]
    statement = {"database_id": database["id"], "sql": "drop table marts.app_overview", "schema": "marts"}
    answer = superset.session.post(f"{superset.address}/api/v1/sqllab/execute/", json=statement)
    assert answer.status_code >= 400
    assert asked(superset, CHARTS[0])


def test_importing_again_changes_and_adds_nothing_twice(superset: Superset, bundle: Path) -> None:
    """A later bundle takes the place of the one before, charts and datasets among it."""
    superset.overwrite(bundle)
    test_everything_is_imported(superset)


def test_a_swapped_file_is_seen(superset: Superset, file: Path) -> None:
    """While people ask, the file is swapped: no query fails, and the next ones find what the new one holds."""
    query = json.loads(told(CHARTS[0])["query_context"])
    (source,) = (
        each for each in superset.get("dataset/?q=(page_size:100)")["result"] if each["table_name"] == "app_overview"
    )
    query["datasource"]["id"] = source["id"]
    whole = number(file, "select count(*) from marts.app_overview")
    other = file.with_name("other.duckdb")
    shutil.copyfile(file, other)
    with duckdb.connect(str(other)) as connection:
        connection.execute(
            "delete from marts.app_overview where app_id <> (select min(app_id) from marts.app_overview)"
        )
    kept = file.with_name("kept.duckdb")
    shutil.copyfile(file, kept)
    ask: Callable[[int], int] = lambda _: int(superset.ask(query)[0]["apps"])  # noqa: E731 - named for its type
    with ThreadPoolExecutor(4) as people:
        during = people.map(ask, range(24))
        other.replace(file)
        seen = set(during)
    assert seen <= {whole, 1}
    assert ask(0) == 1
    kept.replace(file)
    assert ask(0) == whole


@pytest.fixture
def page(superset: Superset) -> Any:
    """A browser that is signed in."""
    with launched() as browser:
        opened = browser.new_page(viewport={"width": 1600, "height": 1800})
        opened.set_default_timeout(SHOWN)
        opened.goto(f"{superset.address}/login/")
        opened.fill("#username", NAME)
        opened.fill("#password", PASSWORD)
        opened.keyboard.press("Enter")
        opened.wait_for_url("**/welcome/**")
        yield opened


def test_the_dashboard_is_drawn(superset: Superset, page: Page) -> None:
    """In a browser each tab shows all of its charts, none with an error; the picture of the first is that of the docs."""
    broken: list[str] = []
    page.on("pageerror", lambda fault: broken.append(str(fault)))
    page.on("response", lambda answer: broken.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{superset.address}/superset/dashboard/{SLUG}/")
    for tab in TABS:
        page.locator(f"[role=tab]:has-text('{tab.title}')").click()
        names = [name for _, row in tab.rows for name, _ in row]
        for name in names:
            holder = page.locator(".dashboard-component-chart-holder").filter(has_text=_titled(name)).first
            holder.locator("canvas, table, .header-line").first.wait_for()
        assert page.locator("[data-test='error-message'], .ant-alert-error, .missing-chart-container").count() == 0
        if tab is TABS[0]:
            page.mouse.move(0, 0)
            page.wait_for_timeout(3000)  # the bars have grown
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=PICTURE)
    assert broken == []


def _titled(name: str) -> str:
    return next(each.title for each in CHARTS if each.name == name)


def test_identities_are_kept(superset: Superset) -> None:
    """Charts keep the UUIDs of the bundle, by which a later one finds them."""
    listed = superset.get("chart/?q=(page_size:100)")["result"]
    kept = {superset.get(f"chart/{each['id']}")["result"]["uuid"] for each in listed}
    assert kept == {uuid("chart", drawn.name) for drawn in CHARTS}
