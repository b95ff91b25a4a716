"""Delta queries: a full round of pages first, then only what changed since the link was given out.

A token carries the change up to which the client knew everything when the round began, the change up to which it has come
by now, and the options of the first request. What changes while a round is under way comes at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Self
from urllib.parse import quote

from simulator.directory import Change, Row
from simulator.instants import TICKS_PER_DAY, ticks_of
from simulator.odata import filters, options
from simulator.odata.tokens import Tokens
from simulator.routes import Collection
from simulator.sources import TableSource, View, dump, shown
from simulator.tenant import Tenant
from simulator.wire import Answer, GraphError, Request, bad_request

# Objects of a page; Graph chooses the size itself.
_PAGE = 200
# Members that one appearance of a group carries; a bigger group appears several times.
_MEMBERS = 100
_LIFE_DAYS = 7
_REFUSED = ("$top", "$orderby", "$expand", "$search")


@dataclass(frozen=True)
class Position:
    """Where a client stands.

    Attributes:
        base: The client knew all changes up to this one when the round began; 0 in the first round.
        after: It has seen the round up to this change.
        select: The options of the first request.
        condition: Likewise.
        made_at: When the token was made, in ticks.
    """

    base: int
    after: int
    select: str
    condition: str
    made_at: int

    def as_list(self) -> list[int | str]:
        """What a token carries."""
        return [self.base, self.after, self.select, self.condition, self.made_at]

    @classmethod
    def first(cls, query: dict[str, str], at: int, made_at: int) -> Self:
        """The start of a round that knows all changes up to `at`."""
        return cls(at, at, query.get("$select", ""), query.get("$filter", ""), made_at)


def answer(request: Request, tenant: Tenant, tokens: Tokens, collection: Collection, version: str) -> Answer:
    """The page of a delta round that the request asks for.

    Raises:
        GraphError: An option delta queries do not take, or a token that is too old.
    """
    if any(name in request.query for name in _REFUSED):
        raise bad_request("The specified query option is not supported by delta queries.", "Request_UnsupportedQuery")
    source = collection.source
    if not isinstance(source, TableSource):
        raise bad_request("The resource does not support delta queries.")
    purpose = f"{version}/{collection.name}/delta"
    position = _position(request, tenant, tokens, purpose)
    view = _view(position, request, tenant, collection, version)
    changes = list(islice(source.table(tenant).changes_since(position.after), _PAGE + 1))
    page = changes[:_PAGE]
    rows = [dump(item) for item in _items(tenant, collection, source, view, page, position.base)]
    now = ticks_of(tenant.clock.now())
    reached = page[-1].sequence if page else position.after
    following = replace(position, after=reached, made_at=now)
    if len(changes) <= _PAGE:
        following = replace(following, base=tenant.directory.sequence())
        following = replace(following, after=following.base)
    link = _link(request, tokens.make(purpose, following.as_list()), more=len(changes) > _PAGE)
    head = {"@odata.context": f"{request.base_url}/{version}/$metadata#{collection.context}", **link}
    return Answer(200, dump(head)[:-1] + b',"value":[' + b",".join(rows) + b"]}")


def _position(request: Request, tenant: Tenant, tokens: Tokens, purpose: str) -> Position:
    query = {key.lower(): value for key, value in request.query.items()}
    now = ticks_of(tenant.clock.now())
    token = query.get("$skiptoken") or query.get("$deltatoken")
    if not token:
        return Position.first(query, 0, now)
    if token == "latest":  # noqa: S105 - a word of the protocol
        return Position.first(query, tenant.directory.sequence(), now)
    position = Position(*tokens.read(purpose, token))
    if now - position.made_at > _LIFE_DAYS * TICKS_PER_DAY:
        location = f"{request.base_url}{request.path}?$deltatoken="
        message = "The sync state is not found or has expired; start over with a full synchronization."
        raise GraphError(410, "syncStateNotFound", message, {"Location": location})
    return position


def _view(position: Position, request: Request, tenant: Tenant, collection: Collection, version: str) -> View:
    query = {"$select": position.select} if position.select else {}
    view = options.read(replace(request, query=query), collection, tenant, version, "").view
    if not position.condition:
        return view
    condition = filters.parse(position.condition)
    if set(condition.uses()) != {("id", "eq")}:
        raise bad_request("Only objects can be filtered in delta queries, by their ids.", "Request_UnsupportedQuery")
    return replace(view, condition=condition)


def _items(
    tenant: Tenant, collection: Collection, source: TableSource, view: View, changes: list[Change], base: int
) -> Iterator[Row]:
    with_members = collection.name == "groups" and (not view.select or "members" in view.select)
    recent = _recent_members(tenant, base) if with_members and base else None
    for change in changes:
        if change.row is None:
            # The first round may name deleted users, too.
            if base or collection.type == "user":
                yield {"id": change.id, "@removed": {"reason": "deleted"}}
            continue
        full = source.complete(tenant, view, change.row)
        if view.accepts(full):
            shape = {name: value for name, value in shown(full, view).items() if value is not None}
            yield from _slices(shape, _members(tenant, change.id, recent)) if with_members else (shape,)


def _slices(group: Row, members: list[Row]) -> Iterator[Row]:
    """The group, once for every slice of its members."""
    if not members:
        yield group
    for start in range(0, len(members), _MEMBERS):
        yield {**group, "members@delta": members[start : start + _MEMBERS]}


def _members(tenant: Tenant, group_id: str, recent: dict[str, list[Row]] | None) -> list[Row]:
    if recent is not None:
        return recent.get(group_id, [])
    return [_member(tenant, row["memberId"]) for row in tenant.directory.members.rows(("groupId", group_id))]


def _recent_members(tenant: Tenant, base: int) -> dict[str, list[Row]]:
    """Members that came or went after a change, by group."""
    members, found = tenant.directory.members, dict[str, list[Row]]()
    for change in members.changes_since(base):
        row = change.row or members.removed(change.id)
        if row is not None:
            gone = {"@removed": {"reason": "deleted"}} if change.row is None else {}
            found.setdefault(row["groupId"], []).append({**_member(tenant, row["memberId"]), **gone})
    return found


def _member(tenant: Tenant, key: str) -> Row:
    known = tenant.directory.find(key)
    return {"@odata.type": f"#microsoft.graph.{known[0] if known else 'user'}", "id": key}


def _link(request: Request, token: str, *, more: bool) -> dict[str, str]:
    base = f"{request.base_url}{quote(request.path)}"
    if more:
        return {"@odata.nextLink": f"{base}?$skiptoken={token}"}
    return {"@odata.deltaLink": f"{base}?$deltatoken={token}"}
