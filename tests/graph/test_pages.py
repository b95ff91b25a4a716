"""Pages: each row of a listing once it is whole, whatever the connection and Graph do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.errors import (
    BadAnswer,
    Denied,
    ExpiredPageToken,
    ForeignLink,
    GraphError,
    NotFound,
    Refused,
    ServerFailed,
    Unlicensed,
    Unreachable,
)
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import RESTARTS, Listing, Page, pages
from pipelines.graph.retry import Policy
from pipelines.settings import Tenant
from tests.scripted import Reply, Scripted, error, page

EVENTUAL = {"ConsistencyLevel": "eventual"}
USERS = Listing("/v1.0/users", {"$select": "id,displayName", "$top": "999"}, EVENTUAL)


def read(client: GraphClient, listing: Listing = USERS) -> list[str]:
    """Return the rows of the last round of a listing."""
    rows: list[str] = []
    for found in pages(client, listing, Traffic()):
        rows = ([] if found.starts_over else rows) + [bytes(row).decode() for row in found.rows]
    return rows


def ids(*names: str) -> list[str]:
    """Return the rows with these ids."""
    return [f'{{"id": "{name}"}}' for name in names]


def test_next_links_are_followed_whole(client: GraphClient, graph: Scripted) -> None:
    """A next link is used as it is, and headers that it does not carry are sent again."""
    link = "/v1.0/Users?$skiptoken=RFNw%2Bx%3D'a'&$top=999&x=%20"
    graph.will(page("a", next_link=graph.link(link)), page("b"))
    assert read(client) == ids("a", "b")
    assert [path for path, _ in graph.asked] == ["/v1.0/users?$select=id,displayName&$top=999", link]
    assert all(headers["consistencylevel"] == "eventual" for _, headers in graph.asked)


def test_an_empty_page_is_not_the_end(client: GraphClient, graph: Scripted) -> None:
    """A page may hold nothing and still lead on."""
    graph.will(page("a", next_link=graph.link("/2")), page(next_link=graph.link("/3")), page("b"))
    assert read(client) == ids("a", "b")


@pytest.mark.parametrize(
    "fault",
    [
        error(500, "UnknownError"),
        error(502),
        error(503, "serviceNotAvailable"),
        error(504),
        Reply(503, b"<html>busy</html>", {"Content-Type": "text/html"}),
        Reply(drop=True),
        Reply(body=b'{"value": [{"id": "a"}', promised=500),
        Reply(body=b'{"value": [{"id": "a"}'),
        Reply(body=b""),
        Reply(body=b"<html><body>Sign in to the network</body></html>", headers={"Content-Type": "text/html"}),
        Reply(body=b'{"unexpected": true}'),
        Reply(body=b"[]"),
        error(429, "UnknownError", "This request is throttled."),
    ],
)
def test_a_fault_in_mid_listing_loses_nothing(
    client: GraphClient, graph: Scripted, waits: list[float], fault: Reply
) -> None:
    """After a wait the same page is asked for again, and each row comes once."""
    graph.will(page("a", next_link=graph.link("/2")), fault, page("b"))
    assert read(client) == ids("a", "b")
    assert [path for path, _ in graph.asked][1:] == ["/2", "/2"]
    assert len(waits) == 1


def test_retry_after_is_waited_for(client: GraphClient, graph: Scripted, waits: list[float]) -> None:
    """A throttled request waits as long as Graph says, also in fractions."""
    graph.will(error(429, **{"Retry-After": "2.128"}), error(503, **{"Retry-After": "7"}), page("a"))
    assert read(client) == ids("a")
    assert waits == [2.128, 7.0]


def test_a_rejected_token_is_replaced(client: GraphClient, graph: Scripted, waits: list[float]) -> None:
    """A 401 in mid-listing leads to a fresh token and the same page."""
    graph.will(page("a", next_link=graph.link("/2")), error(401, "InvalidAuthenticationToken"), page("b"))
    assert read(client) == ids("a", "b")
    tokens = [headers["authorization"] for _, headers in graph.asked]
    assert tokens[0] == tokens[1] != tokens[2]
    assert waits == []


def test_each_kind_of_fault_has_its_own_patience(client: GraphClient, graph: Scripted) -> None:
    """Much throttling makes neither a failing server nor a token that expired meanwhile final."""
    throttled = error(429, **{"Retry-After": "0"})
    graph.will(*[throttled] * 9, error(503), error(401), Reply(drop=True), *[throttled] * 9, error(503), page("a"))
    assert read(client) == ids("a")


@pytest.mark.parametrize("code", ["Directory_ExpiredPageToken", "UnknownError"])
def test_a_forgotten_page_token_starts_the_listing_over(client: GraphClient, graph: Scripted, code: str) -> None:
    """The listing begins again at its first page, and says so there."""
    gone = error(
        400,
        code,
        "Invalid Skip Token, skip token is null."
        if code == "UnknownError"
        else "The specified page token value has expired",
    )
    graph.will(page("a", next_link=graph.link("/2")), gone, page("a", next_link=graph.link("/2")), page("b"))
    found: list[Page] = list(pages(client, USERS, Traffic()))
    assert [p.starts_over for p in found] == [False, True, False]


def test_a_listing_that_never_ends_well_is_given_up(client: GraphClient, graph: Scripted) -> None:
    """After some rounds the error is raised instead of half a listing."""
    for _ in range(RESTARTS + 1):
        graph.will(page("a", next_link=graph.link("/2")), error(400, "Directory_ExpiredPageToken"))
    with pytest.raises(ExpiredPageToken):
        read(client)


@pytest.mark.parametrize("origin", ["https://evil.example.com", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_the_token_never_goes_elsewhere(client: GraphClient, graph: Scripted, origin: str) -> None:
    """A next link to another scheme, host or port is refused before a request is made."""
    graph.will(page("a", next_link=f"{origin}/v1.0/users?$skiptoken=1"))
    with pytest.raises(ForeignLink, match="token"):
        read(client)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_of_next_links_is_refused(client: GraphClient, graph: Scripted, length: int) -> None:
    """A listing that leads back to a page it came by ends with an error rather than never."""
    graph.will(page("a", next_link=graph.link("/0")))
    graph.will(*[page("b", next_link=graph.link(f"/{(n + 1) % length}")) for n in range(length)])
    with pytest.raises(BadAnswer, match="read already"):
        read(client)


def test_a_redirect_is_not_followed(client: GraphClient, graph: Scripted) -> None:
    """A redirect would carry the token along; it is an error."""
    graph.will(Reply(302, b"", {"Location": "http://127.0.0.1:1/"}))
    with pytest.raises(Refused):
        read(client)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."), Denied),
        (error(403, "Authentication_MSGraphPermissionMissing", "The principal does not have …"), Denied),
        (
            error(
                403,
                "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "Neither tenant is B2C or tenant doesn't have premium license",
            ),
            Unlicensed,
        ),
        (
            error(
                403,
                "Authentication_RequestFromUnsupportedUserRole",
                "Tenant is not a B2C tenant and doesn't have premium license",
            ),
            Unlicensed,
        ),
        (error(403, "Forbidden", "Your tenant is not licensed for this feature."), Unlicensed),
        (error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"), Unlicensed),
        (error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Upgrade first."), Unlicensed),
        (error(404, "Request_ResourceNotFound"), NotFound),
    ],
)
def test_refusals_are_told_apart(client: GraphClient, graph: Scripted, reply: Reply, kind: type[GraphError]) -> None:
    """A missing permission, a missing licence and a missing object are different errors, raised at once."""
    graph.will(reply)
    with pytest.raises(kind) as caught:
        read(client)
    assert len(graph.asked) == 1
    assert isinstance(caught.value, Refused)
    assert caught.value.request_id == "r-1"


def test_a_fault_that_stays_is_raised(client: GraphClient, graph: Scripted) -> None:
    """When patience ends, the error names the status and the path, and no token."""
    graph.will(*[error(500, "InternalServerError", "Boom")] * 4)
    with pytest.raises(ServerFailed, match=r"500 InternalServerError to GET /v1.0/users: Boom"):
        read(client)


def test_nobody_there_is_a_sentence(tenant: Tenant) -> None:
    """Where nothing listens, the error says what to check."""
    with (
        GraphClient(replace(tenant, graph_url="http://127.0.0.1:9"), Policy(attempts=1)) as client,
        pytest.raises(Unreachable, match="CONSENTRY_GRAPH_URL"),
    ):
        read(client)


def test_traffic_is_counted(client: GraphClient, graph: Scripted) -> None:
    """Requests, pages and waits add up, repeated requests included."""
    graph.will(page("a", next_link=graph.link("/2")), error(429, **{"Retry-After": "3"}), page("b"))
    traffic = Traffic()
    list(pages(client, USERS, traffic))
    assert (traffic.requests, traffic.pages, traffic.waited_seconds) == (3, 2, 3.0)
