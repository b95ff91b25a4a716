"""The Power BI model: the files under `powerbi/`, in the text form (TMDL) of a Power BI project.

Its tables are the marts as `consentry publish --to` writes them. Power BI relates tables by one column only, and a row of a mart
is named by the tenant and an id: so each table gets hidden columns that join the two, by which the tables are linked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bi.measures import COUNT, Measure, measures
from docs.contract import TENANT, Column, Mart, links, marts

NAME: Final = "Consentry"
DAYS: Final = "dim_date"
DAY: Final = "date_day"

TYPES: Final = {
    "varchar": "string",
    "varchar[]": "string",
    "boolean": "boolean",
    "bigint": "int64",
    "integer": "int64",
    "double": "double",
    "date": "dateTime",
    "timestamp with time zone": "dateTime",
}
"""The marts' types in TMDL; lists come as texts, joined by commas, and instants as UTC."""

INSTANT: Final = "timestamp with time zone"
LIST: Final = "varchar[]"


@dataclass(frozen=True)
class Relation:
    """Two tables that Power BI relates.

    Attributes:
        table: the one whose rows name rows of the other.
        column: by which.
        target: the other.
        field: its column.
        is_one: whether at most one row here belongs to one there.
    """

    table: str
    column: str
    target: str
    field: str
    is_one: bool


def relations() -> tuple[Relation, ...]:
    """Return all relations of the model: those of the marts' contract, and the days of facts."""
    linked = (Relation(link.mart, joined(link.field), link.target, joined(link.field), link.is_one) for link in links())
    days = (
        Relation(mart.name, column.name, DAYS, DAY, is_one=False)
        for mart in marts()
        for column in mart.columns
        if column.kind == "date" and mart.name != DAYS
    )
    return (*linked, *days)


def joined(column: str) -> str:
    """Return the name of the hidden column that joins the tenant and an id."""
    return f"{column.removesuffix('_id').removesuffix('_key')}_link"


def joins(mart: str) -> dict[str, str]:
    """Return the hidden columns of a table, each with the column that it joins to the tenant."""
    own = {joined(link.column): link.column for link in links() if link.mart == mart}
    named = {joined(link.field): link.field for link in links() if link.target == mart}
    return own | named


def _database() -> str:
    return f"database {NAME}\n\tcompatibilityLevel: 1600\n"


def _model() -> str:
    head = [
        "model Model",
        "\tculture: en-US",
        "\tdefaultPowerBIDataSourceVersion: powerBI_V3",
        "\tdiscourageImplicitMeasures",
        "\tsourceQueryCulture: en-US",
        "",
    ]
    return _lines(*head, *(f"ref table {mart.name}" for mart in marts()))


EXPRESSIONS: Final = """\
/// Where `consentry publish --to` writes: a folder, or the URL of a folder in Azure storage or OneLake, without a slash at its end.
expression ExportFolder = "C:\\consentry" meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]

/// The files of that folder, where it is a URL.
expression StoredFiles =
		AzureStorage.DataLake(ExportFolder)

/// The content of one of its files, by its path.
expression ReadFile =
		(path as text) as binary =>
			if Text.StartsWith(ExportFolder, "https://") then
				Table.SelectRows(StoredFiles, each Text.EndsWith(Text.Replace([Folder Path], "%3D", "=") & [Name], "/" & path)){0}[Content]
			else
				File.Contents(ExportFolder & "\\" & Text.Replace(path, "/", "\\"))

/// Which files are whole and belong together, from latest.json: a refresh never mixes two exports.
expression ExportedFiles =
		Table.FromRecords(Json.Document(ReadFile("latest.json"))[files], {"mart", "path"}, MissingField.Error)

/// All rows of a mart; those of several months come from several files.
expression ReadMart =
		(name as text) as table =>
			Table.Combine(List.Transform(Table.SelectRows(ExportedFiles, each [mart] = name)[path], each Parquet.Document(ReadFile(_))))

/// An instant, as a moment in UTC without a zone.
expression AsInstant =
		(value as any) as nullable datetime =>
			if value is datetimezone then DateTimeZone.RemoveZone(DateTimeZone.ToUtc(value)) else value

/// A list, as a text with commas.
expression AsText =
		(value as any) as nullable text =>
			if value is list then Text.Combine(List.Transform(value, Text.From), ", ")
			else if value is table then Text.Combine(List.Transform(List.Combine(Table.ToRows(value)), Text.From), ", ")
			else value
"""


def _relationships() -> str:
    blocks = []
    for relation in relations():
        both = ["\tfromCardinality: one", "\tcrossFilteringBehavior: bothDirections"] if relation.is_one else []
        blocks.append(
            _lines(
                f"relationship {relation.table}_{relation.column}",
                *both,
                f"\tfromColumn: {relation.table}.{relation.column}",
                f"\ttoColumn: {relation.target}.{relation.field}",
            )
        )
    return "\n".join(blocks)


def _table(mart: Mart) -> str:
    parts = [
        _lines(f"/// {mart.meaning}", f"table {mart.name}", *(["\tdataCategory: Time"] if mart.name == DAYS else [])),
        *map(_measure, measures(mart.name)),
        *(_column(mart, column) for column in mart.columns),
        *(_join(mart, name) for name in joins(mart.name)),
        _partition(mart),
    ]
    return "\n".join(parts)


def _measure(measure: Measure) -> str:
    shown = "#,0" if measure.unit == COUNT else "#,0.0"
    return _lines(
        f"\t/// {measure.meaning}", f"\tmeasure '{measure.title}' = {measure.dax}", f"\t\tformatString: {shown}"
    )


def _column(mart: Mart, column: Column) -> str:
    formats = {"date": "yyyy-mm-dd", INSTANT: "yyyy-mm-dd hh:nn"}
    return _lines(
        f"\t/// {column.meaning}",
        f"\tcolumn {column.name}",
        f"\t\tdataType: {TYPES[column.kind]}",
        *(["\t\tisKey"] if (mart.name, column.name) == (DAYS, DAY) else []),
        *([f"\t\tformatString: {formats[column.kind]}"] if column.kind in formats else []),
        "\t\tsummarizeBy: none",
        f"\t\tsourceColumn: {column.name}",
    )


def _join(mart: Mart, name: str) -> str:
    is_key = set(mart.key) == {TENANT, joins(mart.name)[name]} and mart.is_dimension
    return _lines(
        f"\t/// The tenant and {joins(mart.name)[name]}, by which tables are linked.",
        f"\tcolumn {name}",
        "\t\tdataType: string",
        "\t\tisHidden",
        *(["\t\tisKey"] if is_key else []),
        "\t\tsummarizeBy: none",
        f"\t\tsourceColumn: {name}",
    )


def _partition(mart: Mart) -> str:
    return _lines(
        f"\tpartition {mart.name} = m",
        "\t\tmode: import",
        "\t\tsource =",
        *(f"\t\t\t\t{line}" for line in query(mart)),
    )


def query(mart: Mart) -> Iterator[str]:
    """Yield the lines of the Power Query that reads a mart from the folder of Parquet files."""
    steps = [("Rows", f'ReadMart("{mart.name}")')]
    changed = [
        *_changes(mart, INSTANT, "AsInstant, type nullable datetime"),
        *_changes(mart, LIST, "AsText, type nullable text"),
    ]
    if changed:
        steps.append(("Typed", f"Table.TransformColumns({steps[-1][0]}, {{{', '.join(changed)}}})"))
    for name, column in joins(mart.name).items():
        linked = f'each if [{column}] = null then null else [{TENANT}] & "/" & [{column}], type nullable text'
        steps.append((f"With_{name}", f'Table.AddColumn({steps[-1][0]}, "{name}", {linked})'))
    yield "let"
    yield from (f"\t{name} = {made}{',' if (name, made) != steps[-1] else ''}" for name, made in steps)
    yield "in"
    yield f"\t{steps[-1][0]}"


def _changes(mart: Mart, kind: str, change: str) -> Iterator[str]:
    return (f'{{"{column.name}", {change}}}' for column in mart.columns if column.kind == kind)


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"


PROJECT: Final = {"version": "1.0", "artifacts": [{"report": {"path": f"{NAME}.Report"}}], "settings": {}}
MODEL: Final = {"version": "4.2", "settings": {}}
REPORT: Final = {"version": "4.0", "datasetReference": {"byPath": {"path": f"../{NAME}.SemanticModel"}}}
EMPTY: Final = {
    "config": json.dumps({"version": "5.59", "activeSectionIndex": 0}),
    "layoutOptimization": 0,
    "sections": [
        {
            "name": "ReportSection",
            "displayName": NAME,
            "displayOption": 1,
            "width": 1280,
            "height": 720,
            "config": "{}",
            "filters": "[]",
            "visualContainers": [],
        }
    ],
}
"""A report with one empty page: Power BI Desktop opens a project by a report."""

FILES: Final[dict[str, Callable[[], str]]] = {
    f"{NAME}.pbip": partial(_json, PROJECT),
    f"{NAME}.Report/definition.pbir": partial(_json, REPORT),
    f"{NAME}.Report/report.json": partial(_json, EMPTY),
    f"{NAME}.SemanticModel/definition.pbism": partial(_json, MODEL),
    f"{NAME}.SemanticModel/definition/database.tmdl": _database,
    f"{NAME}.SemanticModel/definition/model.tmdl": _model,
    f"{NAME}.SemanticModel/definition/expressions.tmdl": lambda: EXPRESSIONS,
    f"{NAME}.SemanticModel/definition/relationships.tmdl": _relationships,
    **{f"{NAME}.SemanticModel/definition/tables/{mart.name}.tmdl": partial(_table, mart) for mart in marts()},
}

FOLDER: Final = "../bi/powerbi"
"""Where they lie, from `docs/`."""

PAGES: Final[dict[str, Callable[[], str]]] = {f"{FOLDER}/{name}": make for name, make in FILES.items()}
"""Each file, by its path from `docs/`, with what makes it."""
