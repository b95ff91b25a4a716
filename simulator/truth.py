"""What the simulator would serve, without HTTP: the truth that a copy of the tenant is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from simulator.directory import Row
from simulator.instants import ticks_of
from simulator.odata import filters
from simulator.routes import Collection, named
from simulator.views import DEFAULT_PROPERTIES, View

if TYPE_CHECKING:
    from simulator.tenant import Tenant

_WHOLE = 1 << 62
_CALL = re.compile(r"(?P<name>\w+)\(\w+='(?P<argument>\w+)'\)")


def rows(
    tenant: Tenant, name: str, *, kind: str | None, parent: str, select: Iterable[str] | None, version: str | None
) -> list[Row]:
    """The rows of a collection as a client gets them now; see `Tenant.rows`."""
    called = _CALL.fullmatch(name)
    if called:
        name, parent = called["name"], called["argument"]
    collection = named(name)
    chosen = None if select is None else tuple(select)
    if parent or "{id}" not in collection.path:
        return _rows(tenant, collection, _view(tenant, collection, kind, parent, chosen, version))
    by_parent = rows_by_parent(tenant, name, select=chosen, version=version)
    return [row for found in by_parent.values() for row in found]


def rows_by_parent(
    tenant: Tenant, name: str, *, select: Iterable[str] | None, version: str | None
) -> dict[str, list[Row]]:
    """The rows of the list that each object has; see `Tenant.rows_by_parent`."""
    collection = named(name)
    chosen = None if select is None else tuple(select)
    return {
        parent: _rows(tenant, collection, _view(tenant, collection, None, parent, chosen, version))
        for parent in _parents(tenant, collection)
    }


def count(tenant: Tenant, name: str, *, kind: str | None, parent: str, version: str | None) -> int:
    """How many rows a collection has now; see `Tenant.count`."""
    collection = named(name)
    parents = [parent] if parent or "{id}" not in collection.path else _parents(tenant, collection)
    views = (_view(tenant, collection, kind, parent, None, version) for parent in parents)
    return sum(collection.source.count(tenant, view) for view in views)


def _parents(tenant: Tenant, collection: Collection) -> list[str]:
    """The ids of the objects that have such a list, or the arguments of a function."""
    if collection.argument:
        return list(collection.arguments)
    found = named(collection.path[0]).source.page(tenant, View("v1.0", select=("id",)), None, _WHOLE)
    return [orjson.loads(row)["id"] for row in found.rows]


def _rows(tenant: Tenant, collection: Collection, view: View) -> list[Row]:
    return [orjson.loads(row) for row in collection.source.page(tenant, view, None, _WHOLE).rows]


def _view(
    tenant: Tenant,
    collection: Collection,
    kind: str | None,
    parent: str,
    select: tuple[str, ...] | None,
    version: str | None,
) -> View:
    condition = filters.Comparison("signInEventTypes", "eq", kind) if kind else None
    usual = DEFAULT_PROPERTIES.get(collection.type, ()) if collection.name == "users" else ()
    chosen = usual if select is None else select
    used = version or ("beta" if collection.type == "signIn" else collection.versions[0])
    return View(used, parent, condition, chosen, visible_at=ticks_of(tenant.now))
