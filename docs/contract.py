"""The marts as their models declare them: tables, columns, keys and which table points to which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

MARTS: Final = Path(__file__).parents[1] / "sql" / "models" / "marts"
RELATIONSHIPS: Final = ("relationship_in_tenant", "relationships")
ROW: Final = re.compile(r"one row per ([^.:;]+)", re.IGNORECASE)
TENANT: Final = "tenant_id"


@dataclass(frozen=True)
class Column:
    """A column of a mart.

    Attributes:
        name: its name.
        kind: its SQL type.
        is_nullable: whether it may be null.
        meaning: its description.
        values: the only ones it may have, if they are few and listed.
        target: the published table and its column in which each of its values is found, if that is so.
    """

    name: str
    kind: str
    is_nullable: bool
    meaning: str
    values: tuple[str, ...]
    target: tuple[str, str] | None


@dataclass(frozen=True)
class Mart:
    """A table that is published.

    Attributes:
        name: its name.
        meaning: its description.
        key: the columns that tell its rows apart.
        columns: all of them, in order.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def row(self) -> str:
        """What it has one row per."""
        said = ROW.search(self.meaning)
        if said:
            return said[1]
        return " and ".join(name.removesuffix("_id").replace("_", " ") for name in self.key if name != TENANT)

    @property
    def is_dimension(self) -> bool:
        """Whether it describes things of a tenant that have an id."""
        return self.name.startswith("dim_") and set(self.key) == {TENANT, self.key[-1]}

    @property
    def targets(self) -> Iterator[tuple[Column, str]]:
        """Its columns that point to another table, and that table."""
        return ((column, column.target[0]) for column in self.columns if column.target)


@dataclass(frozen=True)
class Link:
    """A column of a mart in which rows of another are named, in the same tenant.

    Attributes:
        mart: the one that names.
        column: its column.
        target: the one whose rows are named.
        field: the column there.
        is_certain: whether each value is found there; else it is found where the directory lists the thing.
        is_one: whether at most one row here belongs to one there.
    """

    mart: str
    column: str
    target: str
    field: str
    is_certain: bool
    is_one: bool


@cache
def links() -> tuple[Link, ...]:
    """Return which mart names rows of which other, by mart and in the order of its columns."""
    ids = {mart.key[-1]: mart.name for mart in marts() if mart.is_dimension}
    return tuple(_links(ids))


def _links(ids: Mapping[str, str]) -> Iterator[Link]:
    for mart in marts():
        for column in mart.columns:
            # With the tenant it is the whole key: at most one row here belongs to one there.
            is_one = set(mart.key) == {TENANT, column.name}
            if column.target:
                yield Link(mart.name, column.name, *column.target, is_certain=True, is_one=is_one)
            elif ids.get(column.name, mart.name) != mart.name:
                yield Link(mart.name, column.name, ids[column.name], column.name, is_certain=False, is_one=is_one)


@cache
def marts() -> tuple[Mart, ...]:
    """Return all marts, by name."""
    files = sorted(MARTS.glob("*.yml"))
    models = [model for file in files for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]]
    return tuple(sorted(map(_mart, models), key=lambda mart: mart.name))


def _mart(model: Mapping[str, Any]) -> Mart:
    columns = _arguments(model, "unique_together")["columns"]
    return Mart(model["name"], _line(model["description"]), tuple(columns), tuple(map(_column, model["columns"])))


def _column(column: Mapping[str, Any]) -> Column:
    kinds = {constraint["type"] for constraint in column.get("constraints", ())}
    return Column(
        name=column["name"],
        kind=column["data_type"],
        is_nullable="not_null" not in kinds,
        meaning=_line(column["description"]),
        values=tuple(map(str, _arguments(column, "accepted_values").get("values", ()))),
        target=_target(column),
    )


def _target(column: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return where a column's values are found; lists that decide about marts are not published with them."""
    to = next((found for name in RELATIONSHIPS if (found := _arguments(column, name))), None)
    table = str(to["to"]).removeprefix("ref('").removesuffix("')") if to else None
    return (table, str(to["field"])) if to and table and (MARTS / f"{table}.yml").exists() else None


def _arguments(node: Mapping[str, Any], test: str) -> Mapping[str, Any]:
    """Return the arguments of a data test of a table or column; none where it does not have the test."""
    tests = [found for found in node.get("data_tests", ()) if isinstance(found, Mapping) and test in found]
    arguments: Mapping[str, Any] = tests[0][test]["arguments"] if tests else {}
    return arguments


def _line(text: str) -> str:
    return " ".join(text.split())
