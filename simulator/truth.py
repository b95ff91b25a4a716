"""What the simulator would serve, without HTTP: the truth that a copy of the tenant is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from simulator.directory import Row
from simulator.instants import ticks_of
from simulator.odata import filters
from simulator.routes import Collection, named
from simulator.sources import DEFAULT_PROPERTIES, View

if TYPE_CHECKING:
    from simulator.tenant import Tenant

_WHOLE = 1 << 62


def rows(
    tenant: Tenant, name: str, *, kind: str | None, parent: str, select: Iterable[str] | None, version: str | None
) -> list[Row]:
    """The rows of a collection as a client gets them now; see `Tenant.rows`."""
    collection = named(name)
    if parent or "{id}" not in collection.path:
        return _rows(tenant, collection, _view(tenant, collection, kind, parent, select, version))
    parents = named(collection.path[0]).source
    every = parents.page(tenant, View("v1.0", select=("id",)), None, _WHOLE).rows
    views = [_view(tenant, collection, kind, orjson.loads(row)["id"], select, version) for row in every]
    return [row for view in views for row in _rows(tenant, collection, view)]


def count(tenant: Tenant, name: str, *, kind: str | None, parent: str, version: str | None) -> int:
    """How many rows a collection has now; see `Tenant.count`."""
    collection = named(name)
    if parent or "{id}" not in collection.path:
        return collection.source.count(tenant, _view(tenant, collection, kind, parent, None, version))
    return len(rows(tenant, name, kind=kind, parent=parent, select=None, version=version))


def _rows(tenant: Tenant, collection: Collection, view: View) -> list[Row]:
    return [orjson.loads(row) for row in collection.source.page(tenant, view, None, _WHOLE).rows]


def _view(
    tenant: Tenant,
    collection: Collection,
    kind: str | None,
    parent: str,
    select: Iterable[str] | None,
    version: str | None,
) -> View:
    condition = filters.Comparison("signInEventTypes", "eq", kind) if kind else None
    usual = DEFAULT_PROPERTIES.get(collection.type, ()) if collection.name == "users" else ()
    chosen = usual if select is None else tuple(select)
    used = version or ("beta" if collection.type == "signIn" else "v1.0")
    return View(used, parent, condition, chosen, visible_at=ticks_of(tenant.now))
