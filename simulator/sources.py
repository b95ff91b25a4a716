"""Where the rows of a collection come from: pages of ready JSON, a count, one object.

A *view* says what is asked for; a *place* is where a page begins, a list of numbers a skip token can carry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import orjson

from simulator import instants, schema, shapes
from simulator.directory import Row, Table
from simulator.odata.filters import Both, Comparison, Either, Expression, Instant
from simulator.outcomes import KINDS
from simulator.sign_in_rows import located, render
from simulator.sign_ins import Key, Query, SignInLog
from simulator.wire import bad_request

if TYPE_CHECKING:
    from simulator.tenant import Tenant

Place = Sequence[int]
_USER_KINDS = frozenset(KINDS[:2])


@dataclass(frozen=True)
class View:
    """What is asked of a collection.

    Attributes:
        version: `v1.0` or `beta`.
        parent: Id of the object whose list it is; empty for lists of the tenant.
        condition: The parsed `$filter`.
        select: Properties to show; all when empty.
        order: Property to sort by and whether downwards.
        visible_at: The present in ticks.
    """

    version: str
    parent: str = ""
    condition: Expression | None = None
    select: tuple[str, ...] = ()
    order: tuple[str, bool] | None = None
    visible_at: int = 0

    def accepts(self, row: Row) -> bool:
        """Whether the filter lets the row through."""
        return self.condition is None or self.condition.test(row)


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


@dataclass(frozen=True)
class TableSource:
    """Rows of a table of the directory.

    Attributes:
        table: Finds the table.
        type: The Graph type of the rows.
        parent: The indexed property that holds the id of the parent, for lists of one object.
        finish: Adds what the table does not hold.
    """

    table: Callable[[Tenant], Table]
    type: str
    parent: str = ""
    finish: Callable[[Tenant, View, Row], Row] = field(default=lambda _tenant, _view, row: row)

    def page(self, tenant: Tenant, view: View, start: Place | None, size: int) -> Page:
        """The page of at most `size` rows that begins at a place."""
        ordinal = start[0] if start else -1
        found = list(islice(self._placed(tenant, view, ordinal), size + 1))
        rows = [dump(shown(row, view)) for _, row in found[:size]]
        return Page(rows, [found[size - 1][0]] if len(found) > size and size else None)

    def count(self, tenant: Tenant, view: View) -> int:
        """How many rows there are."""
        return sum(1 for _ in self._placed(tenant, view, -1))

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
        return self.finish(tenant, view, shapes.complete(self.type, row, view.version))

    def _placed(self, tenant: Tenant, view: View, ordinal: int) -> Iterator[tuple[int, Row]]:
        where = (self.parent, view.parent) if self.parent else None
        table = self.table(tenant)
        if view.order is not None:
            name, downwards = view.order
            rows = (self.complete(tenant, view, row) for row in table.rows(where))
            ordered = sorted(
                filter(view.accepts, rows), key=lambda row: str(row.get(name) or "").casefold(), reverse=downwards
            )
            return islice(enumerate(ordered), ordinal + 1, None)
        completed = ((place, self.complete(tenant, view, row)) for place, row in table.after(ordinal, where))
        return ((place, row) for place, row in completed if view.accepts(row))


class MemberSource:
    """The members of a group: users, groups and service principals, each as its type shows itself."""

    def page(self, tenant: Tenant, view: View, start: Place | None, size: int) -> Page:
        """The page of at most `size` members that begins at a place."""
        found = list(islice(self._placed(tenant, view, start[0] if start else -1), size + 1))
        rows = [dump(row) for _, row in found[:size]]
        return Page(rows, [found[size - 1][0]] if len(found) > size and size else None)

    def count(self, tenant: Tenant, view: View) -> int:
        """How many members there are."""
        return sum(1 for _ in self._placed(tenant, view, -1))

    def get(self, tenant: Tenant, view: View, key: str) -> Row | None:  # noqa: ARG002 - one shape for all sources
        """Members are not read one by one."""
        return None

    def _placed(self, tenant: Tenant, view: View, ordinal: int) -> Iterator[tuple[int, Row]]:
        members = tenant.directory.members.after(ordinal, ("groupId", view.parent))
        for place, membership in members:
            found = tenant.directory.find(membership["memberId"])
            if found is not None:
                kind, row = found
                full = shapes.complete(kind, row, view.version)
                wanted = view.select or DEFAULT_PROPERTIES.get(kind, ())
                chosen = {key: full[key] for key in ("id", *wanted) if key in full} if wanted else full
                yield place, {"@odata.type": f"#microsoft.graph.{kind}", **chosen}


class AuditSource:
    """Directory audits, newest first unless ordered otherwise."""

    def page(self, tenant: Tenant, view: View, start: Place | None, size: int) -> Page:
        """The page of at most `size` events that begins at a place."""
        found = list(islice(self._rows(tenant, view, start), size + 1))
        rows = [dump(shown(row, view)) for _, row in found[:size]]
        return Page(rows, list(found[size - 1][0]) if len(found) > size and size else None)

    def count(self, tenant: Tenant, view: View) -> int:
        """How many events there are."""
        return sum(1 for _ in self._rows(tenant, view, None))

    def get(self, tenant: Tenant, view: View, key: str) -> Row | None:
        """One event by its id."""
        return next((row for _, row in self._rows(tenant, view, None) if row["id"] == key), None)

    def _rows(self, tenant: Tenant, view: View, start: Place | None) -> Iterator[tuple[tuple[int, int], Row]]:
        since, until = bounds(view.condition, "activityDateTime")
        downwards = view.order is None or view.order[1]
        placed = [((at, number), row) for number, (at, row) in enumerate(tenant.audits.rows())]
        for place, row in reversed(placed) if downwards else placed:
            passed = start is not None and (place >= tuple(start) if downwards else place <= tuple(start))
            # An audit event shows up a minute after it happened.
            arrived = place[0] + 60 * instants.TICKS_PER_SECOND <= view.visible_at
            if not passed and arrived and since <= place[0] < until and view.accepts(row):
                yield place, row


class SignInSource:
    """Sign-ins, newest first unless ordered otherwise; v1.0 knows interactive ones only."""

    def page(self, tenant: Tenant, view: View, start: Place | None, size: int) -> Page:
        """The page of at most `size` sign-ins that begins at a place."""
        if _is_plain(view):
            keys = list(islice(self._keys(tenant, view, start, size + 1), size + 1))
            rows = render(tenant.sign_ins, keys[:size], tenant.seed, tenant.id)
        else:
            pairs = list(islice(self._rows(tenant, view, start, size + 1), size + 1))
            keys = [key for key, _ in pairs]
            rows = [dump(shown(row, view)) for _, row in pairs[:size]]
        return Page(rows, list(keys[size - 1]) if len(keys) > size and size else None)

    def count(self, tenant: Tenant, view: View) -> int:
        """How many sign-ins there are."""
        if _rest(view) is None:
            return tenant.sign_ins.count(_query(tenant, view))
        return sum(1 for _ in self._rows(tenant, view, None, 1000))

    def get(self, tenant: Tenant, view: View, key: str) -> Row | None:
        """One sign-in by its id."""
        found = located(tenant.sign_ins, key, tenant.seed)
        if found is None or (view.version == "v1.0" and found.kind):
            return None
        return _row(render(tenant.sign_ins, [found], tenant.seed, tenant.id)[0], view.version)

    def _keys(self, tenant: Tenant, view: View, start: Place | None, size: int) -> Iterator[Key]:
        return tenant.sign_ins.read(_query(tenant, view), Key(*start) if start else None, size)

    def _rows(self, tenant: Tenant, view: View, start: Place | None, size: int) -> Iterator[tuple[Key, Row]]:
        keys = self._keys(tenant, view, start, size)
        while batch := list(islice(keys, 1000)):
            for key, body in zip(batch, render(tenant.sign_ins, batch, tenant.seed, tenant.id), strict=True):
                row = _row(body, view.version)
                if view.accepts(row):
                    yield key, row


# What a list of these types shows when nothing is selected.
DEFAULT_PROPERTIES: dict[str, tuple[str, ...]] = {
    "user": (
        "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
        "preferredLanguage", "surname", "userPrincipalName",
    ),
}  # fmt: skip


def shown(row: Row, view: View) -> Row:
    """The row with the selected properties only; the id is always there."""
    if not view.select:
        return row
    return {key: row[key] for key in dict.fromkeys(("id", *view.select)) if key in row}


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


def _is_plain(view: View) -> bool:
    return not view.select and view.version == "beta" and _rest(view) is None


def _rest(view: View) -> Expression | None:
    """The first condition that the columns of the log cannot answer."""
    for part in conjuncts(view.condition):
        if _kinds_of(part) is None and not (isinstance(part, Comparison) and _is_column(part)):
            return part
    return None


def _is_column(part: Comparison) -> bool:
    by_value = part.path in _COLUMN_OF or part.path == "status/errorCode"
    return part.path == "createdDateTime" or (by_value and part.operator == "eq" and part.value is not None)


# Properties the columns of the log answer: path → column, and what the entries of the log show there.
_COLUMN_OF: dict[str, tuple[str, Callable[[SignInLog], list[str]]]] = {
    "userId": ("actor", lambda log: [actor.id for actor in log.actors]),
    "userPrincipalName": ("actor", lambda log: [actor.user_principal_name for actor in log.actors]),
    "userDisplayName": ("actor", lambda log: [actor.display_name for actor in log.actors]),
    "appId": ("client", lambda log: [client.app_id for client in log.clients]),
    "resourceId": ("resource", lambda log: [resource.app_id for resource in log.resources]),
}


def _query(tenant: Tenant, view: View) -> Query:
    since, until = bounds(view.condition, "createdDateTime")
    newest_first = view.order is None or view.order[1]
    return Query(_kinds(view), view.visible_at, since, until, newest_first, _equal(tenant, view))


def _equal(tenant: Tenant, view: View) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for part in conjuncts(view.condition):
        if isinstance(part, Comparison) and part.path in _COLUMN_OF and _is_column(part):
            column, shown_by = _COLUMN_OF[part.path]
            wanted = str(part.value).casefold()
            entries = enumerate(shown_by(tenant.sign_ins))
            codes = frozenset(number for number, text in entries if text.casefold() == wanted)
        elif isinstance(part, Comparison) and part.path == "status/errorCode":
            column, codes = "error", frozenset({part.value} if isinstance(part.value, int) else ())
        else:
            continue
        found[column] = found.get(column, codes) & codes
    return found


def _kinds(view: View) -> tuple[int, ...]:
    if view.version == "v1.0":
        return (0,)
    chosen = [kinds for part in conjuncts(view.condition) if (kinds := _kinds_of(part)) is not None]
    if not chosen:
        return (0,)
    wanted = frozenset.intersection(*chosen)
    if wanted & _USER_KINDS and wanted - _USER_KINDS:
        raise bad_request(
            "Sign-ins of users cannot be combined with those of service principals or managed identities."
        )
    return tuple(number for number, kind in enumerate(KINDS) if kind in wanted)


def _kinds_of(part: Expression) -> frozenset[str] | None:
    """The kinds of sign-in that one condition is about; None when it is about something else."""
    if isinstance(part, Either):
        left, right = _kinds_of(part.left), _kinds_of(part.right)
        return None if left is None or right is None else left | right
    if not isinstance(part, Comparison) or part.path != "signInEventTypes":
        return None
    named = frozenset({part.value} if isinstance(part.value, str) else ())
    return named if part.operator == "eq" else frozenset(KINDS) - named


def _row(body: bytes, version: str) -> Row:
    row: Row = orjson.loads(body)
    if version == "beta":
        return row
    return {**schema.pruned(row, "signIn", version), "riskEventTypes": []}
