"""One request: the file as it is now, the tenant it is about, and what the address asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from dashboard.queries import Answer, query
from pipelines.warehouse.reader import Look

PAGE_ROWS: Final = 50
LONGEST_TEXT: Final = 200
MOST_PAGES: Final = 10_000


class NotHere(Exception):
    """The address names something that the published file does not have; the message is a sentence for a person."""


@dataclass(frozen=True)
class Paging:
    """Which rows of many are shown.

    Attributes:
        number: of the page, from 1.
        total: rows that there are in all.
        shown: rows on this page.
    """

    number: int
    total: int
    shown: int

    @property
    def first(self) -> int:
        """The place of the first row shown, from 1; 0 where there is none."""
        return (self.number - 1) * PAGE_ROWS + 1 if self.shown else 0

    @property
    def last(self) -> int:
        """The place of the last row shown."""
        return self.first + self.shown - 1 if self.shown else 0

    @property
    def has_next(self) -> bool:
        """Whether rows come after these."""
        return self.shown > 0 and self.last < self.total


@dataclass(frozen=True)
class Visit:
    """A request for a page.

    Attributes:
        page: its name in the address.
        look: the published file.
        tenants: what it tells of each tenant.
        tenant_id: the tenant that the page is about.
        parameters: of the address.
        now: when it is.
    """

    page: str
    look: Look
    tenants: Answer
    tenant_id: str
    parameters: Mapping[str, str]
    now: datetime

    def ask(self, name: str, **values: Any) -> Answer:
        """Return the answer to a query about the tenant.

        Raises:
            QueryFailed: the file does not have what it asks for.
        """
        return query(name).answer(self.look, tenant_id=self.tenant_id, **values)

    def text(self, name: str) -> str | None:
        """Return what somebody typed, or None where that is nothing."""
        return self.parameters.get(name, "").strip()[:LONGEST_TEXT] or None

    def choice(self, name: str, options: Collection[str], default: str | None = None) -> str | None:
        """Return what was chosen, the default where it is none of the options."""
        chosen = self.parameters.get(name)
        return chosen if chosen in options else default

    def number(self, name: str) -> int | None:
        """Return a whole number, None where it is none."""
        value = self.parameters.get(name, "")
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 7 else None  # noqa: PLR2004 - digits

    @property
    def paging(self) -> dict[str, int]:
        """The limit and offset of the page of rows that is asked for."""
        return {"limit": PAGE_ROWS, "offset": (self._number - 1) * PAGE_ROWS}

    def paged(self, answer: Answer, column: str) -> Paging:
        """Return which rows of how many an answer shows.

        Args:
            answer: with the number of all rows in each.
            column: which column that is.
        """
        return Paging(self._number, answer.count(column), len(answer.rows))

    def href(self, page: str, /, **parameters: object) -> str:
        """Return the address of a page about the same tenant, relative to any other page."""
        tenant = {"tenant": self.tenant_id} if len(self.tenants.rows) > 1 else {}
        given = {name: value for name, value in parameters.items() if value not in {None, ""}}
        asked = urlencode({**tenant, **given})
        return f"{page or './'}{'?' if asked else ''}{asked}"

    def here(self, **changes: object) -> str:
        """Return the address of this page with other parameters, from its first row on unless they say otherwise."""
        kept = {name: value for name, value in self.parameters.items() if name not in {"tenant", "page"}}
        return self.href(self.page, **{**kept, **changes})

    @property
    def _number(self) -> int:
        return min(max(self.number("page") or 1, 1), MOST_PAGES)
