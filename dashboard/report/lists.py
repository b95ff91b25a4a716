"""The whole lists behind a report, for whoever works with them: all apps, all reasons, all changes, all seats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from dashboard.queries import Query, query
from dashboard.report.content import SEATS, Choice, Part, parameters
from dashboard.report.source import Source, Stream


@dataclass(frozen=True)
class List:
    """A list.

    Attributes:
        name: of its file or sheet.
        asked: the query that answers it.
    """

    name: str
    asked: str

    @property
    def query(self) -> Query:
        """Its query, with a title and what it means."""
        return query(self.asked)


LISTS: Final = (
    List("apps", "report_apps"),
    List("reasons", "report_factors"),
    List("changes", "report_changes"),
    List("seats-by-app", "report_seats_by_app"),
    List("seats", SEATS),
    List("coverage", "report_coverage"),
)


def lists(choice: Choice) -> tuple[List, ...]:
    """Return the lists of a report; the one that is about people is not among them where they are left out."""
    return tuple(each for each in LISTS if choice.with_people or each.asked != SEATS)


def read(source: Source, parts: list[Part], which: List) -> Stream:
    """Return a list with the rows of all tenants, each with its tenant's id in front.

    Raises:
        QueryFailed: the file does not hold what the query asks for.
    """
    asked = ((part.tenant_id, _of(source, part, which)) for part in parts)
    tenant_id, first = next(asked)
    later = chain.from_iterable(_tagged(each, stream) for each, stream in asked)
    return Stream(["tenant_id", *first.columns], chain(_tagged(tenant_id, first), later))


def copy(source: Source, parts: list[Part], which: List, file: Path) -> None:
    """Write a list as a CSV file, with the rows of all tenants, each with its tenant's id in front.

    Raises:
        QueryFailed: the file does not hold what the query asks for.
    """
    asked = {part.tenant_id: parameters(part.tenant_id, part.choice, part.since) for part in parts}
    source.copy(which.asked, asked, file)


def _of(source: Source, part: Part, which: List) -> Stream:
    return source.stream(which.asked, **parameters(part.tenant_id, part.choice, part.since))


def _tagged(tenant_id: str, stream: Stream) -> Iterator[tuple[Any, ...]]:
    for row in stream.rows:
        yield (tenant_id, *row)
