"""Docs that can be executed are executed, against a published file of a simulated tenant; links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import pytest
from typer.testing import CliRunner

from docs.contract import marts as declared
from docs.generate import PAGES, strays
from flows import steps
from pipelines import settings
from pipelines.cli.verbs import app
from pipelines.settings import Home
from simulator import EVERYONE, Tenant, serve
from tests.pages import EXAMPLES, ROOT, anchors, blocks, commands, links, pages
from tests.parsed import lend

SAID_ELSEWHERE: Final = {ROOT / "docs" / "extend.md"}
"""Pages whose commands are about what the page itself makes; `tests/extending.py` executes them."""

READ_HERE: Final = [page for page in EXAMPLES if page not in SAID_ELSEWHERE]
QUERIES: Final = [line for page in READ_HERE for line in commands(page) if line.startswith("consentry sql ")]
SHELL: Final = [line for page in READ_HERE for line in commands(page) if line.startswith("duckdb ")]


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
    lend(home)
    with serve(tenant) as server:
        steps.sync(steps.Plan(settings.tenants(server.settings), home))
    return home


@pytest.fixture(autouse=True)
def at_home(published: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the examples find the published file."""
    monkeypatch.setenv("CONSENTRY_HOME", str(published.path))


def test_there_are_examples() -> None:
    """The pages hold queries, Python and shell commands to execute."""
    assert QUERIES
    assert SHELL
    assert [code for page in READ_HERE for code in blocks(page, "python")]


@pytest.mark.parametrize("line", QUERIES)
def test_a_query_of_the_docs_has_an_answer(line: str) -> None:
    """Each `consentry sql` line runs, in the format that it asks for, and finds rows unless the question in its file says that it may not."""
    asked, _, _ = line.partition(" > ")
    file = re.search(r'"\$\(cat (\S+)\)"', asked)
    text = (ROOT / file[1]).read_text(encoding="utf-8") if file else ""
    arguments = [text if word.startswith("$(cat ") else word for word in shlex.split(asked)[1:]]
    result = CliRunner().invoke(
        app, [*arguments, *({"--csv"} - {*arguments} - {"--json"} if "--json" not in arguments else ())]
    )
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) > ("--json" not in arguments) or "may be empty" in text


@pytest.mark.parametrize("line", SHELL)
def test_a_line_for_the_shell_of_duckdb_is_one_that_it_takes(published: Home, line: str) -> None:
    """The file is the published one, opened for reading only, and DuckDB runs what is asked of it."""
    words = shlex.split(line.partition(" > ")[0])
    assert words[1] == "-readonly"
    file, query = words[-2:]
    assert file == "data/consentry.duckdb"
    with duckdb.connect(str(published.published), read_only=True) as connection:
        assert connection.sql(query) is not None


@pytest.mark.parametrize("code", [code for page in READ_HERE for code in blocks(page, "python")])
def test_python_of_the_docs_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each Python block runs as it stands and prints something."""
    exec(compile(code, "docs", "exec"), {})  # noqa: S102 - our own docs
    assert capsys.readouterr().out


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.name)
def test_shell_commands_are_shell(page: Path) -> None:
    """Each `sh` and `console` block is what bash can read."""
    for script in (*blocks(page, "sh"), "\n".join(commands(page))):
        checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, ""), script


def test_commands_of_the_docs_are_commands() -> None:
    """Each `consentry` line of a block names a verb that there is, with options that it has."""
    from typer.main import get_command

    verbs = get_command(app).commands  # type: ignore[attr-defined]
    for page in EXAMPLES:
        for line in commands(page):
            words = shlex.split(line.partition(" > ")[0])
            if words and Path(words[0]).name == "consentry" and not words[1].startswith("-"):
                known = {option for parameter in verbs[words[1]].params for option in parameter.opts}
                assert {word for word in words[2:] if word.startswith("--")} <= known | {"--help"}, line


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_true(page: str) -> None:
    """The generated pages say what the code says."""
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page]()


def test_there_are_no_pages_of_tables_that_are_gone() -> None:
    """Each page of a table belongs to a mart."""
    assert strays() == []


def _broken(page: Path) -> Iterator[str]:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{page.relative_to(ROOT)}: there is no {link}"
        elif anchor and anchor not in anchors(target):
            yield f"{page.relative_to(ROOT)}: {link} has no such heading"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    """Each relative link of a page names a file that is there, and a heading of it where it names one."""
    assert list(_broken(page)) == []


def test_the_index_leads_to_every_page() -> None:
    """No page of the docs is one that nobody finds."""
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    own = [page for page in (ROOT / "docs").glob("*.md") if page != index]
    assert [page.name for page in own if page not in linked] == []


def test_the_drawing_shows_every_table() -> None:
    """The drawing of how tables hang together names those that are published, and no others."""
    [drawing] = blocks(ROOT / "docs" / "query.md", "mermaid")
    assert set(re.findall(r"\w*_\w+|coverage", drawing)) == {mart.name for mart in declared()}


def test_the_command_page_is_run_from_the_same_table() -> None:
    """Every verb stands on the command page."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert all(
        f"$ consentry {command.name or command.callback.__name__} --help" in text
        for command in app.registered_commands
        if command.callback
    )
