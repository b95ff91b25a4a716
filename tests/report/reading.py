"""A page, read as a browser without styles would: its text, its tables, and everything that could lead elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

SILENT: Final = frozenset({"style", "code", "title", "desc"})
EMPTY: Final = frozenset({"meta", "br", "rect", "line", "link", "img", "hr"})


@dataclass
class Table:
    """A table: its caption, its headings, and its rows of cells."""

    caption: str = ""
    headings: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class Reading(HTMLParser):
    """What a page says.

    Attributes:
        text: what a person reads, with single blanks.
        tables: in their order.
        tags: every start tag with its attributes.
        code: the queries that it shows.
        headings: level and text.
        open: tags that were not closed; empty for a page that is well made.
    """

    def __init__(self, html: str):
        super().__init__()
        self.words: list[str] = []
        self.tables: list[Table] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.code: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """What a person reads."""
        return " ".join("".join(self.words).split())

    def table(self, beginning: str) -> Table:
        """Return the only table whose caption begins so."""
        [found] = [table for table in self.tables if table.caption.startswith(beginning)]
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)
        match tag:
            case "table":
                self.tables.append(Table())
            case "tr":
                self.tables[-1].rows.append([])
            case "td" | "th":
                self.tables[-1].rows[-1].append("")
            case "code":
                self.code.append("")
            case "h1" | "h2" | "h3":
                self.headings.append((int(tag[1]), ""))
        self.words.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that has nothing in it."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, which must be the one that was opened last."""
        assert self.open.pop() == tag
        if tag == "thead":
            self.tables[-1].headings = self.tables[-1].rows.pop()
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        """Note text where it stands."""
        inside = set(self.open)
        if "code" in inside:
            self.code[-1] += data
        if not inside & SILENT:
            self.words.append(data)
        if "caption" in inside:
            self.tables[-1].caption += data
        if inside & {"td", "th"}:
            self.tables[-1].rows[-1][-1] += data
        if inside & {"h1", "h2", "h3"} and "svg" not in inside:
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)
