"""The dbt project as a whole: documented, repeatable, fresh, and able to fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .story import app, outcome, sign_in
from .warehouse import Warehouse

MARTS = "select table_name from duckdb_tables() where schema_name = 'marts' order by table_name"


def content(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """All rows of all marts."""
    names = [row["table_name"] for row in warehouse.rows(MARTS)]
    return {name: warehouse.rows(f"select * from marts.{name} order by all") for name in names}


def test_every_mart_and_column_is_described_in_the_file(marts: Warehouse) -> None:
    """Whoever opens the warehouse reads what each table and column means."""
    tables = marts.rows("select table_name from duckdb_tables() where schema_name = 'marts' and comment is null")
    columns = marts.rows("select column_name from duckdb_columns() where schema_name = 'marts' and comment is null")
    assert (tables, columns) == ([], [])


def test_schemas_bear_the_names_of_the_layers(marts: Warehouse) -> None:
    """Dbt puts no target name before its schemas and leaves none of its own behind."""
    query = "select distinct schema_name from duckdb_tables() union select distinct schema_name from duckdb_views()"
    names = {row["schema_name"] for row in marts.rows(query)}
    assert names - {"information_schema", "pg_catalog", "main"} == {
        "raw",
        "staging",
        "intermediate",
        "marts",
        "seeds",
        "history",
    }


def test_every_rule_holds_for_the_rows_given(marts: Warehouse) -> None:
    """Dbt's unit tests: what each model makes of a few rows."""
    results = marts.dbt("test", "--select", "test_type:unit")
    assert results
    assert [row for row in results if row[1] not in {"pass", "success"}] == []


def test_building_twice_changes_nothing(marts: Warehouse) -> None:
    """The same raw data give the same marts, whenever and however often they are built."""
    before = content(marts)
    results = marts.dbt("build", "--exclude-resource-type", "unit_test", "test")
    assert {status for _, status, _ in results} == {"success"}
    assert content(marts) == before


def test_an_unknown_collection_fails_the_build(warehouse: Warehouse) -> None:
    """Sign-ins of a kind that nobody named are an error, never silently left out."""
    warehouse.insert("sign_ins", sign_in("odd", 1) | {"_collection": "sign_ins_of_another_kind"})
    results = warehouse.dbt("build", "--select", "+stg_entra__sign_ins", "--exclude-resource-type", "unit_test")
    failed = [name for name, status, _ in results if status == "fail"]
    assert "not_null_stg_entra__sign_ins_sign_in_kind" in failed


def test_sources_are_as_fresh_as_their_last_complete_run(warehouse: Warehouse) -> None:
    """A table that a recent run completed is fresh; one that only failed attempts touched is not."""
    now = datetime.now(UTC)
    times = {"started_at": now, "finished_at": now}
    warehouse.insert("service_principals", app("payroll", "tenant"))
    warehouse.insert(
        "sync_outcomes", outcome("tenant", "users", **times), outcome("tenant", "groups", "denied", **times)
    )
    states = {name: status for name, status, _ in warehouse.dbt("source", "freshness")}
    assert (states["users"], states["groups"], states["sync_outcomes"]) == ("pass", "error", "pass")


def test_the_catalogue_is_made_without_a_network(warehouse: Warehouse) -> None:
    """Dbt writes one static page that documents all models."""
    warehouse.dbt("docs", "generate", "--static")
    page = (warehouse.folder / "dbt" / "static_index.html").read_text()
    assert "stg_entra__sign_ins" in page
