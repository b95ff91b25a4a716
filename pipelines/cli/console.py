"""Where words go: rich when a person looks, plain lines otherwise."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDTH_WHEN_NOBODY_LOOKS: Final = 140

_terminal = Console()
out: Final = _terminal if _terminal.is_terminal else Console(width=WIDTH_WHEN_NOBODY_LOOKS, soft_wrap=True)
err: Final = Console(stderr=True, soft_wrap=True)


def say(text: str = "", style: str | None = None) -> None:
    """Print a line; nothing in it is markup."""
    out.print(escape(text), style=style, highlight=False, soft_wrap=True)


def complain(text: str) -> None:
    """Print a failure's sentence to standard error."""
    err.print(escape(text), style="bold red" if err.is_terminal else None, highlight=False)


def table(title: str, columns: dict[str, str], rows: list[list[object]]) -> None:
    """Print a table.

    Args:
        title: stands above it.
        columns: heading -> `left` or `right`.
        rows: cells; None prints as nothing.
    """
    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for heading, side in columns.items():
        whole = heading == next(iter(columns))  # the name of a row is never cut
        drawn.add_column(heading, justify="right" if side == "right" else "left", overflow="fold", no_wrap=whole)
    for row in rows:
        drawn.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    out.print(drawn)
    out.print()
