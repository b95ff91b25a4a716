"""Write the pages that are made from the code; with `--check`, say which of them are not what the code says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from typer.main import get_command
from typer.testing import CliRunner

from bi import bundle, exposures, model_page, powerbi
from docs import lacks, table_pages
from pipelines.cli.verbs import app
from pipelines.entra import personal
from pipelines.entra.collection import CHANGES, MEMBERS, RELATED, SNAPSHOT, WINDOW, Collection
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.permissions import GRAPH_APP_ID, IDS, WIDER
from pipelines.graph.limits import OF_TENANT, Limit

DOCS: Final = Path(__file__).parent


SHAPES: Final = {
    SNAPSHOT: "the whole list each time",
    CHANGES: "what changed since the last time, by delta queries; everything once a week",
    MEMBERS: "with the changes of {parent}",
    RELATED: "expanded in the list of {parent}; singly where more than twenty belong to one",
    WINDOW: "by windows of time",
}


def permissions() -> str:
    """Return the page of what is collected and the permissions it needs, from the collections table."""
    names = sorted({collection.permission for collection in COLLECTIONS})
    lines = [
        "# Permissions",
        "",
        "What Consentry collects, and the application permission of Microsoft Graph that each list needs. All of them only read.",
        "Where an optional one is missing, the run goes on, ends degraded and says so; [check](check.md) says it before.",
        "",
        "| collection | Graph | permission | licence | without it | what it is for |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_permission, COLLECTIONS),
        "",
        "## What to grant",
        "",
        "`Directory.Read.All` opens what the directory's narrower ones open: with it, `AuditLog.Read.All` and, for the risks",
        "that Entra itself sees in apps, `IdentityRiskyServicePrincipal.Read.All`, everything can be collected. Whoever wants to",
        "give less gives the narrow ones; delegated permissions (`oauth2_permission_grants`) have no narrower one that only reads.",
        "",
        f"The ids are those of the app roles of Microsoft Graph, whose app id is `{GRAPH_APP_ID}` in every tenant.",
        "",
        "| permission | id | also opened by |",
        "| --- | --- | --- |",
        *map(_grant, names),
        "",
        "## What is lost without it",
        "",
        "What stays unknown where one thing is missing and the rest is there, in the words of `consentry check`. Unknown is never",
        "counted as unused, and a score that lacks evidence is a lower bound.",
        "",
        "| missing | list that is not read | what stays unknown |",
        "| --- | --- | --- |",
        *(line for missing in lacks.MISSING for line in _lost(missing)),
        "",
        "## How each list is read",
        "",
        "Lists that count against one quota are read one after the other, those of different quotas side by side.",
        "",
        "| collection | how | quota |",
        "| --- | --- | --- |",
        *map(_reading, COLLECTIONS),
        "",
        "| quota | Graph's published limit for one app in one tenant |",
        "| --- | --- |",
        *(f"| `{name}` | {_limit(OF_TENANT[name])} |" for name in dict.fromkeys(c.bucket for c in COLLECTIONS)),
    ]
    return "\n".join(lines) + "\n"


def _permission(collection: Collection) -> str:
    absence = "the run fails" if collection.is_required else "degraded"
    licence = collection.licence or ""
    return f"| `{collection.name}` | `{collection.path}` | `{collection.permission}` | {licence} | {absence} | {collection.meaning} |"


def _lost(missing: str) -> Iterator[str]:
    for collection, sentence in lacks.lost(missing).items():
        fails = " **A sync fails without it.**" if collection in lacks.failing(missing) else ""
        yield f"| {lacks.shown(missing)} | `{collection}` | {sentence}{fails} |"


def _grant(name: str) -> str:
    wider = ", ".join(f"`{other}`" for other in WIDER[name]) if name in WIDER else ""
    return f"| `{name}` | `{IDS[name]}` | {wider} |"


def _reading(collection: Collection) -> str:
    how = SHAPES[collection.shape].format(parent=f"`{collection.parent}`")
    only = f", only where `{collection.instead_of}` cannot be read" if collection.instead_of else ""
    return f"| `{collection.name}` | {how}{only} | `{collection.bucket}` |"


def _limit(limit: Limit) -> str:
    thing = "resource unit" if limit.weighed else "request"
    if limit.sizes:
        return (
            f"{', '.join(f'{most:,}' for _, most in limit.sizes)} {thing}s in {limit.seconds:g} s, by the tenant's size"
        )
    return f"{limit.units:,} {thing}{'s' * (limit.units > 1)} in {limit.seconds:g} s"


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


KINDS: Final = {
    "user": "a person's id: with a key another one",
    "principal": "an id that may be a person's: with a key another one, where it is",
    "name": "a person's name or address: with a key a pseudonym",
    "key": "an opaque id that may hold a person's: with a key another one",
    "title": "a name that may be a person's: with a key a pseudonym, where somebody is called so",
    "audit": "what was changed, and whom it was done to: with a key pseudonyms, and only what the models read",
    "drop": "about a person: with a key left out",
    "keep": "an address that is no person's: kept",
    "address": "an IP address: `CONSENTRY_IP_ADDRESSES`",
    "network": "the network of an address: left out with the addresses",
    "country": "a country: `CONSENTRY_LOCATIONS`",
    "place": "a closer place: `CONSENTRY_LOCATIONS`",
}
"""What becomes of each kind of column that tells of people."""


def personal_data() -> str:
    """Return the page of what of people is kept, from the list that the extraction goes by."""
    lines = [
        "# Personal data, table by table",
        "",
        "Which columns of the raw tables tell of people, and what becomes of them where [privacy](privacy.md) is set up. Without any",
        "setting everything is kept as Graph gives it. Raw tables that are not named here tell of no person.",
        "",
        "| raw table | what it is for | kept of people | what becomes of it |",
        "| --- | --- | --- | --- |",
    ]
    for table in personal.tables():
        meaning = "; ".join(dict.fromkeys(c.meaning for c in COLLECTIONS if c.table == table))
        by_kind: dict[str, list[str]] = {}
        for one in personal.columns(table):
            by_kind.setdefault(one.kind, []).append(f"`{one.column}`")
        lines += [f"| `{table}` | {meaning} | {', '.join(names)} | {KINDS[kind]} |" for kind, names in by_kind.items()]
    return "\n".join(lines) + "\n"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "permissions.md": permissions,
    "commands.md": commands,
    "personal-data.md": personal_data,
    **table_pages.PAGES,
    **bundle.PAGES,
    **powerbi.PAGES,
    **model_page.PAGES,
    **exposures.PAGES,
}

GENERATED: Final = (table_pages.FOLDER, bundle.FOLDER, powerbi.FOLDER)
"""Folders that hold nothing but generated files."""


def strays() -> list[Path]:
    """Return the files among the generated ones that nothing makes any more."""
    files = (file for folder in GENERATED for file in (DOCS / folder).rglob("*") if file.is_file())
    return sorted(file for file in files if _name(file) not in PAGES)


def main(arguments: list[str]) -> int:
    """Write or check the pages. Return 1 where a checked page differs."""
    os.environ["COLUMNS"] = "100"
    differing = [name for name, make in PAGES.items() if not _same(DOCS / name, make())]
    wrong = differing + [_name(file) for file in strays()]
    if "--check" not in arguments:
        _write(differing)
        return 0
    if wrong:
        sys.stderr.write(
            f"docs/{', docs/'.join(wrong)} no longer say what the code does; run `make docs` and review the change.\n"
        )
    return 1 if wrong else 0


def _write(differing: list[str]) -> None:
    for name in differing:
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
    for file in strays():
        file.unlink()


def _name(file: Path) -> str:
    return Path(os.path.relpath(file, DOCS)).as_posix()


def _same(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
