"""The page `docs/bi/model.md`: the star that the marts make, and the measures over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bi.measures import Measure, measures
from bi.powerbi import relations
from docs.contract import marts


def page() -> str:
    """Return the page."""
    lines = [
        "# The model",
        "",
        "What the marts look like from a BI tool: dimensions in the middle, facts and lists around them, and measures over both. The",
        "[Superset bundle](superset.md) and the [Power BI model](powerbi.md) are made from the same definitions as this page.",
        "",
        "## The star",
        "",
        "A line leads from the table that is named to the one that names its rows, through the column at the line, within one",
        "tenant; days are the same in all of them. `o|` says that at most one row belongs to one there: these tables add columns to",
        "the app. [The tables' pages](../tables/README.md) say which values are always found.",
        "",
        "```mermaid",
        "erDiagram",
        *(
            f"    {relation.target} ||--{'o|' if relation.is_one else 'o{'} {relation.table} : {relation.column}"
            for relation in relations()
        ),
        "```",
        "",
        'A column that ends in `_link` joins the tenant and an id, as in `tenant_id & "/" & app_id`: Power BI relates tables by one',
        "column only. In SQL, join by `tenant_id` and the id.",
        "",
        "## The measures",
        "",
        "Apps of which nobody can tell whether they are used are counted as unknown: they are not among the unused, and on neither",
        "side of a share. Where nothing is known, a measure is null and not zero.",
        *(line for mart in marts() for line in _listed(mart.name)),
    ]
    return "\n".join(lines) + "\n"


def _listed(mart: str) -> Iterator[str]:
    found = measures(mart)
    if found:
        yield from (
            "",
            f"### {mart}",
            "",
            "| measure | in Superset | meaning |",
            "| --- | --- | --- |",
            *map(_row, found),
        )
        yield from ("", "In SQL, over `marts." + mart + "`:", "", "```text")
        yield from (f"{measure.name}: {measure.sql}" for measure in found)
        yield from ("```", "", "In DAX:", "", "```text")
        yield from (f"{measure.title} = {measure.dax}" for measure in found)
        yield "```"


def _row(measure: Measure) -> str:
    return f"| {measure.title} | `{measure.name}` | {measure.meaning} |"


PAGES: Final[dict[str, Callable[[], str]]] = {"bi/model.md": page}
