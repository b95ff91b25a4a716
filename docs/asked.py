"""The questions in `questions/<mart>/<name>.sql`: comments that ask in plain English, then the SQL that answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Final

QUESTIONS: Final = Path(__file__).parent / "questions"
MAY_BE_EMPTY: Final = "may be empty"


@dataclass(frozen=True)
class Question:
    """A question that somebody who answers for a tenant's apps asks.

    Attributes:
        file: where it stands.
        text: the question.
        note: how to read the answer; empty where that is plain.
        sql: the query, on the published file.
        may_be_empty: whether no row is an answer too.
    """

    file: Path
    text: str
    note: str
    sql: str
    may_be_empty: bool

    @property
    def mart(self) -> str:
        """The mart that it is about."""
        return self.file.parent.name

    @property
    def anchor(self) -> str:
        """How GitHub names its heading in links."""
        return re.sub(r"[^\w\- ]", "", self.text.lower()).replace(" ", "-")


@cache
def questions() -> tuple[Question, ...]:
    """Return all questions, by mart and name."""
    return tuple(read(file) for file in sorted(QUESTIONS.glob("*/*.sql")))


def read(file: Path) -> Question:
    """Return the question in a file.

    Raises:
        ValueError: the file does not begin with one.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    head = [line.removeprefix("--").strip() for line in takewhile(lambda line: line.startswith("--"), lines)]
    said = [line for line in head if line != MAY_BE_EMPTY]
    text, mark, note = " ".join(said).partition("?")
    if not mark:
        raise ValueError(f"{file} does not begin with a comment that asks a question")
    sql = "\n".join(lines[len(head) :]).strip()
    return Question(file, text + mark, note.strip(), sql, may_be_empty=len(said) < len(head))
