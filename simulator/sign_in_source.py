"""Where sign-ins come from: pages of the log, by whatever of a filter its columns can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import orjson

from simulator import schema
from simulator.directory import Row
from simulator.odata.filters import Comparison, Either, Expression
from simulator.outcomes import KINDS
from simulator.sign_in_rows import located, render
from simulator.sign_ins import Key, Query, SignInLog
from simulator.views import Page, Place, View, bounds, conjuncts, dump, shown
from simulator.wire import bad_request

if TYPE_CHECKING:
    from simulator.tenant import Tenant

_USER_KINDS = frozenset(KINDS[:2])


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
    "userPrincipalName": ("actor", lambda log: [actor.sign_in_name for actor in log.actors]),
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
