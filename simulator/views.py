"""What is asked of a collection, and how a row is shown: the words that sources, routes and options share.

A *view* says what is asked for; a *place* is where a page begins, a list of numbers a skip token can carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import orjson

from simulator.directory import Row
from simulator.odata.filters import Both, Comparison, Expression, Instant
from simulator.sign_ins import Query

if TYPE_CHECKING:
    from simulator.tenant import Tenant

Place = Sequence[int]
# Related objects that `$expand` shows; the others are left out, and no link leads to them.
_EXPANDED = 20


@dataclass(frozen=True)
class View:
    """What is asked of a collection.

    Attributes:
        version: `v1.0` or `beta`.
        parent: Id of the object whose list it is, or the argument of a function; empty for lists of the tenant.
        condition: The parsed `$filter`.
        select: Properties to show; all when empty.
        order: Property to sort by and whether downwards.
        visible_at: The present in ticks.
        expansion: The related objects to show with each row.
    """

    version: str
    parent: str = ""
    condition: Expression | None = None
    select: tuple[str, ...] = ()
    order: tuple[str, bool] | None = None
    visible_at: int = 0
    expansion: Expansion | None = None

    def accepts(self, row: Row) -> bool:
        """Whether the filter lets the row through."""
        return self.condition is None or self.condition.test(row)

    def uses(self, name: str) -> bool:
        """Whether a property is selected, or a condition is about it."""
        filtered = () if self.condition is None else (path for path, _ in self.condition.uses())
        return any(path.split("/")[0] == name for path in (*self.select, *filtered))


@dataclass(frozen=True)
class Expansion:
    """A relation whose objects come with each row: its name, where they come from, their selected properties."""

    name: str
    source: Source
    select: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Rows as JSON, and where the next page begins; None behind the last."""

    rows: list[bytes]
    next: Place | None


class Source(Protocol):
    """Rows of one collection."""

    def page(self, tenant: Tenant, view: View, start: Place | None, size: int) -> Page:
        """The page of at most `size` rows that begins at a place."""

    def count(self, tenant: Tenant, view: View) -> int:
        """How many rows there are."""

    def get(self, tenant: Tenant, view: View, key: str) -> Row | None:
        """One row by its id."""


# What a list of these types shows when nothing is selected.
DEFAULT_PROPERTIES: dict[str, tuple[str, ...]] = {
    "user": (
        "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
        "preferredLanguage", "surname", "userPrincipalName",
    ),
}  # fmt: skip


def shown(row: Row, view: View) -> Row:
    """The row with the selected properties only; its id, and its type where it has one, are always there."""
    if not view.select:
        return row
    return {key: row[key] for key in dict.fromkeys(("@odata.type", "id", *view.select)) if key in row}


def expanded(tenant: Tenant, view: View, row: Row) -> Row:
    """The row as it is shown, with the first of the objects that the view expands."""
    shape = shown(row, view)
    if view.expansion is None:
        return shape
    related = View(view.version, row["id"], select=view.expansion.select, visible_at=view.visible_at)
    found = view.expansion.source.page(tenant, related, None, _EXPANDED).rows
    return {**shape, view.expansion.name: [orjson.Fragment(item) for item in found]}


def dump(row: Row) -> bytes:
    """The row as JSON."""
    return orjson.dumps(row)


def conjuncts(condition: Expression | None) -> Iterable[Expression]:
    """The conditions that must all hold."""
    if isinstance(condition, Both):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    elif condition is not None:
        yield condition


def bounds(condition: Expression | None, name: str) -> tuple[int, int]:
    """The window in ticks, its end exclusive, that a filter sets on a time."""
    since, until = Query.since, Query.until
    for part in conjuncts(condition):
        if isinstance(part, Comparison) and part.path == name and isinstance(part.value, Instant):
            ticks = part.value.ticks
            since = max(since, ticks + (part.operator == "gt")) if part.operator in {"ge", "gt", "eq"} else since
            until = min(until, ticks + (part.operator != "lt")) if part.operator in {"le", "lt", "eq"} else until
    return since, until
