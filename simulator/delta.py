"""Delta queries: a full round of pages first, then only what changed since the link was given out.

A token carries the change up to which the client knew everything when the round began, how far it has come by now, and the
options of the first request. What changes while a round is under way comes at its end.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from http import HTTPStatus
from itertools import islice
from typing import Self
from urllib.parse import quote

from simulator.delta_items import Item, Round
from simulator.habits import FORGETTING
from simulator.instants import TICKS_PER_DAY, ticks_of
from simulator.odata import filters, options
from simulator.odata.tokens import Tokens
from simulator.routes import Collection
from simulator.sources import TableSource
from simulator.tenant import Tenant
from simulator.views import View, dump
from simulator.wire import Answer, GraphError, Request, bad_request

_LIFE_DAYS = 7
_REFUSED = frozenset({"$top", "$orderby", "$expand", "$search"})
# Kept outside the directory: its changes cannot be followed.
_FOREIGN = "signInActivity"
# Changes of the page before that a page repeats, and of the rounds before that a round replays.
_REPEATED, _REPLAYED = 3, 5


@dataclass(frozen=True)
class Position:
    """Where a client stands.

    Attributes:
        base: The client knew all changes up to this one when the round began; 0 in the first round.
        after: It has seen the round up to this change.
        parts: Of the change `of` behind that it has seen so many items; a big group comes in several.
        of: See `parts`.
        blank: Whether an empty page comes next.
        select: The options of the first request.
        condition: Likewise.
        made_at: When the token was made, in ticks.
        generation: Which tokens it belongs to; see `DeltaHabits`.
    """

    base: int
    after: int
    parts: int
    of: int
    blank: bool
    select: str
    condition: str
    made_at: int
    generation: int

    def passed(self, item: Item) -> Self:
        """The position behind an item."""
        if item.is_last:
            return replace(self, after=item.sequence, parts=0, of=0)
        return replace(self, after=item.sequence - 1, parts=item.part + 1, of=item.sequence)

    def ahead(self, item: Item) -> bool:
        """Whether the item is still to be seen."""
        return item.sequence != self.of or item.part >= self.parts


def answer(request: Request, tenant: Tenant, tokens: Tokens, collection: Collection, version: str) -> Answer:
    """The page of a delta round that the request asks for.

    Raises:
        GraphError: An option delta queries do not take, or a token that is too old.
    """
    source = collection.source
    if not isinstance(source, TableSource):
        raise bad_request("The resource does not support delta queries.")
    purpose = f"{version}/{collection.name}/delta"
    position = _position(request, tenant, tokens, purpose)
    tracked = frozenset(name.strip() for name in position.select.split(",") if name.strip())
    view = _view(position, request, tenant, collection, version)
    minimal = "return=minimal" in request.headers.get("prefer", "").lower()
    until = tenant.directory.history.arrived()
    asked = Round(source, view, tracked, position.base, until, minimal)
    page, following, more = _page(asked, tenant, position)
    token = tokens.make(purpose, astuple(replace(following, made_at=ticks_of(tenant.now))))
    head = {"@odata.context": f"{request.base_url}/{version}/$metadata#{collection.context}"}
    head |= _link(request, token, more=more)
    body = dump(head)[:-1] + b',"value":[' + b",".join(dump(item.row) for item in page) + b"]}"
    return Answer(200, body, headers={"Preference-Applied": "return=minimal"} if minimal else {})


def _page(asked: Round, tenant: Tenant, position: Position) -> tuple[list[Item], Position, bool]:
    """The items of a page, the position behind it, and whether the round goes on."""
    habits = tenant.delta
    ahead = filter(position.ahead, asked.items(tenant, position.after))
    page = list(islice(ahead, 0 if position.blank else habits.page))
    more = next(ahead, None) is not None
    following = position.passed(page[-1]) if page else position
    following = replace(following, blank=habits.empty_pages and not position.blank)
    table = asked.source.table(tenant)
    if not more:
        known = max(1, table.before(asked.until, _REPLAYED)) if habits.replays else asked.until
        following = replace(following, base=known, after=known, parts=0, of=0, blank=False)
    if habits.repeats and not position.blank:
        since = max(position.base, table.before(position.after, _REPEATED))
        again = replace(asked, until=position.after).items(tenant, since)
        # The first round does not name what was deleted meanwhile: what it repeats must be there still.
        there = (item for item in again if position.base or tenant.directory.find(item.row["id"]))
        page = [*there, *page, *page[:1]]
    return page, following, more


def _position(request: Request, tenant: Tenant, tokens: Tokens, purpose: str) -> Position:
    query = {key.lower(): value for key, value in request.query.items()}
    if not _REFUSED.isdisjoint(query):
        raise bad_request("The specified query option is not supported by delta queries.", "Request_UnsupportedQuery")
    token = query.get("$skiptoken") or query.get("$deltatoken")
    now, generation = ticks_of(tenant.now), tenant.delta.generation
    if not token or token == "latest":  # noqa: S105 - a word of the protocol
        known = tenant.directory.history.arrived() if token else 0
        select, condition = query.get("$select", ""), query.get("$filter", "")
        return Position(known, known, 0, 0, False, select, condition, now, generation)
    position = Position(*tokens.read(purpose, token))
    if now - position.made_at > _LIFE_DAYS * TICKS_PER_DAY:
        raise _unknown_token(request, "410")
    if position.generation != generation:
        raise _unknown_token(request, tenant.delta.forgetting)
    return position


def _unknown_token(request: Request, how: str) -> GraphError:
    status, code = FORGETTING[how]
    headers = {"Location": f"{request.base_url}{quote(request.path)}?$deltatoken="} if status == HTTPStatus.GONE else {}
    message = "The sync state is not found or has expired; start over with a full synchronization."
    return GraphError(status, code, message, headers)


def _view(position: Position, request: Request, tenant: Tenant, collection: Collection, version: str) -> View:
    query = {"$select": position.select} if position.select else {}
    view = options.read(replace(request, query=query), collection, tenant, version, "").view
    if _FOREIGN in view.select:
        raise GraphError(501, "NotImplemented", "This operation target is not yet supported.")
    if not position.condition:
        return view
    condition = filters.parse(position.condition)
    if set(condition.uses()) != {("id", "eq")}:
        raise bad_request("Only objects can be filtered in delta queries, by their ids.", "Request_UnsupportedQuery")
    return replace(view, condition=condition)


def _link(request: Request, token: str, *, more: bool) -> dict[str, str]:
    base = f"{request.base_url}{quote(request.path)}"
    if more:
        return {"@odata.nextLink": f"{base}?$skiptoken={token}"}
    return {"@odata.deltaLink": f"{base}?$deltatoken={token}"}
