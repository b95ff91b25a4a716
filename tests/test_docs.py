"""Docs that can be executed are executed, against a published file of a simulated tenant."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docs.generate import PAGES, strays
from flows import steps
from pipelines import settings
from pipelines.cli.verbs import app
from pipelines.settings import Home
from simulator import EVERYONE, Tenant, serve

ROOT = Path(__file__).parents[1]
PAGES_WITH_EXAMPLES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language from all pages."""
    found = [match for page in PAGES_WITH_EXAMPLES for match in BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [text for kind, text in found if kind == language]


QUERIES = [line for block in blocks("console") for line in block.splitlines() if "consentry sql " in line]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with a published file."""
    tenant = Tenant()
    ada = tenant.user("Ada", created_days_ago=400)
    tenant.app("Payroll", created_days_ago=300).granted("Mail.Read", by=ada, to=EVERYONE, days_ago=5).used_by(
        1, days_ago=2
    )
    tenant.app("Forgotten", created_days_ago=300).holds("Directory.ReadWrite.All")
    home = Home(tmp_path_factory.mktemp("docs"))
    with serve(tenant) as server:
        steps.sync(steps.Plan(settings.tenants(server.settings), home))
    return home


@pytest.fixture(autouse=True)
def at_home(published: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the examples find the published file."""
    monkeypatch.setenv("CONSENTRY_HOME", str(published.path))


def test_there_are_examples() -> None:
    """The pages hold queries and Python to execute."""
    assert QUERIES
    assert blocks("python")


@pytest.mark.parametrize("line", QUERIES)
def test_a_query_of_the_docs_has_an_answer(line: str) -> None:
    """Each `consentry sql` line runs and finds rows."""
    arguments = shlex.split(line.removeprefix("$ "))[1:]
    result = CliRunner().invoke(app, [*arguments, "--csv"])
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) > 1


@pytest.mark.parametrize("code", blocks("python"))
def test_python_of_the_docs_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each Python block runs as it stands and prints something."""
    exec(compile(code, "docs", "exec"), {})  # noqa: S102 - our own docs
    assert capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_true(page: str) -> None:
    """The generated pages say what the code says."""
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page]()


def test_there_are_no_pages_of_tables_that_are_gone() -> None:
    """Each page of a table belongs to a mart."""
    assert strays() == []


def test_links_within_the_repository_lead_somewhere() -> None:
    """Each relative link of a page names a file that is there."""
    links = [
        (page, link)
        for page in PAGES_WITH_EXAMPLES
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_the_command_page_is_run_from_the_same_table() -> None:
    """Every verb stands on the command page."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert all(
        f"$ consentry {command.name or command.callback.__name__} --help" in text
        for command in app.registered_commands
        if command.callback
    )
