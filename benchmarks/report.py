"""What a benchmark found, as Markdown."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

Row = Sequence[str]


@dataclass(frozen=True)
class Verdict:
    """A figure against its bound.

    Attributes:
        what: was measured.
        came: the figure.
        bound: what it may be at most, or must be at least.
        unit: of both.
        is_least: whether the bound is a lower one.
    """

    what: str
    came: float
    bound: float
    unit: str = ""
    is_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the figure keeps to its bound."""
        return self.came >= self.bound if self.is_least else self.came <= self.bound

    @property
    def row(self) -> Row:
        """The verdict as a row of a table."""
        bound = f"{'at least' if self.is_least else 'at most'} {_figure(self.bound, self.unit)}"
        return (self.what, _figure(self.came, self.unit), bound, "yes" if self.holds else "**no**")


@dataclass(frozen=True)
class Section:
    """One benchmark.

    Attributes:
        title: what it is about.
        asked: what was measured, and how.
        head: the columns of its table; all but the first are figures.
        rows: its rows.
        verdicts: which bounds it keeps.
        remarks: what else there is to say.
    """

    title: str
    asked: str
    head: Row
    rows: Sequence[Row]
    verdicts: Sequence[Verdict] = ()
    remarks: Sequence[str] = ()

    def markdown(self) -> str:
        """Return it as a part of a page."""
        parts = [f"## {self.title}", self.asked, table(self.head, self.rows), *self.remarks]
        if self.verdicts:
            parts.append(table(("figure", "came", "bound", "kept"), [verdict.row for verdict in self.verdicts]))
        return "\n\n".join(parts)


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a table; what is right of the first column stands at the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def page(sections: Sequence[Section], before: str = "") -> str:
    """Return the page with these sections, and of the page `before` those that were not measured anew, in their order.

    Each section is one run on one machine, and says when that was: figures of different ones are not compared.
    """
    intro = (
        "# Benchmarks\n\n"
        "Written by `python -m benchmarks` (`make bench`); `--only` measures one and leaves the others as they are. Everything is read "
        "from the simulator over HTTPS on loopback, with limits off except in the first section, or from tables made for the purpose; "
        "each way runs in a process of its own, and its processor time (user and system, all threads) and peak memory are that "
        "process's alone. Ratios are between runs of the same section. Where other work shares the machine, seconds on the clock say "
        "little; ratios of processor time say more."
    )
    measured = f"*{datetime.now(UTC):%Y-%m-%d}, {machine()}*"
    texts = dict(re.findall(r"^## (.+)\n\n((?:(?!^## ).*\n?)*)", before, re.MULTILINE))
    for section in sections:
        texts[section.title] = section.markdown().partition("\n\n")[2] + "\n\n" + measured
    return "\n\n".join([intro, *(f"## {title}\n\n{text.strip()}" for title, text in texts.items())]) + "\n"


def machine() -> str:
    """Return the machine in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores{_processor()} with {memory:.0f} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f" ({names[0].strip()})" if names else ""


def _figure(value: float, unit: str) -> str:
    shown = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"{shown} {unit}".strip()
