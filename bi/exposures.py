"""dbt's exposures: who reads the marts. What each reads is found in its own queries, so that the lineage cannot be out of date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bi.datasets import datasets
from dashboard.queries import FOLDER as QUERIES
from docs.contract import marts

ROOT: Final = Path(__file__).parents[1]
PAGES_OF_DASHBOARD: Final = ROOT / "dashboard" / "pages"
REPORT: Final = ROOT / "dashboard" / "report"
READ: Final = re.compile(r"\b(?:from|join)\s+(?:marts\.)?(\w+)", re.IGNORECASE)
NAMED: Final = re.compile(r"\bask\(\s*\"(\w+)\"|\"(report_\w+)\"")
"""How Python names a query: where it asks, or in a list of those of the report."""

COMMENT: Final = re.compile(r"--.*")


@dataclass(frozen=True)
class Exposure:
    """Somebody who reads marts.

    Attributes:
        name: its name in dbt.
        label: what people see.
        kind: one of dbt's types.
        meaning: what it shows, and how to come by it.
        reads: the marts.
    """

    name: str
    label: str
    kind: str
    meaning: str
    reads: frozenset[str]


def exposures() -> Iterator[Exposure]:
    """Yield all readers that come with Consentry."""
    for page in sorted(PAGES_OF_DASHBOARD.glob("[a-z]*.py")):
        title = page.stem.replace("_", " ")
        said = f"The page about {title} of the dashboard in the box. `consentry dashboard` shows it."
        yield Exposure(f"dashboard_{page.stem}", f"Dashboard: {title}", "dashboard", said, _of_queries([page]))
    yield Exposure(
        "report",
        "Report",
        "analysis",
        "One page, and lists, for people without access. `consentry report` writes them.",
        _of_queries(REPORT.glob("*.py")),
    )
    yield Exposure(
        "superset",
        "Superset dashboard",
        "dashboard",
        "The dashboard for Apache Superset in bi/superset. `consentry superset` writes it as a bundle to import.",
        frozenset(mart for source in datasets() for mart in source.reads),
    )
    yield Exposure(
        "power_bi",
        "Power BI model",
        "application",
        "The star for Power BI in bi/powerbi. It reads the folder that `consentry publish --to` writes.",
        frozenset(mart.name for mart in marts()),
    )


def queried(sql: str) -> frozenset[str]:
    """Return the marts that a query reads."""
    return frozenset(READ.findall(COMMENT.sub("", sql))) & {mart.name for mart in marts()}


def _of_queries(modules: Iterable[Path]) -> frozenset[str]:
    """Return the marts that the queries read which modules name."""
    named = (found for module in modules for found in NAMED.findall(module.read_text(encoding="utf-8")))
    files = {QUERIES / f"{asked or listed}.sql" for asked, listed in named}
    return frozenset(mart for file in files for mart in queried(file.read_text(encoding="utf-8")))


def _told(exposure: Exposure) -> dict[str, Any]:
    return {
        "name": exposure.name,
        "label": exposure.label,
        "type": exposure.kind,
        "maturity": "high",
        "description": exposure.meaning,
        "depends_on": [f"ref('{mart}')" for mart in sorted(exposure.reads)],
        "owner": {"name": "Consentry"},
    }


def _text() -> str:
    content = {"version": 2, "exposures": list(map(_told, exposures()))}
    head = "# Who reads the marts. Written by `make docs` from what the dashboards and the report ask.\n"
    return head + str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120))


PAGES: Final[dict[str, Callable[[], str]]] = {"../sql/models/exposures.yml": _text}
"""The file, by its path from `docs/`, with what makes it."""
