"""Delta queries: a full round of pages first, then only what changed since the link was given out.

A token carries where the round stands, up to which change it knows, and the options of the first request.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any, Self
from urllib.parse import quote

from simulator.directory import Row
from simulator.instants import TICKS_PER_DAY, ticks_of
from simulator.odata import filters, options
from simulator.odata.tokens import Tokens
from simulator.routes import Collection
from simulator.sources import TableSource, View, dump, shown
from simulator.tenant import Tenant
from simulator.wire import Answer, GraphError, Request, bad_request

# Pages of a delta round; Graph chooses the size itself.
_PAGE = 200
_LIFE_DAYS = 7
_REFUSED = ("$top", "$orderby", "$expand", "$search")


@dataclass(frozen=True)
class Position:
    """Where a client stands.

    Attributes:
        since: The changes up to this number are known; 0 in the first round.
        until: Number of the last change when the round began.
        offset: Items of the round that are done; -1 behind the last.
        select: The options of the first request.
        condition: Likewise.
        made_at: When the token was made, in ticks.
    """

    since: int
    until: int
    offset: int
    select: str
    condition: str
    made_at: int

    def as_list(self) -> list[int | str]:
        """What a token carries."""
        return [self.since, self.until, self.offset, self.select, self.condition, self.made_at]

    @classmethod
    def first(cls, request: Request, until: int, made_at: int) -> Self:
        """The start of the first round."""
        return cls(0, until, 0, request.query.get("$select", ""), request.query.get("$filter", ""), made_at)


def answer(request: Request, tenant: Tenant, tokens: Tokens, collection: Collection, version: str) -> Answer:
    """The page of a delta round that the request asks for.

    Raises:
        GraphError: An option delta queries do not take, or a token that is too old.
    """
    if any(name in request.query for name in _REFUSED):
        raise bad_request("The specified query option is not supported by delta queries.", "Request_UnsupportedQuery")
    position = _position(request, tenant, tokens)
    view = _view(position, request, tenant, collection, version)
    items = list(islice(_items(tenant, collection, view, position), position.offset, position.offset + _PAGE + 1))
    rows = [dump(item) for item in items[:_PAGE]]
    link = _link(request, tenant, tokens, position, more=len(items) > _PAGE)
    name = collection.context
    head = {"@odata.context": f"{request.base_url}/{version}/$metadata#{name}", **link}
    return Answer(200, dump(head)[:-1] + b',"value":[' + b",".join(rows) + b"]}")


def _position(request: Request, tenant: Tenant, tokens: Tokens) -> Position:
    query = {key.lower(): value for key, value in request.query.items()}
    now = ticks_of(tenant.clock.now())
    token = query.get("$skiptoken") or query.get("$deltatoken")
    if not token:
        return Position.first(request, tenant.directory.sequence(), now)
    if token == "latest":  # noqa: S105 - a word of the protocol
        until = tenant.directory.sequence()
        return Position(until, until, 0, query.get("$select", ""), query.get("$filter", ""), now)
    position = Position(*tokens.read(token))
    if now - position.made_at > _LIFE_DAYS * TICKS_PER_DAY:
        raise _gone(request)
    if "$deltatoken" in query:
        return Position(position.until, tenant.directory.sequence(), 0, position.select, position.condition, now)
    return position


def _gone(request: Request) -> GraphError:
    location = f"{request.base_url}{request.path}?$deltatoken="
    message = "The sync state is not found or has expired; start over with a full synchronization."
    return GraphError(410, "syncStateNotFound", message, {"Location": location})


def _view(position: Position, request: Request, tenant: Tenant, collection: Collection, version: str) -> View:
    query = {"$select": position.select} if position.select else {}
    plain = Request(**{**vars(request), "query": query})
    view = options.read(plain, collection, tenant, version, "").view
    condition = filters.parse(position.condition) if position.condition else None
    return View(version, condition=condition, select=view.select, visible_at=view.visible_at)


def _items(tenant: Tenant, collection: Collection, view: View, position: Position) -> list[Row]:
    source = collection.source
    if not isinstance(source, TableSource):
        raise bad_request("The resource does not support delta queries.")
    table = source.table(tenant)
    members = _member_changes(tenant, collection, view, position)
    items: list[Row] = []
    changes = [c for c in table.changes_since(position.since) if c.sequence <= position.until]
    for key in dict.fromkeys([change.id for change in changes] + list(members)):
        row = table.get(key)
        if row is not None:
            full = source.complete(tenant, view, row)
            if view.accepts(full):
                shape = {name: value for name, value in shown(full, view).items() if value is not None}
                items.append(shape | ({"members@delta": members[key]} if key in members else {}))
        elif position.since or collection.type == "user":
            items.append({"id": key, "@removed": {"reason": "deleted"}})
    return items


def _member_changes(tenant: Tenant, collection: Collection, view: View, position: Position) -> dict[str, list[Row]]:
    if collection.name != "groups" or (view.select and "members" not in view.select):
        return {}
    found: dict[str, list[Row]] = {}
    for change in tenant.directory.members.changes_since(position.since):
        row = change.row or tenant.directory.members.removed(change.id)
        if row is None or change.sequence > position.until or (change.row is None and not position.since):
            continue
        member = tenant.directory.find(row["memberId"])
        entry: Row = {"@odata.type": f"#microsoft.graph.{member[0] if member else 'user'}", "id": row["memberId"]}
        gone = {"@removed": {"reason": "deleted"}} if change.row is None else {}
        found.setdefault(row["groupId"], []).append({**entry, **gone})
    return found


def _link(request: Request, tenant: Tenant, tokens: Tokens, position: Position, *, more: bool) -> dict[str, Any]:
    base = f"{request.base_url}{quote(request.path)}"
    now = ticks_of(tenant.clock.now())
    if more:
        following = Position(
            position.since, position.until, position.offset + _PAGE, position.select, position.condition, now
        )
        return {"@odata.nextLink": f"{base}?$skiptoken={tokens.make(following.as_list())}"}
    done = Position(position.since, position.until, -1, position.select, position.condition, now)
    return {"@odata.deltaLink": f"{base}?$deltatoken={tokens.make(done.as_list())}"}
