"""The page of messages: what the code can say stands on it with a cause and a fix, and what stands on it the code can say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import pytest

from pipelines.identity.advice import ADVICE
from tests.messages import HOLE, ROOT, Site, Source

PAGE: Final = ROOT / "docs" / "troubleshoot.md"
HEAD: Final = "| message | cause | fix |"
SPAN: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
CODE: Final = re.compile(r"AADSTS\d+")
FEWEST_LETTERS: Final = 7
"""An entry with fewer fits too much."""


@dataclass(frozen=True)
class Entry:
    """A row of the page.

    Attributes:
        fragments: what it says of the messages that it is about.
        codes: Entra's codes beside them.
        cause: what happened.
        fix: what to do.
    """

    fragments: tuple[str, ...]
    codes: tuple[str, ...]
    cause: str
    fix: str


def entries() -> Iterator[Entry]:
    """Yield the rows of the page's tables of messages."""
    is_table = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        is_table = line == HEAD or (is_table and line.startswith("|"))
        if is_table and line != HEAD and not line.startswith("| ---"):
            message, cause, fix = (cell.strip() for cell in line.strip("|").split(" | "))
            spans = [found[2].strip() for found in SPAN.finditer(message)]
            codes = tuple(span for span in spans if CODE.fullmatch(span))
            yield Entry(tuple(span for span in spans if span not in codes), codes, cause, fix)


@cache
def sites() -> tuple[Site, ...]:
    """Return every place that tells a person of a failure."""
    return tuple(Source.read().sites)


@cache
def sentences() -> frozenset[str]:
    """Return everything that a person may be told."""
    return frozenset().union(*(site.sentences for site in sites()))


def fits(fragment: str, sentence: str) -> bool:
    """Return whether a fragment stands in a sentence; a hole of either stands for anything."""
    return re.search(".*".join(map(re.escape, fragment.split(HOLE))), sentence) is not None


def test_every_raise_is_understood() -> None:
    """The sentence of each failure that is made where it is raised is found, so that none is left out unseen."""
    unseen = [site for site in sites() if not site.sentences and not site.passes_on and "typer.Exit" not in site.code]
    # Graph's own words, told where they came; and what was found wrong earlier, and kept.
    assert {site.code for site in unseen} == {"_forgotten(start, expired)", "SettingsError(self.fault)"}


def test_every_message_has_an_entry() -> None:
    """Whoever adds a message adds its cause and fix to docs/troubleshoot.md."""
    fragments = [fragment for entry in entries() for fragment in entry.fragments]
    assert [said for said in sorted(sentences()) if not any(fits(fragment, said) for fragment in fragments)] == []


def test_every_entry_is_of_a_message() -> None:
    """No entry stands for what the code no longer says."""
    fragments = [fragment for entry in entries() for fragment in entry.fragments]
    assert [fragment for fragment in fragments if not any(fits(fragment, said) for said in sentences())] == []


def test_entries_tell_messages_apart() -> None:
    """Each entry has enough words of its message, a cause and a fix; no two are about the same words."""
    found = list(entries())
    assert [entry for entry in found if not (entry.fragments and entry.cause and entry.fix)] == []
    fragments = [fragment for entry in found for fragment in entry.fragments]
    assert [one for one in fragments if len(re.findall(r"\w", one)) < FEWEST_LETTERS] == []
    assert len(fragments) == len(set(fragments))


def test_every_code_of_entra_stands_on_the_page() -> None:
    """The codes that have advice are those that the page lists, each once."""
    assert sorted(code for entry in entries() for code in entry.codes) == sorted(ADVICE)


@pytest.mark.parametrize(
    ("fragment", "sentence", "expected"),
    [
        ("is no setting; did you mean …?", "… is no setting; did you mean …?", True),
        ("The file … is not TOML (…)", "The file … is not TOML (…); correct it there.", True),
        ("The file … is not TOML", "The file … is not UTF-8 text", False),
    ],
)
def test_fragments_fit_what_they_are_of(fragment: str, sentence: str, expected: bool) -> None:
    """A fragment fits where its words stand in its order."""
    assert fits(fragment, sentence) is expected
