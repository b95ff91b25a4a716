"""The questions that the dashboard asks: `queries/<name>.sql`, each with its title and what it means on top.

    -- Apps by band of risk
    -- How many of the scored apps are in each band, and how many of these are used.
    select ... where tenant_id = $tenant_id

The first line of comment is the title, those after it are the meaning. What changes from one asking to the next is a
parameter, named with a dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import pandas as pd

from pipelines.warehouse.database import quoted
from pipelines.warehouse.reader import Look, Reader

FOLDER: Final = Path(__file__).parent / "queries"
PARAMETER: Final = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class Query:
    """A question to the published file.

    Attributes:
        name: of its file, without the ending.
        title: what it is about, in a few words.
        meaning: what its answer says, in a sentence.
        sql: the whole file, comments and all, as it is run.
    """

    name: str
    title: str
    meaning: str
    sql: str

    @property
    def parameters(self) -> frozenset[str]:
        """The names of its parameters."""
        return frozenset(PARAMETER.findall(self.sql))

    def ask(self, source: Reader | Look, **values: Any) -> pd.DataFrame:
        """Return the answer as a frame.

        Args:
            source: the published file, or a look at it.
            **values: of its parameters; what it does not name is left out.

        Raises:
            ConsentryError: the file or the query cannot be read; the message says why.
        """
        return source.ask(self.sql, self._own(values))

    def answer(self, look: Look, **values: Any) -> Answer:
        """Return the answer with the question, to be shown together.

        Raises:
            QueryFailed: DuckDB does not accept the query; the message says why.
        """
        own = self._own(values)
        return Answer(self, own, look.rows(self.sql, own))

    def _own(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: values[name] for name in self.parameters}

    def filled(self, values: Mapping[str, Any]) -> str:
        """Return the SQL with its values in the parameters' places, to be asked anywhere."""
        return PARAMETER.sub(lambda found: literal(values[found[1]]), self.sql)


@dataclass(frozen=True)
class Answer:
    """What the published file answered, and what it was asked.

    Attributes:
        query: the question.
        values: of its parameters.
        rows: by column; what is null is None.
    """

    query: Query
    values: Mapping[str, Any]
    rows: list[dict[str, Any]]

    @property
    def sql(self) -> str:
        """What was asked, to be asked again anywhere."""
        return self.query.filled(self.values)

    @property
    def first(self) -> dict[str, Any]:
        """The first row.

        Raises:
            IndexError: there is none.
        """
        return self.rows[0]

    def count(self, column: str) -> int:
        """Return the number of things in all that the rows are the first of; 0 where there is no row."""
        return int(self.rows[0][column]) if self.rows else 0


@cache
def query(name: str) -> Query:
    """Return the query of that name.

    Raises:
        KeyError: there is none.
        ValueError: its file does not begin with a title and a meaning.
    """
    file = FOLDER / f"{name}.sql"
    if not file.exists():
        raise KeyError(f"there is no query {name!r}")
    return read(file)


def queries() -> tuple[Query, ...]:
    """Return all queries, by name."""
    return tuple(query(file.stem) for file in sorted(FOLDER.glob("*.sql")))


def read(file: Path) -> Query:
    """Return the query in a file.

    Raises:
        ValueError: it does not begin with a title and a meaning.
    """
    sql = file.read_text(encoding="utf-8").strip()
    head = [line.removeprefix("--").strip() for line in takewhile(lambda line: line[:2] == "--", sql.splitlines())]
    if len(head) < 2:  # noqa: PLR2004 - a title and a meaning
        raise ValueError(f"{file} does not begin with a title and a line of what it means")
    return Query(file.stem, head[0], " ".join(head[1:]), sql)


def literal(value: object) -> str:
    """Return a value as DuckDB reads it in the middle of a query."""
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    text = f"'{quoted(value)}'"
    if isinstance(value, datetime):
        return f"timestamptz {text}"
    return f"date {text}" if isinstance(value, date) else text
