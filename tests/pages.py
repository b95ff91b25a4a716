"""Pages of Markdown: their code blocks, the commands in them, their links and headings."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
EXAMPLES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
"""The pages for people who use it, whose examples are executed."""

BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
PROMPT: Final = "$ "


@cache
def pages() -> tuple[Path, ...]:
    """Return every page of the repository."""
    found = [
        *ROOT.glob("*.md"),
        *(page for room in ("docs", "sql", "simulator", "tests") for page in (ROOT / room).rglob("*.md")),
    ]
    return tuple(sorted(found))


@cache
def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a language, in order."""
    return [text for kind, text in BLOCK.findall(_text(page)) if kind == language]


def commands(page: Path) -> list[str]:
    """Return what is typed in the page's console blocks, a line each."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT)]


def links(page: Path) -> list[str]:
    """Return the relative links of a page; what stands in code is none."""
    prose = re.sub(r"`[^`\n]*`", "", BLOCK.sub("", _text(page)))
    return [link for link in LINK.findall(prose) if not re.match(r"[a-z]+:", link)]


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return how GitHub names the headings of a page in links."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(BLOCK.sub("", _text(page))):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip()
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
    return frozenset(
        f"{slug}-{number}" if number else slug for slug, most in found.items() for number in range(most + 1)
    )
