"""The pages in `tables/`: one per mart with the questions it answers, their index, and the contract in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from docs.answers import ROWS, answer
from docs.asked import Question, questions
from docs.contract import Column, Mart, links, marts

FOLDER: Final = "tables"
STORY: Final = "../../tests/sql/golden/woodgrove/story.md"


def index() -> str:
    """Return the page that lists the marts, draws how they go together and lists the questions."""
    lines = [
        "# Tables",
        "",
        "What `consentry.duckdb` holds. Each page says what the columns of a table mean, and shows questions with the SQL that answers",
        "them. The files are in [docs/questions](../questions): change a name in one, and ask it of your own tenant:",
        "",
        "```sh",
        'consentry sql "$(cat docs/questions/fct_permission/read-everybodys-mail.sql)"',
        "```",
        "",
        "`tenant_id` is on every row of what belongs to a tenant; times are instants, shown in UTC; a day is one of UTC. Null says",
        "that something is not known or not there; which of the two stands with the column. The newest moment that anything is known",
        "of is `app_usage.window_to`: questions count days back from there, not from the clock.",
        "",
        "| table | one row per | key |",
        "| --- | --- | --- |",
        *(f"| {_link(mart.name)} | {mart.row} | {_names(mart.key)} |" for mart in marts()),
        "",
        "[contract.txt](contract.txt) has every table and column in a line each: whoever builds on them sees in its history what",
        "changed.",
        "",
        "## How they go together",
        "",
        "What stands in the column named at a line is found in the table where the line begins, in the same tenant: at a full line",
        "always, at a dotted one where it is not null and the directory lists it.",
        "",
        "```mermaid",
        *_diagram(),
        "```",
        "",
        "## Questions",
        "",
        f"The answers on the pages are those of [a made-up tenant]({STORY}), and at most {ROWS} rows of each.",
        *(line for mart in marts() for line in _listed(mart)),
    ]
    return "\n".join(lines) + "\n"


def page(mart: Mart) -> str:
    """Return the page of a mart."""
    lines = [
        f"# {mart.name}",
        "",
        mart.meaning,
        "",
        f"The key is {_names(mart.key)}. [All tables](README.md)",
        "",
        "| column | type | null | meaning |",
        "| --- | --- | --- | --- |",
        *map(_row, mart.columns),
        *_pointing(mart),
        *(line for asked in questions() if asked.mart == mart.name for line in _answered(asked)),
    ]
    return "\n".join(lines) + "\n"


def contract() -> str:
    """Return every table and column of the marts, a line each."""
    lines = []
    for mart in marts():
        lines.append(f"{mart.name} ({', '.join(mart.key)}): {mart.meaning}")
        lines += [
            f"{mart.name}.{column.name} {column.kind}{'' if column.is_nullable else ' not null'}: {column.meaning}"
            for column in mart.columns
        ]
    return "\n".join(lines) + "\n"


def _listed(mart: Mart) -> Iterator[str]:
    yield from ("", f"**{_link(mart.name)}**", "")
    yield from (f"- [{asked.text}]({mart.name}.md#{asked.anchor})" for asked in questions() if asked.mart == mart.name)


def _row(column: Column) -> str:
    values = f" One of {_names(column.values)}." if column.values else ""
    target = f" Found in {_link(column.target[0])}." if column.target else ""
    meaning = f"{column.meaning}{values}{target}".replace("|", "\\|")
    return f"| `{column.name}` | {column.kind} | {'may be' if column.is_nullable else 'never'} | {meaning} |"


def _pointing(mart: Mart) -> Iterator[str]:
    pointing = [
        f"`{column.name}` of {_link(other.name)}"
        for other in marts()
        for column, target in other.targets
        if target == mart.name
    ]
    if pointing:
        yield from ("", f"To its rows point {', '.join(pointing)}.")


def _answered(asked: Question) -> Iterator[str]:
    note = (asked.note, "") if asked.note else ()
    yield from ("", f"## {asked.text}", "", *note, "```sql", asked.sql, "```", "", *answer(asked))


def _diagram() -> Iterator[str]:
    yield "erDiagram"
    for link in links():
        many = "o|" if link.is_one else "o{"
        line = f"||--{many}" if link.is_certain else f"|o..{many}"
        yield f"    {link.target} {line} {link.mart} : {link.column}"


def _link(mart: str) -> str:
    return f"[{mart}]({mart}.md)"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


PAGES: Final[dict[str, Callable[[], str]]] = {
    f"{FOLDER}/README.md": index,
    f"{FOLDER}/contract.txt": contract,
    **{f"{FOLDER}/{mart.name}.md": partial(page, mart) for mart in marts()},
}
