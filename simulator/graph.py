"""Microsoft Graph itself: who may ask, which collection is meant, and the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from simulator import batch, delta
from simulator.founding import PREMIUM, WORKLOAD_PREMIUM
from simulator.identity import Identity
from simulator.odata import options
from simulator.odata.tokens import Tokens
from simulator.routes import COLLECTIONS, Collection
from simulator.sources import TableSource
from simulator.tenant import Tenant
from simulator.throttling import Throttle, weight
from simulator.views import Place, View, dump, expanded
from simulator.wire import TEXT, Answer, GraphError, Request, bad_request, error_answer, json_answer, not_found

VERSIONS = ("v1.0", "beta")
_AUDIT_ROLE = "AuditLog.Read.All"
_KEYED = re.compile(r"(?P<name>[^()]+)\((?:(?P<property>\w+)=)?'(?P<value>[^']*)'\)")
# The namespace and the empty call that a delta function may be written with.
_CALL = re.compile(r"^(microsoft\.graph\.)?delta(\(\))?$", re.IGNORECASE)

_NO_LICENCE = {
    PREMIUM: GraphError(
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    ),
    WORKLOAD_PREMIUM: GraphError(403, "Forbidden", "Your tenant is not licensed for this feature."),
}


@dataclass(frozen=True)
class Target:
    """What a path means.

    Attributes:
        version: `v1.0` or `beta`.
        collection: The list.
        parent: The key in the middle of the path, empty for lists of the tenant.
        key: The key at its end, empty when the list is meant.
        property: The property that `key`, or else `parent`, is a value of.
        verb: `list`, `get`, `count` or `delta`.
    """

    version: str
    collection: Collection
    parent: str = ""
    key: str = ""
    property: str = "id"
    verb: str = "list"


class Graph:
    """Answers requests to Microsoft Graph for one tenant.

    Args:
        tenant: Whose data it is.
        identity: Knows the access tokens.
        throttle: Knows the limits; None lets everything through.
        lacks: Paths with their version that this cloud does not have, for example `/v1.0/auditLogs/signIns`.
    """

    def __init__(
        self, tenant: Tenant, identity: Identity, throttle: Throttle | None, lacks: Iterable[str] = ()
    ) -> None:
        self._lacks = [_segments(path.lower()) for path in lacks]
        self._tenant = tenant
        self._identity = identity
        self._throttle = throttle
        self._tokens = Tokens(tenant.registration.secret)
        # What stands between a request and its answer; the parts of a batch go through it one by one.
        self.around: Callable[[Request, Callable[[Request], Answer]], Answer] = lambda request, answer: answer(request)
        self._verbs: dict[str, Callable[[Request, Target], Answer]] = {
            "list": self._list,
            "get": self._get,
            "count": self._count,
            "delta": self._delta,
        }

    def answer(self, request: Request) -> Answer:
        """The answer to one request, errors included."""
        told: dict[str, str] = {}
        try:
            roles = self._identity.roles_of(request)
            if request.path.split("/")[2:] == ["$batch"]:
                return self._batch(request)
            target = self._target(request)
            self._allow(target, roles, request)
            told = weight(target.collection, request)
            if self._throttle is not None:
                told |= self._throttle.charge(target.collection, request)
            answer = self._verbs[target.verb](request, target)
        except GraphError as error:
            answer = error_answer(request, error)
        return replace(answer, headers={**answer.headers, **told})

    def _target(self, request: Request) -> Target:
        segments = _segments(request.path)
        asked = [segment.lower() for segment in segments]
        if any(asked[: len(absent)] == absent for absent in self._lacks):
            raise GraphError(404, "ResourceNotFound", "The resource could not be found in this cloud.")
        if not segments or segments[0] not in VERSIONS:
            raise bad_request(f"Invalid version: {segments[0] if segments else ''}")
        target = find(segments[0], segments[1:])
        if request.method != "GET":
            raise GraphError(405, "Request_BadRequest", f"Specified HTTP method is not allowed for the request target: {request.method}.")  # fmt: skip
        return target

    def _allow(self, target: Target, roles: frozenset[str], request: Request) -> None:
        collection = target.collection
        if roles.isdisjoint(collection.roles):
            raise _missing_permission(collection)
        licence = collection.licence
        if collection.type == "user" and _reads_activity(request):
            licence = PREMIUM
            if _AUDIT_ROLE not in roles:
                raise _without_role(_AUDIT_ROLE)
        if licence and licence not in self._tenant.licences:
            raise _NO_LICENCE[licence]

    def _list(self, request: Request, target: Target) -> Answer:
        listing = options.read(request, target.collection, self._tenant, target.version, self._parent(target))
        token = request.query.get("$skiptoken")
        start: Place | None = self._tokens.read(_purpose(target), token) if token else None
        size = 0 if request.empty_page else listing.size
        page = target.collection.source.page(self._tenant, listing.view, start, size)
        head: dict[str, Any] = {"@odata.context": self._context(request, target, listing.view)}
        if listing.counted and not token:
            head["@odata.count"] = target.collection.source.count(self._tenant, listing.view)
        if request.empty_page or page.next is not None:
            head["@odata.nextLink"] = self._next(request, target, start if request.empty_page else page.next)
        return Answer(200, body_of(head, page.rows))

    def _next(self, request: Request, target: Target, place: Place | None) -> str:
        token = self._tokens.make(_purpose(target), place, hexadecimal=target.collection.is_report)
        kept = {key: value for key, value in request.query.items() if key != "$skiptoken"}
        return url(request, {**kept, "$skiptoken": token})

    def _get(self, request: Request, target: Target) -> Answer:
        view = options.read(request, target.collection, self._tenant, target.version, "").view
        row = self._find(target, view)
        if row is None:
            raise not_found(target.key)
        context = self._context(request, target, view) + "/$entity"
        return Answer(200, dump({"@odata.context": context, **expanded(self._tenant, view, row)}))

    def _count(self, request: Request, target: Target) -> Answer:
        if request.headers.get("consistencylevel", "").lower() != "eventual":
            raise bad_request("$count is not currently supported.", "Request_BadRequest")
        if not _takes_text(request.headers.get("accept", "")):
            raise GraphError(415, "Request_BadRequest", "A supported MIME type could not be found that matches the content type of the response.")  # fmt: skip
        if target.collection.type == "user" and _reads_activity(request):
            raise GraphError(502, "UnknownError", "")
        advanced = replace(request, query={**request.query, "$count": "true"})
        listing = options.read(advanced, target.collection, self._tenant, target.version, self._parent(target))
        total = target.collection.source.count(self._tenant, listing.view)
        return Answer(200, str(total).encode(), TEXT)

    def _delta(self, request: Request, target: Target) -> Answer:
        return delta.answer(request, self._tenant, self._tokens, target.collection, target.version)

    def _parent(self, target: Target) -> str:
        """The id of the parent, which may have been named by another key."""
        if not target.parent:
            return ""
        if target.collection.argument:
            return self._argument(target)
        parents = find(target.version, [target.collection.path[0], target.parent])
        parents = replace(parents, property=target.property)
        row = self._find(parents, View(target.version))
        if row is None:
            raise not_found(parents.key)
        return str(row["id"])

    def _argument(self, target: Target) -> str:
        """The argument of a function, one of those it takes."""
        if target.parent not in target.collection.arguments or target.property != target.collection.argument:
            raise bad_request(f"Invalid value '{target.parent}' of the function parameter '{target.property}'.")
        return target.parent

    def _find(self, target: Target, view: View) -> dict[str, Any] | None:
        source = target.collection.source
        row = source.get(self._tenant, view, target.key) if target.property == "id" else None
        by = {"users": "userPrincipalName"}.get(target.collection.name) if target.property == "id" else target.property
        if row is None and by and isinstance(source, TableSource):
            row = source.find(self._tenant, view, by, target.key)
        return row

    def _context(self, request: Request, target: Target, view: View) -> str:
        name = target.collection.context.replace("{id}", view.parent)
        chosen = request.query.get("$select")
        return f"{request.base_url}/{target.version}/$metadata#{name}{f'({chosen})' if chosen else ''}"

    def _batch(self, request: Request) -> Answer:
        if request.method != "POST":
            raise GraphError(405, "Request_BadRequest", "$batch takes POST only.")
        version = request.path.split("/")[1]
        asked = [(part["id"], batch.sub_request(request, version, part)) for part in batch.parts(request.body)]
        answers = [batch.sub_answer(key, self.around(part, self.answer)) for key, part in asked]
        return json_answer({"responses": answers})


def find(version: str, segments: list[str]) -> Target:
    """What the segments behind the version mean.

    Raises:
        GraphError: Graph has no such resource.
    """
    plain, properties = _plain(segments)
    verb = "list"
    if plain and plain[-1].lower() == "$count":
        verb = "count"
    elif plain and _CALL.match(plain[-1]):
        verb = "delta"
    core = plain if verb == "list" else plain[:-1]
    for collection in COLLECTIONS:
        if version not in collection.versions:
            continue
        if (target := _match(version, collection, core, verb)) and (verb != "delta" or collection.has_delta):
            return replace(target, property=properties.get(target.key or target.parent, "id"))
    name = segments[0] if segments else ""
    raise bad_request(f"Resource not found for the segment '{segments[-1] if segments else name}'.")


def url(request: Request, query: dict[str, str]) -> str:
    """The absolute address of the same path with other options."""
    text = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
    return f"{request.base_url}{quote(request.path)}" + (f"?{text}" if text else "")


def body_of(head: dict[str, Any], rows: list[bytes]) -> bytes:
    """The body of a page: annotations first, then the rows."""
    return dump(head)[:-1] + b',"value":[' + b",".join(rows) + b"]}"


def _plain(segments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Segments with keys in parentheses written as segments of their own, and which property each key is of."""
    found: list[str] = []
    properties: dict[str, str] = {}
    for segment in segments:
        keyed = _KEYED.fullmatch(segment)
        if keyed is None:
            found.append(segment)
        else:
            found += [keyed["name"], keyed["value"]]
            properties[keyed["value"]] = keyed["property"] or "id"
    return found, properties


def _match(version: str, collection: Collection, segments: list[str], verb: str) -> Target | None:
    path = collection.path
    same = [a == "{id}" or a.lower() == b.lower() for a, b in zip(path, segments, strict=False)]
    if not all(same) or len(segments) < len(path):
        return None
    parent = segments[path.index("{id}")] if "{id}" in path else ""
    if len(segments) == len(path):
        return Target(version, collection, parent, verb=verb)
    if len(segments) == len(path) + 1 and not parent and verb == "list":
        return Target(version, collection, "", segments[-1], verb="get")
    return None


def _purpose(target: Target) -> str:
    """What a skip token is good for: one list of one version."""
    return f"{target.version}/{'/'.join(target.collection.path)}/{target.parent}"


def _missing_permission(collection: Collection) -> GraphError:
    if collection.is_report:
        return _without_role(collection.roles[0])
    if collection.service == "identityProtection":
        message = "You cannot perform the requested operation, required scopes are missing in the token."
        return GraphError(403, "Forbidden", message)
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def _without_role(role: str) -> GraphError:
    """How the services of logs and reports refuse an app."""
    message = f"The principal does not have required Microsoft Graph permission(s): {role} to call this API."
    return GraphError(403, "Authentication_MSGraphPermissionMissing", message)


def _reads_activity(request: Request) -> bool:
    return any(options.ACTIVITY in request.query.get(name, "") for name in ("$select", "$filter"))


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _takes_text(accept: str) -> bool:
    """Whether an answer in plain text is wanted."""
    return not accept or any(kind in accept for kind in (TEXT, "text/*", "*/*"))
