"""The real names and ids a pretended tenant is made of: Microsoft's APIs and apps, and known SaaS products."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from simulator import ids

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
EXCHANGE_APP_ID = "00000002-0000-0ff1-ce00-000000000000"
SHAREPOINT_APP_ID = "00000003-0000-0ff1-ce00-000000000000"
MICROSOFT_TENANT_ID = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"


@dataclass(frozen=True)
class Permission:
    """One permission of an API: an app role (`role`) or a delegated scope (`scope`)."""

    kind: str
    id: str
    value: str
    display_name: str
    consent: str


@dataclass(frozen=True)
class MicrosoftApp:
    """An app that Microsoft owns."""

    app_id: str
    name: str
    owner_tenant_id: str


@dataclass(frozen=True)
class DirectoryRole:
    """A built-in role of Entra; `action` is one of the actions it allows."""

    id: str
    name: str
    description: str
    is_privileged: bool
    action: str


@dataclass(frozen=True)
class Product:
    """A SaaS product that integrates with Microsoft 365."""

    app_id: str
    name: str
    publisher: str
    website: str
    certification: str


@cache
def permissions(app_id: str) -> tuple[Permission, ...]:
    """The permissions of an API; empty when the app publishes none."""
    if app_id == GRAPH_APP_ID:
        rows = _table("graph-permissions.csv")
        return tuple(Permission(r["kind"], r["id"], r["value"], r["display_name"], r["consent"]) for r in rows)
    found = {(r["kind"], r["value"]): r for r in _table("api-permissions.csv") if r["resource_app_id"] == app_id}
    return tuple(Permission(r["kind"], r["id"], r["value"], r["value"], "Admin") for r in found.values())


@cache
def permission(app_id: str, kind: str, value: str) -> Permission:
    """The permission of an API with this value.

    Raises:
        LookupError: The API has no such permission.
    """
    for found in permissions(app_id):
        if found.kind == kind and found.value == value:
            return found
    raise LookupError(f"the API {app_id} has no {kind} '{value}'")


@cache
def microsoft_apps() -> tuple[MicrosoftApp, ...]:
    """Microsoft's own apps; the APIs with permissions come first."""
    rows = [MicrosoftApp(r["app_id"], r["display_name"], r["owner_tenant_id"]) for r in _table("microsoft-apps.csv")]
    known = {row.app_id for row in rows}
    apis = {GRAPH_APP_ID: "Microsoft Graph"} | {
        r["resource_app_id"]: r["resource_name"] for r in _table("api-permissions.csv")
    }
    missing = [MicrosoftApp(key, name, MICROSOFT_TENANT_ID) for key, name in apis.items() if key not in known]
    return tuple(sorted(missing + rows, key=lambda row: row.app_id not in apis))


@cache
def directory_roles() -> tuple[DirectoryRole, ...]:
    """Entra's built-in roles."""
    rows = _table("directory-roles.csv")
    return tuple(
        DirectoryRole(r["id"], r["name"], r["description"], r["privileged"] == "yes", r["action"]) for r in rows
    )


@cache
def products() -> tuple[Product, ...]:
    """Known SaaS products with their real app ids."""
    rows = _table("saas-catalogue.csv")
    return tuple(
        Product(r["app_id"], r["display_name"], r["publisher"], r["website"], r["certification"]) for r in rows
    )


def product(number: int) -> Product:
    """The product with this number: a real one while they last, then an invented one."""
    known = products()
    if number < len(known):
        return known[number]
    base = known[number % len(known)]
    name = f"{base.name} {number // len(known) + 1}"
    return Product(ids.guid("product", number), name, base.publisher, base.website, "")


@cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    text = files("simulator").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
