"""dbt's exposures: the lineage from the marts to who reads them is complete and true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from bi.datasets import Dataset, datasets
from bi.exposures import Exposure, exposures, queried
from dashboard.queries import FOLDER
from docs.contract import marts

FILE = Path(__file__).parents[2] / "sql" / "models" / "exposures.yml"
TOLD = {told["name"]: told for told in yaml.safe_load(FILE.read_text(encoding="utf-8"))["exposures"]}


def refs(name: str) -> set[str]:
    """The marts that an exposure depends on."""
    return {ref.removeprefix("ref('").removesuffix("')") for ref in TOLD[name]["depends_on"]}


def read_by(query: str) -> set[str]:
    """The tables that DuckDB itself finds when it parses a query."""
    with duckdb.connect() as connection:
        ((told,),) = connection.execute("select json_serialize_sql($1::varchar)", [query]).fetchall()
    return set(_tables(json.loads(told)))


def _tables(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and node.get("type") == "BASE_TABLE":
        yield node["table_name"]
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _tables(child)


def test_everybody_who_reads_is_named() -> None:
    """Each page of the dashboard, the report, the Superset dashboard and the Power BI model are there, each with an owner."""
    pages = {f"dashboard_{file.stem}" for file in (FOLDER.parent / "pages").glob("[a-z]*.py")}
    assert pages | {"report", "superset", "power_bi"} == TOLD.keys()
    assert all(told["owner"]["name"] and told["description"] for told in TOLD.values())


@pytest.mark.parametrize("exposure", tuple(exposures()), ids=lambda exposure: exposure.name)
def test_an_exposure_depends_on_marts(exposure: Exposure) -> None:
    """It depends on something, and on marts alone."""
    name = exposure.name
    assert refs(name)
    assert refs(name) <= {mart.name for mart in marts()}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.sql")), ids=lambda file: file.stem)
def test_a_query_reads_what_duckdb_says(file: Path) -> None:
    """The marts that are found in a query of the dashboard or the report are those that DuckDB finds when it parses it."""
    names = {mart.name for mart in marts()}
    text = file.read_text(encoding="utf-8")
    assert queried(text) == read_by(text) & names


@pytest.mark.parametrize("source", datasets(), ids=lambda source: source.name)
def test_a_dataset_reads_what_duckdb_says(source: Dataset) -> None:
    """The marts that a dataset of Superset names are those that its query reads."""
    assert read_by(f"select * from {source.source}") & {mart.name for mart in marts()} == set(source.reads)


def test_the_superset_dashboard_depends_on_its_datasets() -> None:
    """No mart that a chart reads is missing, and none is there that no chart reads."""
    assert refs("superset") == {mart for source in datasets() for mart in source.reads}


def test_the_power_bi_model_depends_on_all_marts() -> None:
    """Its tables are all of them."""
    assert refs("power_bi") == {mart.name for mart in marts()}
