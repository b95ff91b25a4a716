"""Delta rounds: they begin at a link, end with the next one, and say when the link is no longer known."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from pipelines import settings
from pipelines.errors import ExpiredPageToken, ForeignLink, NotFound, Refused, SyncStateGone
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import Listing, Page, pages
from simulator import Clock, populate, serve
from tests.scripted import Reply, Scripted, error, page

USERS = Listing("/v1.0/users/delta", {"$select": "id,displayName"})
ROUND = "/v1.0/users/delta?$deltatoken=t"
EXPIRED = error(400, "Directory_ExpiredPageToken", "The specified page token value has expired")


def last(*ids: str, link: str) -> Reply:
    """Return the last page of a round."""
    return page(*ids, **{"@odata.deltaLink": link})


def inside(status: int, code: str, inner: dict[str, Any]) -> Reply:
    """Return an error whose real code stands further in."""
    return Reply(status, json.dumps({"error": {"code": code, "message": "", "innerError": inner}}).encode())


def read(client: GraphClient, start: str | None = None) -> list[Page]:
    """Return the pages of a round."""
    return list(pages(client, USERS, Traffic(), start))


def test_a_round_ends_with_the_link_of_the_next(client: GraphClient, graph: Scripted) -> None:
    """Only the last page carries the delta link, and the next round asks for exactly that link."""
    graph.will(page("a", next_link=graph.link("/2")), last("b", link=graph.link(ROUND)), last(link=graph.link("/n")))
    found = read(client)
    assert [p.delta_link for p in found] == [None, graph.link(ROUND)]
    assert [p.delta_link for p in read(client, found[-1].delta_link)] == [graph.link("/n")]
    assert graph.asked[-1][0] == ROUND


def test_the_token_never_goes_to_a_foreign_delta_link(client: GraphClient, graph: Scripted) -> None:
    """A delta link to another origin, however it was come by, is refused before a request is made."""
    with pytest.raises(ForeignLink, match="token"):
        read(client, "https://evil.example.com" + ROUND)
    assert graph.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        error(410),
        error(410, "syncStateNotFound", Location="https://graph.microsoft.com/v1.0/users/delta?$deltatoken="),
        error(400, "SyncStateNotFound"),
        error(404, "resyncRequired"),
        error(400, "syncStateInvalid"),
        error(409, "resyncRequired"),
        inside(400, "badRequest", {"code": "syncStateNotFound"}),
        inside(404, "itemNotFound", {"innererror": {"code": "ResyncRequired"}}),
        EXPIRED,
    ],
)
def test_a_link_that_is_not_known_any_more_ends_the_round(client: GraphClient, graph: Scripted, reply: Reply) -> None:
    """Graph forgets delta tokens in several words; all of them mean a full round, which the caller begins."""
    graph.will(reply)
    with pytest.raises(SyncStateGone):
        read(client, graph.link(ROUND))
    assert len(graph.asked) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(404, "Request_ResourceNotFound"), NotFound),
        (error(400, "Request_BadRequest"), Refused),
        (inside(400, "Request_BadRequest", {"code": "somethingElse"}), Refused),
    ],
)
def test_another_refusal_is_no_lost_state(
    client: GraphClient, graph: Scripted, reply: Reply, kind: type[Refused]
) -> None:
    """A 400 or 404 for another reason stays what it is."""
    graph.will(reply)
    with pytest.raises(kind) as caught:
        read(client, graph.link(ROUND))
    assert not isinstance(caught.value, SyncStateGone)


def test_a_page_token_that_expires_in_mid_round_starts_the_round_over(client: GraphClient, graph: Scripted) -> None:
    """The round begins again at its own link, not at the listing's first page, and says so."""
    again = [page("a", next_link=graph.link("/2")), last("b", link=graph.link("/n"))]
    graph.will(page("a", next_link=graph.link("/2")), EXPIRED, *again)
    found = read(client, graph.link(ROUND))
    assert [p.starts_over for p in found] == [False, True, False]
    assert [path for path, _ in graph.asked] == [ROUND, "/2", ROUND, "/2"]


def test_a_next_link_that_expired_before_it_was_used_is_told(client: GraphClient, graph: Scripted) -> None:
    """A listing that began at a next link cannot start over; its caller can."""
    graph.will(EXPIRED)
    with pytest.raises(ExpiredPageToken):
        read(client, graph.link("/v1.0/users?$skiptoken=x"))


def test_a_simulated_tenant_is_followed() -> None:
    """Against the simulator a second round is empty, and after a week the link is gone."""
    tenant = populate(users=5, apps=2, days=1, clock=Clock())
    with serve(tenant) as server, GraphClient(settings.tenant(server.settings)) as client:
        first = read(client)
        second = read(client, first[-1].delta_link)
        assert sum(len(p.rows) for p in first) == tenant.count("users")
        assert [row for p in second for row in p.rows] == []
        tenant.clock.advance(timedelta(days=8))
        with pytest.raises(SyncStateGone):
            read(client, second[-1].delta_link)
