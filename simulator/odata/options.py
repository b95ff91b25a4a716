"""The query options of a listing: read, checked against what the collection allows, and turned into a view."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator import schema
from simulator.instants import ticks_of
from simulator.odata import filters
from simulator.routes import Collection
from simulator.tenant import Tenant
from simulator.views import DEFAULT_PROPERTIES, Expansion, View
from simulator.wire import GraphError, Request, bad_request

_ALWAYS = frozenset({"$top", "$count", "$skiptoken", "$deltatoken", "$format"})
_NOT_ALLOWED = (
    "Query option '{}' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute "
    "or QueryValidationSettings."
)
# Operators that the directory supports as an advanced query only.
_ADVANCED = frozenset({"ne", "not", "endswith"})
# Lives outside the directory: pages with it are smaller.
ACTIVITY = "signInActivity"
_ACTIVITY_TOP = 500
_EXPAND = re.compile(r"(?P<name>\w+)(\(\$select=(?P<select>[\w,]+)\))?")
# Kept outside the directory: cannot be listed.
_NOT_LISTED = frozenset({"aboutMe", "birthday", "hireDate", "interests", "mailboxSettings", "mySite", "pastProjects", "preferredName", "responsibilities", "schools", "skills"})  # fmt: skip
# The types behind an abstract one, of which a selection may name any property.
_MADE_OF = {"directoryObject": ("user", "group", "servicePrincipal")}
# Relations that a delta query selects like properties.
_RELATIONS = {"user": frozenset({"manager"}), "group": frozenset({"members", "owners"})}


@dataclass(frozen=True)
class Listing:
    """A checked request for a page.

    Attributes:
        view: What is asked for.
        size: Rows of a page.
        counted: Whether the first page tells the total.
    """

    view: View
    size: int
    counted: bool


def read(request: Request, collection: Collection, tenant: Tenant, version: str, parent: str) -> Listing:
    """Understand the options of a request.

    Raises:
        GraphError: Graph would refuse them.
    """
    query = {key if key.startswith("$") else f"${key}": value for key, value in request.query.items()}
    query = {key.lower(): value for key, value in query.items()}
    _check_names(query, collection)
    advanced = not collection.is_report and _is_advanced(request, query)
    condition = _condition(query.get("$filter"), collection, version, advanced=advanced)
    order = _order(query.get("$orderby"), collection, advanced=advanced, filtered=condition is not None)
    select = _select(query.get("$select"), collection, version)
    expansion = _expansion(query.get("$expand"), collection, advanced=advanced)
    view = View(version, parent, condition, select, order, ticks_of(tenant.clock.now()), expansion)
    return Listing(view, _size(query.get("$top"), collection, view), advanced and query.get("$count") == "true")


def _is_advanced(request: Request, query: dict[str, str]) -> bool:
    eventual = request.headers.get("consistencylevel", "").lower() == "eventual"
    return eventual and query.get("$count", "").lower() == "true"


def _check_names(query: dict[str, str], collection: Collection) -> None:
    for name in query:
        if name == "$search" and not collection.is_report:
            raise bad_request("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'", "Request_UnsupportedQuery")  # fmt: skip
        if name not in _ALWAYS | collection.options:
            raise bad_request(_NOT_ALLOWED.format(name.lstrip("$").capitalize()))


def _condition(text: str | None, collection: Collection, version: str, *, advanced: bool) -> filters.Expression | None:
    if text is None:
        return None
    condition = filters.parse(text)
    allowed = schema.filters(collection.type, version)
    _check_mixture({path.split("/")[0] for path, _ in condition.uses()}, collection)
    for path, used in condition.uses():
        _check_use(path, used, collection, version, allowed)
        if used in _ADVANCED and not collection.is_report and not advanced:
            raise bad_request(f"Operator '{used}' is not supported because the required 'ConsistencyLevel: eventual' header and '$count=true' are missing.", "Request_UnsupportedQuery")  # fmt: skip
    return condition


def _check_mixture(names: set[str], collection: Collection) -> None:
    if collection.type == "user" and ACTIVITY in names and len(names) > 1:
        raise bad_request(
            f"'{ACTIVITY}' cannot be filtered together with other properties.", "Request_UnsupportedQuery"
        )


def _check_use(path: str, used: str, collection: Collection, version: str, allowed: dict[str, frozenset[str]]) -> None:
    first = path.split("/", maxsplit=1)[0]
    if first not in schema.names(collection.type, version):
        raise bad_request(f"Could not find a property named '{path}' on type 'microsoft.graph.{collection.type}'.")
    if used not in allowed.get(path, frozenset()):
        raise bad_request(f"Unsupported or invalid query filter clause specified for property '{path}' of resource '{collection.type}'.", "Request_UnsupportedQuery")  # fmt: skip


def _order(text: str | None, collection: Collection, *, advanced: bool, filtered: bool) -> tuple[str, bool] | None:
    if text is None:
        return None
    name, _, direction = text.strip().partition(" ")
    known = name in collection.orders or (advanced and name in {"displayName", "createdDateTime"})
    alone = collection.is_report or advanced or not filtered
    if not known or not alone or direction.strip().lower() not in {"", "asc", "desc"}:
        raise bad_request("Sorting not supported for current query.", "Request_UnsupportedQuery")
    return name, direction.strip().lower() == "desc"


def _select(text: str | None, collection: Collection, version: str) -> tuple[str, ...]:
    if text is None:
        return DEFAULT_PROPERTIES.get(collection.type, ()) if collection.path[-1] == "users" else ()
    known = frozenset().union(
        *(schema.names(name, version) for name in _MADE_OF.get(collection.type, (collection.type,)))
    )
    known |= _RELATIONS.get(collection.type, frozenset())
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name in _NOT_LISTED:
            raise GraphError(501, "NotImplemented", "This operation target is not yet supported.")
        if name.split("/")[0] not in known and not name.startswith("@"):
            raise bad_request(f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{collection.type}'.")  # fmt: skip
    return names


def _expansion(text: str | None, collection: Collection, *, advanced: bool) -> Expansion | None:
    if text is None:
        return None
    if advanced:
        raise bad_request("$expand is not supported in combination with advanced queries.", "Request_UnsupportedQuery")
    found = _EXPAND.fullmatch(text.replace(" ", ""))
    source = collection.expands.get(found["name"]) if found else None
    if found is None or source is None:
        raise bad_request(f"Parsing OData Select and Expand failed: '{text}' cannot be expanded on type 'microsoft.graph.{collection.type}'.")  # fmt: skip
    return Expansion(found["name"], source, tuple((found["select"] or "").split(",")) if found["select"] else ())


def _size(text: str | None, collection: Collection, view: View) -> int:
    activity = collection.type == "user" and view.uses(ACTIVITY)
    top = _ACTIVITY_TOP if activity else collection.top
    if text is None:
        return min(collection.page, top)
    # Pages of the logs are as big as they can be; the directory refuses to be asked for more.
    limit = None if collection.is_report or activity else collection.top
    if not text.isdigit() or int(text) == 0 or (limit is not None and int(text) > limit):
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and {top} inclusive.", "Request_BadRequest")  # fmt: skip
    return min(int(text), top)
