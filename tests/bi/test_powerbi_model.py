"""The Power BI model as it lies in `bi/powerbi/`: the marts' tables, columns, types and relations, read as they are exported."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from bi.measures import MEASURES, measures
from bi.powerbi import EXPRESSIONS, TYPES, Relation, joins, query, relations
from docs.contract import Mart, links, marts
from pipelines.settings import Home
from pipelines.warehouse.export import export

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "bi" / "powerbi"
DEFINITION = PROJECT / "Consentry.SemanticModel" / "definition"
BY_NAME = {mart.name: mart for mart in marts()}
BLOCK = re.compile(r"^\t(column|measure|partition) ('?)(.+?)\2(?: = .*)?$", re.MULTILINE)
TYPED = re.compile(r"^\tcolumn (\w+)\n\t\tdataType: (\w+)", re.MULTILINE)
RELATED = re.compile(
    r"^relationship (\w+)\n(.*?)\tfromColumn: (\w+)\.(\w+)\n\ttoColumn: (\w+)\.(\w+)\n", re.MULTILINE | re.DOTALL
)


def tmdl(mart: str) -> str:
    """A table of the model."""
    return (DEFINITION / "tables" / f"{mart}.tmdl").read_text(encoding="utf-8")


def related() -> list[tuple[str, str, str, str]]:
    """The relations of the model: a table and its column, the table that it names and its column."""
    found = RELATED.findall((DEFINITION / "relationships.tmdl").read_text(encoding="utf-8"))
    return [(table, column, target, field) for _, _, table, column, target, field in found]


@pytest.fixture(scope="module")
def folder(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden story, exported as Parquet."""
    place = tmp_path_factory.mktemp("exported")
    export(Home(published.parent), str(place))
    return place


def test_the_model_has_each_mart() -> None:
    """Its tables are the marts, all of them, and the model names each."""
    assert {file.stem for file in (DEFINITION / "tables").iterdir()} == BY_NAME.keys()
    named = re.findall(r"^ref table (\w+)$", (DEFINITION / "model.tmdl").read_text(encoding="utf-8"), re.MULTILINE)
    assert named == list(BY_NAME)


@pytest.mark.parametrize("mart", marts(), ids=lambda mart: mart.name)
def test_a_table_is_its_mart(mart: Mart) -> None:
    """Columns and types are those of the contract, in their order, with the links behind them; each measure is there once."""
    told = TYPED.findall(tmdl(mart.name))
    own = [(column.name, TYPES[column.kind]) for column in mart.columns]
    assert told == [*own, *((name, "string") for name in joins(mart.name))]
    found = Counter(kind for kind, _, _ in BLOCK.findall(tmdl(mart.name)))
    assert (found["measure"], found["partition"]) == (len(measures(mart.name)), 1)


def test_relations_are_those_of_the_contract() -> None:
    """What the marts' models say of each other is what the model relates, and facts have their days besides."""
    of_contract = {(link.mart, link.column, link.target, link.field) for link in links()}
    linked = {
        (table, joins(table)[column], target, joins(target)[field])
        for table, column, target, field in related()
        if target != "dim_date"
    }
    assert linked == of_contract
    days = {(table, column) for table, column, target, _ in related() if target == "dim_date"}
    facts = [mart for mart in marts() if mart.name != "dim_date"]
    assert days == {(mart.name, column.name) for mart in facts for column in mart.columns if column.kind == "date"}


def test_there_is_one_way_between_two_tables() -> None:
    """No two tables are related in two ways, and dimensions name no other: a filter has one path."""
    pairs = Counter((table, target) for table, _, target, _ in related())
    assert max(pairs.values()) == 1
    assert {table for table, _, _, _ in related()} & {target for _, _, target, _ in related()} == set()


@pytest.mark.parametrize("relation", relations(), ids=lambda relation: f"{relation.table}-{relation.target}")
def test_what_is_named_is_there_once(opened: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    """On the one side of a relation each value is there at most once; Power BI refuses to load it otherwise."""
    target, field = relation.target, joins(relation.target).get(relation.field, relation.field)
    tenant = "tenant_id, " if field != "date_day" else ""
    twice = f"select {tenant}{field} from marts.{target} group by all having count(*) > 1"
    assert opened.execute(twice).fetchall() == []


@pytest.mark.parametrize("mart", marts(), ids=lambda mart: mart.name)
def test_a_query_reads_what_is_exported(folder: Path, opened: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    """Following latest.json as the model's queries do finds all rows of a mart, with the columns that the queries change."""
    named = json.loads((folder / "latest.json").read_text(encoding="utf-8"))["files"]
    files = [str(folder / file["path"]) for file in named if file["mart"] == mart.name]
    counted = f"select (select count(*) from read_parquet({files})), (select count(*) from marts.{mart.name})"
    read, held = opened.execute(counted).fetchone() or (None, 0)
    assert read == held
    described = opened.execute(f"describe from read_parquet({files}, hive_partitioning = false)").fetchall()
    columns = {name for name, *_ in described}
    assert columns == {column.name for column in mart.columns}
    text = "\n".join(query(mart))
    changed = re.findall(r'\{"(\w+)", As\w+', text) + re.findall(r"\[(\w+)\]", text)
    assert set(changed) <= columns


@pytest.mark.parametrize("mart", marts(), ids=lambda mart: mart.name)
def test_steps_follow_from_each_other(mart: Mart) -> None:
    """Each step of a query works on the one before, and the last is the answer."""
    steps = re.findall(r"^\t(\w+) = (.*?),?$", "\n".join(query(mart)), re.MULTILINE)
    assert [made for (before, _), (_, made) in pairwise(steps) if f"({before}, " not in made] == []
    assert list(query(mart))[-1].strip() == steps[-1][0]
    asked = set(re.findall(r"\b(ReadMart|As\w+)\b", "\n".join(query(mart))))
    assert asked <= set(re.findall(r"^expression (\w+)", EXPRESSIONS, re.MULTILINE))


@pytest.mark.parametrize(
    "text", [EXPRESSIONS, *("\n".join(query(mart)) for mart in marts()), *(m.dax for m in MEASURES)]
)
def test_brackets_are_closed(text: str) -> None:
    """Each bracket and quotation mark is closed by its own."""
    plain = re.sub(r'"[^"\n]*"', "", text)
    assert '"' not in plain
    open_ones: list[str] = []
    for sign in re.findall(r"[()\[\]{}]", plain):
        if sign in "([{":
            open_ones.append(sign)
        else:
            assert open_ones.pop() + sign in {"()", "[]", "{}"}
    assert open_ones == []


def test_the_project_names_what_is_there() -> None:
    """The project leads to the report, and the report to the model."""
    project = json.loads((PROJECT / "Consentry.pbip").read_text(encoding="utf-8"))
    report = PROJECT / project["artifacts"][0]["report"]["path"]
    told = json.loads((report / "definition.pbir").read_text(encoding="utf-8"))
    assert (report / told["datasetReference"]["byPath"]["path"] / "definition.pbism").exists()


def test_the_page_shows_the_queries_of_the_model() -> None:
    """What docs/bi/powerbi.md says to type is what the model does."""
    page = (ROOT / "docs" / "bi" / "powerbi.md").read_text(encoding="utf-8")
    flat = " ".join(page.split())
    bodies = re.findall(r"^expression (\w+) =\n((?:\t.*\n)+)", EXPRESSIONS, re.MULTILINE)
    shown = [name for name, body in bodies if f"{name} = {' '.join(body.split())}" in flat]
    assert {"StoredFiles", "ExportedFiles", "ReadMart"} <= set(shown)
