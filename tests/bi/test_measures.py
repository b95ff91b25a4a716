"""Measures: what is said of a number in words, SQL and DAX is the same, and unknown is never zero."""

from __future__ import annotations

import re

import duckdb
import pytest

from bi.datasets import datasets
from bi.measures import MEASURES, Measure
from docs.contract import marts

WORKED_OUT = {
    # Thirteen apps stand in story.md: seven are used, two not, and of four nobody can tell.
}
COLUMN = re.compile(r"\b([a-z_]+)\[([a-z_]+)\]")
MEASURE = re.compile(r"(?<![a-z_\]])\[([^\]]+)\]")
COLUMNS = {mart.name: {column.name: column for column in mart.columns} for mart in marts()}


def one(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    """The only value that a query finds."""
    ((value,),) = connection.execute(query).fetchall()
    return value


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_counts(opened: duckdb.DuckDBPyConnection, measure: Measure) -> None:
    """Its SQL runs on the published file and gives one number, or null where nothing is known."""
    assert isinstance(one(opened, measure.query), int | float | None)
