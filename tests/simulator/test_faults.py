"""Faults: each happens where and as often as it was told to, and is counted."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from simulator import Tenant, serve
from simulator.wire import json_answer
from tests.simulator.reader import Open, Reader


@pytest.fixture
def reader(story: Tenant, read: Open) -> Reader:
    """Return a reader of ten users and one group."""
    people = [story.user(f"User {number}") for number in range(10)]
    story.group("Everyone", members=people)
    return read(story)


def test_fault_keeps_to_its_path_and_times(reader: Reader) -> None:
    """A fault happens to requests with its path, as often as it was told, and then no more."""
    fault = reader.server.faults.throttle("/users", times=2, retry_after="0.5")
    statuses = [reader.get(path).status_code for path in ("/v1.0/groups", "/v1.0/users", "/v1.0/users", "/v1.0/users")]
    assert statuses == [200, 429, 429, 200]
    assert (fault.count, fault.times) == (2, 0)


def test_fault_lets_requests_pass_first(reader: Reader) -> None:
    """With `after` a fault waits for so many requests with its path; those of other paths do not count."""
    fault = reader.server.faults.server_error("/users", after=2, times=1)
    paths = ("/v1.0/users", "/v1.0/groups", "/v1.0/users", "/v1.0/users", "/v1.0/users")
    assert [reader.get(path).status_code for path in paths] == [200, 200, 200, 503, 200]
    assert (fault.count, fault.after) == (1, 0)


def test_test_may_act_at_a_request(reader: Reader) -> None:
    """Something of the test's own happens when a request gets as far as Graph, and may be the answer."""
    added: list[str] = []
    fault = reader.server.faults.call(lambda: added.append("now"), "/users", after=1)
    reader.server.faults.answer_with(lambda _: json_answer({"value": []}, 202), "/groups")
    assert [reader.get("/v1.0/users").status_code for _ in range(3)] == [200, 200, 200]
    assert (added, fault.count) == (["now"], 1)
    assert [reader.get("/v1.0/groups").status_code for _ in range(2)] == [202, 200]


@pytest.mark.parametrize("retry_after", ["3", "0.25", "Fri, 20 Nov 2026 12:00:05 GMT", None])
def test_throttle(reader: Reader, retry_after: str | None) -> None:
    """A 429 has the Retry-After it was given, in whatever form, or none."""
    reader.server.faults.throttle(retry_after=retry_after)
    answer = reader.get("/v1.0/users")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, retry_after)
    assert answer.json()["error"]["innerError"]["code"] == "429"


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_error(reader: Reader, status: int, html: bool) -> None:
    """Errors of the server come with Graph's body or with a web page."""
    reader.server.faults.server_error("/users", status=status, html=html)
    answer = reader.get("/v1.0/users")
    assert answer.status_code == status
    assert ("<html>" in answer.text) is html


@pytest.mark.parametrize("verb", ["drop", "cut"])
def test_broken_connection(reader: Reader, verb: str) -> None:
    """A dropped or cut answer is an error of the connection, and the next request works."""
    getattr(reader.server.faults, verb)("/users")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        reader.get("/v1.0/users")
    assert reader.get("/v1.0/users").status_code == 200


def test_cut_in_chunks(reader: Reader) -> None:
    """A chunked body may end without its last chunk; part of it has arrived by then."""
    reader.server.faults.cut("/users", chunked=True)
    answer = reader.session.get(f"{reader.server.url}/v1.0/users", stream=True, timeout=10)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ = answer.content


def test_empty_and_foreign_bodies(reader: Reader) -> None:
    """A 200 may have no body, or be a web page."""
    reader.server.faults.empty_body("/users")
    assert (reader.get("/v1.0/users").status_code, reader.get("/v1.0/users").status_code) == (200, 200)
    reader.server.faults.empty_body("/users")
    assert reader.get("/v1.0/users").content == b""
    reader.server.faults.html("/users")
    assert reader.get("/v1.0/users").headers["Content-Type"].startswith("text/html")


def test_page_token_dies_for_good(reader: Reader) -> None:
    """A link that expired keeps failing, and a new listing of the same rows works."""
    link = reader.get("/v1.0/users?$top=4").json()["@odata.nextLink"]
    fault = reader.server.faults.expire_page_token("/users")
    assert [reader.error(link) for _ in range(2)] == [(400, "Directory_ExpiredPageToken")] * 2
    assert len(reader.rows("/v1.0/users?$top=4")) == 10
    assert fault.count == 1


@pytest.mark.parametrize(
    "path", ["/v1.0/users?$top=4", "/beta/auditLogs/signIns?$top=4", "/v1.0/auditLogs/directoryAudits"]
)
def test_empty_page_leads_on(reader: Reader, path: str) -> None:
    """An empty page has a link of its own, and no row is lost by it."""
    story = reader.server.tenant
    story.app("Payroll").used_by(10, days_ago=3)
    whole = reader.rows(path)
    reader.server.faults.empty_page(path.split("?", maxsplit=1)[0], times=2)
    pages = list(reader.pages(path))
    links = [page["@odata.nextLink"] for page in pages[:-1]]
    assert [page["value"] for page in pages[:2]] == [[], []]
    assert [row for page in pages for row in page["value"]] == whole
    assert len(set(links)) == len(links)


def test_rows_may_repeat(reader: Reader) -> None:
    """The last row of a page comes again on the next one."""
    fault = reader.server.faults.repeat_rows("/users", times=1)
    rows = [row["id"] for row in reader.rows("/v1.0/users?$top=4")]
    assert (len(rows), len(set(rows)), fault.count) == (11, 10, 1)
    assert rows[3] == rows[4]


def test_rows_may_have_new_properties(reader: Reader) -> None:
    """A property nobody has heard of may be on every row."""
    reader.server.faults.extra_property("/users", name="favouriteColour", value={"name": "red"})
    assert {row["favouriteColour"]["name"] for row in reader.rows("/v1.0/users")} == {"red"}


def test_link_to_another_host(reader: Reader) -> None:
    """The next link may lead to another host, with no less of a path."""
    reader.server.faults.foreign_link("/users", host="evil.example")
    link = reader.get("/v1.0/users?$top=4").json()["@odata.nextLink"]
    assert link.startswith("https://evil.example/v1.0/users?")


def test_permission_and_licence_may_be_missing(reader: Reader) -> None:
    """Collections can be closed one by one, in the words of the service; `clear` opens them again."""
    faults = reader.server.faults
    faults.deny("/groups")
    faults.deny("/auditLogs/directoryAudits")
    faults.no_premium()
    assert reader.error("/v1.0/groups") == (403, "Authorization_RequestDenied")
    assert reader.error("/v1.0/auditLogs/directoryAudits") == (403, "Authentication_MSGraphPermissionMissing")
    assert reader.error("/beta/auditLogs/signIns") == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    faults.clear()
    assert reader.get("/v1.0/groups").status_code == 200


def test_answer_may_be_late(reader: Reader) -> None:
    """A delayed answer takes at least that long."""
    reader.server.faults.delay("/users", seconds=0.2)
    assert reader.get("/v1.0/users").elapsed.total_seconds() >= 0.2


def test_token_service_may_fail_too(reader: Reader) -> None:
    """Faults reach the token service by its path."""
    fault = reader.server.faults.server_error("/oauth2/v2.0/token", status=503)
    assert [reader.token().status_code for _ in range(2)] == [503, 200]
    assert fault.count == 1


def test_requests_are_logged(reader: Reader) -> None:
    """The log tells what was asked, in order, with the status of the answer."""
    reader.server.faults.throttle("/users")
    reader.get("/v1.0/users?$top=4")
    reader.get("/v1.0/groups", ConsistencyLevel="eventual")
    first, second = list(reader.server.requests)[-2:]
    assert (first.method, first.path, first.query, first.status) == ("GET", "/v1.0/users", {"$top": "4"}, 429)
    assert (second.headers["consistencylevel"], second.status, second.at) == ("eventual", 200, reader.server.tenant.now)


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_server_ends_while_an_answer_is_under_way(story: Tenant) -> None:
    """A server that stops breaks the answer it was about to give, soon, and leaves no connection open."""
    with ThreadPoolExecutor(1) as pool:
        with serve(story) as server:
            reader = Reader(server)
            server.faults.delay("/users", seconds=60)
            arrived = threading.Event()
            server.faults.call(arrived.set, "/users")
            waiting = pool.submit(reader.get, "/v1.0/users")
            assert arrived.wait(10)
            stopping = time.monotonic()
        with pytest.raises(requests.ConnectionError):
            waiting.result(timeout=10)
    reader.session.close()
    gc.collect()
    assert time.monotonic() - stopping < 5
