"""Write the pages that are made from the code; with `--check`, say which of them are not what the code says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from typer.main import get_command
from typer.testing import CliRunner

from pipelines.cli.verbs import app
from pipelines.entra.collections import COLLECTIONS, Collection

DOCS: Final = Path(__file__).parent


def permissions() -> str:
    """Return the page of what is collected and the permissions it needs, from the collections table."""
    lines = [
        "# Permissions",
        "",
        "What Consentry collects, and the application permission of Microsoft Graph that each list needs. All of them only read.",
        "Where an optional one is missing, the run goes on, ends degraded and says so.",
        "",
        "| collection | Graph | permission | licence | without it | what it is for |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_permission, COLLECTIONS),
        "",
        f"In all: {', '.join(f'`{name}`' for name in sorted({c.permission for c in COLLECTIONS}))}.",
        "`Directory.Read.All` covers the directory's narrower ones: with it and `AuditLog.Read.All` everything can be collected.",
    ]
    return "\n".join(lines) + "\n"


def _permission(collection: Collection) -> str:
    absence = "the run fails" if collection.is_required else "degraded"
    licence = collection.licence or ""
    return f"| `{collection.name}` | `{collection.path}` | `{collection.permission}` | {licence} | {absence} | {collection.meaning} |"


def commands() -> str:
    """Return the page of the command line, from its own help."""
    verbs = get_command(app).commands  # type: ignore[attr-defined] - a group
    blocks = [_help([]), *(_help([verb]) for verb in verbs)]
    return "# The command line\n\n" + "\n\n".join(blocks) + "\n"


def _help(arguments: list[str]) -> str:
    runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"})
    result = runner.invoke(app, [*arguments, "--help"], prog_name="consentry", terminal_width=100)
    shown = "\n".join(line.rstrip() for line in result.output.strip().splitlines())
    return f"```text\n$ {' '.join(['consentry', *arguments, '--help'])}\n{shown}\n```"


PAGES: Final[dict[str, Callable[[], str]]] = {"permissions.md": permissions, "commands.md": commands}


def main(arguments: list[str]) -> int:
    """Write or check the pages. Return 1 where a checked page differs."""
    os.environ["COLUMNS"] = "100"
    differing = [name for name, make in PAGES.items() if not _same(DOCS / name, make())]
    if "--check" not in arguments:
        for name in differing:
            (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        return 0
    if differing:
        sys.stderr.write(
            f"docs/{', docs/'.join(differing)} no longer say what the code does; run `make docs` and review the change.\n"
        )
    return 1 if differing else 0


def _same(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
