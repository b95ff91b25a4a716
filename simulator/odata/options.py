"""The query options of a listing: read, checked against what the collection allows, and turned into a view."""

from __future__ import annotations

from dataclasses import dataclass

from simulator import schema
from simulator.instants import ticks_of
from simulator.odata import filters
from simulator.routes import Collection
from simulator.sources import DEFAULT_PROPERTIES, View
from simulator.tenant import Tenant
from simulator.wire import GraphError, Request, bad_request

_ALWAYS = frozenset({"$top", "$count", "$skiptoken", "$deltatoken", "$format"})
_NOT_ALLOWED = (
    "Query option '{}' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute "
    "or QueryValidationSettings."
)
# Operators that the directory supports as an advanced query only.
_ADVANCED = frozenset({"ne", "not", "endswith"})
_ACTIVITY_TOP = 500
# Kept outside the directory: cannot be listed.
_NOT_LISTED = frozenset({"aboutMe", "birthday", "hireDate", "interests", "mailboxSettings", "mySite", "pastProjects", "preferredName", "responsibilities", "schools", "skills"})  # fmt: skip
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
    view = View(version, parent, condition, select, order, ticks_of(tenant.clock.now()))
    return Listing(view, _size(query.get("$top"), collection, select), advanced and query.get("$count") == "true")


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
    for path, used in condition.uses():
        _check_use(path, used, collection, version, allowed)
        if used in _ADVANCED and not collection.is_report and not advanced:
            raise bad_request(f"Operator '{used}' is not supported because the required 'ConsistencyLevel: eventual' header and '$count=true' are missing.", "Request_UnsupportedQuery")  # fmt: skip
    return condition


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
    known = schema.names(collection.type, version)
    known |= _RELATIONS.get(collection.type, frozenset())
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name in _NOT_LISTED:
            raise GraphError(501, "NotImplemented", "This operation target is not yet supported.")
        if name.split("/")[0] not in known and not name.startswith("@"):
            raise bad_request(f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{collection.type}'.")  # fmt: skip
    return names


def _size(text: str | None, collection: Collection, select: tuple[str, ...]) -> int:
    top = _ACTIVITY_TOP if "signInActivity" in select else collection.top
    if text is None:
        return min(collection.page, top)
    if not text.isdigit() or int(text) == 0:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and {top} inclusive.", "Request_BadRequest")  # fmt: skip
    if int(text) > top and not collection.is_report:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and {top} inclusive.", "Request_BadRequest")  # fmt: skip
    return min(int(text), top)
