"""`$batch`: each list whole, exactly once, whatever happens to it or to the batches around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from threading import Timer
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines import settings
from pipelines.errors import BadAnswer, Denied, Halted, NotFound, Refused, ServerFailed, TokenRejected
from pipelines.graph import batch
from pipelines.graph.batch import LARGEST, Rows, lists
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import Listing, pages
from pipelines.settings import Tenant
from simulator import Server, serve
from simulator import Tenant as SimulatedTenant
from tests.schedule import TROUBLES
from tests.scripted import Reply, Scripted, error

MEMBERS: Final = "/members"
BATCH: Final = "$batch"

INSIDE: Final = ("429", "429 with seconds", "500", "503, three times", "page token expired", "empty page", "502 HTML")
OUTSIDE: Final = ("429 with seconds", "503, three times", "504", "dropped", "cut", "200 empty", "200 HTML", "502 HTML")


@dataclass(frozen=True)
class Groups:
    """A served tenant, and what the member lists of its groups hold."""

    server: Server
    client: GraphClient
    truth: dict[str, list[str]]

    def listings(self) -> Iterator[tuple[str, Listing]]:
        """Return the lists of all groups, in small pages."""
        return ((group, members(group)) for group in self.truth)


def members(group: str) -> Listing:
    """Return the list of a group's members, in small pages."""
    return Listing(f"/v1.0/groups/{group}/members", {"$select": "id", "$top": "10"}, cost=2)


def whole(found: Rows | Refused) -> list[str]:
    """Return the ids of a list that is whole."""
    assert isinstance(found, list), found
    return [str(json.loads(bytes(row))["id"]) for row in found]


def read(client: GraphClient, listing: Listing) -> list[str]:
    """Return the ids of a list that is read by itself."""
    return whole([row for page in pages(client, listing, Traffic()) for row in page.rows])


@pytest.fixture(scope="module")
def groups() -> Iterator[Groups]:
    """Return more groups than fit into a batch, with none to several pages of members."""
    company = SimulatedTenant()
    people = [company.user(f"Person {number}") for number in range(27)]
    for number in range(45):
        company.group(f"Group {number}", members=people[: number % 28])
    with serve(company) as server:
        tenant = settings.tenant(server.settings)
        with GraphClient(tenant, sleep=lambda _: None) as client:
            found = read(client, Listing("/v1.0/groups", {"$select": "id"}))
            truth = {group: read(client, members(group)) for group in found}
            yield Groups(server, client, truth)


def test_all_lists_come_whole(groups: Groups) -> None:
    """Every list comes once, with all pages, in far fewer requests than there are lists."""
    traffic = Traffic()
    found = [(key, whole(rows)) for key, rows in lists(groups.client, groups.listings(), traffic)]
    assert len(found) == len(groups.truth) > LARGEST
    assert dict(found) == groups.truth
    followed = sum(-(-len(rows) // 10) - 1 for rows in groups.truth.values() if rows)
    assert traffic.batched == len(groups.truth)
    assert traffic.requests == -(-len(groups.truth) // LARGEST) + followed
    assert traffic.pages == traffic.batched + followed


@given(
    inside=st.lists(st.sampled_from(INSIDE), max_size=3),
    outside=st.lists(st.sampled_from(OUTSIDE), max_size=2),
    expire=st.booleans(),
)
@hypothesis_settings(max_examples=40, deadline=None)
def test_faults_lose_and_repeat_nothing(groups: Groups, inside: list[str], outside: list[str], expire: bool) -> None:
    """Whatever happens to lists and batches, each list comes whole exactly once."""
    faults = groups.server.faults
    made = [TROUBLES[name](faults, MEMBERS) for name in inside] + [TROUBLES[name](faults, BATCH) for name in outside]
    try:
        if expire:
            faults.expire_tokens()
        found = [(key, whole(rows)) for key, rows in lists(groups.client, groups.listings(), Traffic())]
    finally:
        faults.clear()
    assert all(fault.count for fault in made)
    assert len(found) == len(groups.truth)
    assert dict(found) == groups.truth


def test_a_refused_list_is_told_and_the_others_come(groups: Groups) -> None:
    """A list that is not there ends with its error; the caller decides what that means."""
    wanted = [("gone", members("00000000-0000-0000-0000-000000000000")), *groups.listings()]
    found = dict(lists(groups.client, wanted, Traffic()))
    gone = found.pop("gone")
    assert isinstance(gone, NotFound)
    assert gone.code == "Request_ResourceNotFound"
    assert {key: whole(rows) for key, rows in found.items()} == groups.truth


def test_listings_are_taken_as_there_is_room(groups: Groups) -> None:
    """No more listings are taken than fit into the batches under way, however many there will be."""
    taken = count()

    def endless() -> Iterator[tuple[str, Listing]]:
        while True:
            yield from ((f"{next(taken)}", listing) for _, listing in groups.listings())

    found = lists(groups.client, endless(), Traffic())
    for _ in range(50):
        next(found)
    found.close()
    assert next(taken) <= 50 + (batch.AT_ONCE + 1) * LARGEST


def test_each_version_has_batches_of_its_own(client: GraphClient, graph: Scripted) -> None:
    """A batch holds one version's lists, under addresses without it, with the headers of each list."""
    graph.will(answers({}), answers({}))
    wanted = [
        ("a", Listing("/v1.0/groups", {"$count": "true"}, {"ConsistencyLevel": "eventual"})),
        ("b", Listing("/beta/users")),
    ]
    assert dict(lists(client, wanted, Traffic())) == {"a": [], "b": []}
    assert sorted(path for path, _ in graph.asked) == ["/beta/$batch", "/v1.0/$batch"]
    parts = [part for body in graph.sent for part in json.loads(body)["requests"]]
    headers = {"headers": {"ConsistencyLevel": "eventual"}}
    assert sorted(parts, key=lambda part: str(part["url"])) == [
        {"id": "0", "method": "GET", "url": "/groups?$count=true", **headers},
        {"id": "0", "method": "GET", "url": "/users"},
    ]


@pytest.mark.parametrize(
    "ids", [["0"], ["0", "0"], ["0", "1", "1"], ["0", "2"], ["0", "1", "2"], []], ids=lambda ids: "".join(ids) or "none"
)
def test_answers_to_another_batch_are_not_taken(client: GraphClient, graph: Scripted, ids: list[str]) -> None:
    """Where an answer is missing, double or to nothing that was asked, the batch is sent again."""
    parts = [{"id": id_, "status": 200, "body": {"value": [{"id": "wrong"}]}} for id_ in ids]
    graph.will(Reply(body=json.dumps({"responses": parts}).encode()), answers({}, {}))
    assert dict(lists(client, [("a", members("a")), ("b", members("b"))], Traffic())) == {"a": [], "b": []}
    assert len(graph.sent) == 2


def test_a_throttled_list_waits_as_long_as_the_longest(
    client: GraphClient, graph: Scripted, waits: list[float]
) -> None:
    """Only what was throttled is asked for again, in one batch, after the longest wait that was asked for."""
    late = [{"status": 429, "headers": {"Retry-After": seconds}, "body": {}} for seconds in ("3", "7.5")]
    graph.will(answers({}, *late), answers({}, {}))
    assert len(dict(lists(client, [(key, members(key)) for key in "abc"], Traffic()))) == 3
    assert [len(json.loads(body)["requests"]) for body in graph.sent] == [3, 2]
    assert sum(waits) == pytest.approx(7.5, abs=0.1)


def test_an_outer_424_is_a_batch_all_the_same(client: GraphClient, graph: Scripted) -> None:
    """Graph used to answer 424 where something inside was throttled; what is whole inside is used."""
    refused = {"status": 429, "headers": {"Retry-After": "1"}, "body": {}}
    graph.will(replace(answers({}, refused), status=424), answers({}))
    assert dict(lists(client, [("a", members("a")), ("b", members("b"))], Traffic())) == {"a": [], "b": []}
    assert [len(json.loads(body)["requests"]) for body in graph.sent] == [2, 1]


def test_a_rejected_token_is_replaced_for_the_whole_batch(client: GraphClient, graph: Scripted) -> None:
    """A 401 inside leads to a fresh token and the same batch; a token that is never accepted ends everything."""
    refused = {"status": 401, "body": {"error": {"code": "InvalidAuthenticationToken"}}}
    graph.will(answers(refused, {}), answers({}, {}))
    traffic = Traffic()
    assert dict(lists(client, [("a", members("a")), ("b", members("b"))], traffic)) == {"a": [], "b": []}
    assert (traffic.requests, traffic.batched, traffic.pages) == (2, 4, 2)
    assert graph.asked[0][1]["authorization"] != graph.asked[1][1]["authorization"]
    assert graph.sent[0] == graph.sent[1]
    graph.will(*[answers(refused)] * 3)
    with pytest.raises(TokenRejected):
        list(lists(client, [("a", members("a"))], Traffic()))


def test_a_fault_that_stays_becomes_the_lists_own(client: GraphClient, graph: Scripted) -> None:
    """When patience with a list ends, its error is its result; the others are not touched."""
    failed = {"status": 503, "body": {"error": {"code": "ServiceNotAvailable"}}}
    graph.will(answers({}, failed), *[answers(failed)] * 3)
    found = dict(lists(client, [("a", members("a")), ("b", members("b"))], Traffic()))
    assert found["a"] == []
    assert isinstance(found["b"], ServerFailed)


def test_a_page_that_never_is_one_ends_everything(client: GraphClient, graph: Scripted) -> None:
    """What is no refusal of Graph's cannot be a list's result."""
    graph.will(*[answers({"body": "<html>"})] * 4)
    with pytest.raises(BadAnswer, match=r"GET /v1\.0/groups/a/members"):
        list(lists(client, [("a", members("a"))], Traffic()))


def test_a_refused_batch_refuses_its_lists(client: GraphClient, graph: Scripted) -> None:
    """Where batches are not allowed at all, each list says so."""
    graph.will(error(403, "Authorization_RequestDenied"))
    found = dict(lists(client, [("a", members("a")), ("b", members("b"))], Traffic()))
    assert {key: type(result) for key, result in found.items()} == {"a": Denied, "b": Denied}


def test_every_list_inside_is_charged(graph: Scripted, tenant: Tenant) -> None:
    """A batch spends what Graph says that each of its lists cost."""
    published = replace(tenant, graph_url=graph.url, quota="published")
    graph.will(answers(*[{"headers": {"x-ms-resource-unit": "100"}}] * 20))
    with GraphClient(published, sleep=lambda _: None) as client:
        list(lists(client, [(str(number), members("a")) for number in range(20)], Traffic()))
        assert client.governor.expected("directory", 1500) == 0.0
        assert client.governor.expected("directory", 1501) > 9.0


def test_a_batch_is_no_larger_than_its_limit(graph: Scripted, tenant: Tenant) -> None:
    """Where only five requests go at once, no batch holds more."""
    published = replace(tenant, graph_url=graph.url, quota="published")
    graph.will(*[answers(*[{}] * 5)] * 3)
    sign_ins = Listing("/v1.0/auditLogs/signIns", bucket="reports")
    with GraphClient(published, sleep=lambda _: None) as client:
        assert len(list(lists(client, [(str(number), sign_ins) for number in range(15)], Traffic()))) == 15
    assert [len(json.loads(body)["requests"]) for body in graph.sent] == [5, 5, 5]


def test_halting_ends_the_batches(graph: Scripted, tenant: Tenant) -> None:
    """Lists that are waited for end at once when the client is halted."""
    graph.will(answers({"status": 503, "headers": {"Retry-After": "600"}, "body": {}}))
    with GraphClient(replace(tenant, graph_url=graph.url)) as client:
        Timer(0.3, client.halt).start()
        with pytest.raises(Halted):
            list(lists(client, [("a", members("a"))], Traffic()))


def answers(*parts: dict[str, Any]) -> Reply:
    """Return the answer to a batch, whose parts are empty lists unless they say otherwise."""
    whole = [{"id": str(n), "status": 200, "body": {"value": []}, **part} for n, part in enumerate(parts)]
    return Reply(body=json.dumps({"responses": whole[::-1]}).encode())
