"""Where the rows of a collection come from: tables of the directory, relations, what follows from other data, audits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from simulator import instants, shapes
from simulator.directory import Row, Table
from simulator.views import DEFAULT_PROPERTIES, Page, Place, View, bounds, dump, expanded

if TYPE_CHECKING:
    from simulator.tenant import Tenant

# An audit event shows up a minute after it happened.
_AUDIT_DELAY = 60 * instants.TICKS_PER_SECOND


Finish = Callable[["Tenant", View], Callable[[Row], Row] | None]


class PlacedSource:
    """Rows that stand in an order, each at a place of its own."""

    def placed(self, tenant: Tenant, view: View, start: Place | None) -> Iterator[tuple[Place, Row]]:
        """The rows behind a place."""
        raise NotImplementedError

    def page(self, tenant: Tenant, view: View, start: Place | None, size: int) -> Page:
        """The page of at most `size` rows that begins at a place."""
        found = list(islice(self.placed(tenant, view, start), size + 1))
        rows = [dump(expanded(tenant, view, row)) for _, row in found[:size]]
        return Page(rows, found[size - 1][0] if len(found) > size and size else None)

    def count(self, tenant: Tenant, view: View) -> int:
        """How many rows there are."""
        return sum(1 for _ in self.placed(tenant, view, None))

    def get(self, tenant: Tenant, view: View, key: str) -> Row | None:
        """One row by its id."""
        return next((row for _, row in self.placed(tenant, view, None) if row["id"] == key), None)


@dataclass(frozen=True)
class TableSource(PlacedSource):
    """Rows of a table of the directory.

    Attributes:
        table: Finds the table.
        type: The Graph type of the rows.
        parent: The indexed property that holds the id of the parent, for lists of one object.
        finish: Makes what adds to each row what the table does not hold.
    """

    table: Callable[[Tenant], Table]
    type: str
    parent: str = ""
    finish: Finish | None = None

    def placed(self, tenant: Tenant, view: View, start: Place | None) -> Iterator[tuple[Place, Row]]:
        """The rows behind a place."""
        ordinal = start[0] if start else -1
        where = (self.parent, view.parent) if self.parent else None
        table = self.table(tenant)
        if view.order is not None:
            rows = map(self._completion(tenant, view), table.rows(where))
            ordered = enumerate(_sorted(filter(view.accepts, rows), *view.order))
            return (([place], row) for place, row in islice(ordered, ordinal + 1, None))
        complete = self._completion(tenant, view)
        completed = (([place], complete(row)) for place, row in table.after(ordinal, where))
        return ((place, row) for place, row in completed if view.accepts(row))

    def count(self, tenant: Tenant, view: View) -> int:
        """How many rows there are."""
        whole = view.condition is None and not self.parent
        return len(self.table(tenant)) if whole else super().count(tenant, view)

    def get(self, tenant: Tenant, view: View, key: str) -> Row | None:
        """One row by its id."""
        row = self.table(tenant).get(key)
        return None if row is None else self.complete(tenant, view, row)

    def find(self, tenant: Tenant, view: View, name: str, value: str) -> Row | None:
        """One row by an indexed property, for example `appId`."""
        row = next(iter(self.table(tenant).rows((name, value))), None)
        return None if row is None else self.complete(tenant, view, row)

    def complete(self, tenant: Tenant, view: View, row: Row) -> Row:
        """The row with everything it has on the wire."""
        return self._completion(tenant, view)(row)

    def _completion(self, tenant: Tenant, view: View) -> Callable[[Row], Row]:
        finish = self.finish(tenant, view) if self.finish else None
        if finish is None:
            return lambda row: shapes.complete(self.type, row, view.version)
        return lambda row: finish(shapes.complete(self.type, row, view.version))


@dataclass(frozen=True)
class RelatedSource(PlacedSource):
    """The users, groups and service principals that stand in a relation to one object, each as its type shows itself.

    Attributes:
        links: Finds the table of the relation.
        parent: Its property that holds the id of the object.
        child: Its property that holds the id of a related one.
    """

    links: Callable[[Tenant], Table]
    parent: str
    child: str

    def placed(self, tenant: Tenant, view: View, start: Place | None) -> Iterator[tuple[Place, Row]]:
        """The related objects behind a place; those that were deleted softly are not shown."""
        for place, link in self.links(tenant).after(start[0] if start else -1, (self.parent, view.parent)):
            found = tenant.directory.find(link[self.child])
            if found is not None:
                kind, row = found
                full = shapes.complete(kind, row, view.version)
                wanted = () if view.select else DEFAULT_PROPERTIES.get(kind, ())
                chosen = {key: full[key] for key in ("id", *wanted) if key in full} if wanted else full
                yield [place], {"@odata.type": f"#microsoft.graph.{kind}", **chosen}


@dataclass(frozen=True)
class DerivedSource(PlacedSource):
    """Rows that follow from the objects of a table and from other data: none, one or several for each object.

    Attributes:
        table: Finds the table.
        derive: The rows of one object.
    """

    table: Callable[[Tenant], Table]
    derive: Callable[[Tenant, View, Row], Iterable[Row]]

    def placed(self, tenant: Tenant, view: View, start: Place | None) -> Iterator[tuple[Place, Row]]:
        """The rows behind a place."""
        ordinal, passed = start or (0, -1)
        for place, row in self.table(tenant).after(ordinal - 1):
            for number, derived in enumerate(self.derive(tenant, view, row)):
                if (place, number) > (ordinal, passed) and view.accepts(derived):
                    yield [place, number], derived


class AuditSource(PlacedSource):
    """Directory audits, newest first unless ordered otherwise."""

    def placed(self, tenant: Tenant, view: View, start: Place | None) -> Iterator[tuple[Place, Row]]:
        """The events behind a place."""
        events = tenant.audits.rows()
        since, until = bounds(view.condition, "activityDateTime")
        low = bisect_left(events, since, key=itemgetter(0))
        high = bisect_left(events, min(until, view.visible_at - _AUDIT_DELAY + 1), key=itemgetter(0))
        downwards = view.order is None or view.order[1]
        if start is not None:
            passed = _position(events, *start)
            low, high = (low, min(high, passed)) if downwards else (max(low, passed + 1), high)
        for number in reversed(range(low, high)) if downwards else range(low, high):
            at, row = events[number]
            if view.accepts(row):
                yield [at, number], row


def _position(events: list[tuple[int, Row]], at: int, number: int) -> int:
    """Where the event that had this number is now; events that came late may have moved it."""
    unmoved = number < len(events) and events[number][0] == at
    return number if unmoved else bisect_left(events, at, key=itemgetter(0))


def _sorted(rows: Iterable[Row], name: str, downwards: bool) -> list[Row]:
    return sorted(rows, key=lambda row: str(row.get(name) or "").casefold(), reverse=downwards)
