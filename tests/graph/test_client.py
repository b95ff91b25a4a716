"""The client: bodies whole and decoded, connections kept, quotas learned from, and an end to waiting."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest

from pipelines.errors import Halted, NotFound, Throttled, TooSlow
from pipelines.graph import client as client_module
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.clock import Clock
from pipelines.graph.governor import AppLimits, Governor
from pipelines.settings import Tenant
from tests.scripted import Reply, Scripted, error


def get(client: GraphClient, path: str = "/v1.0/users", bucket: str = "directory") -> bytes:
    """Return the body of an answer."""
    return client.get(f"{client.url}{path}", headers={}, bucket=bucket, traffic=Traffic(), parse=bytes)


@pytest.fixture
def published(graph: Scripted, tenant: Tenant) -> Iterator[GraphClient]:
    """Return a client that keeps the published limits and waits no time."""
    settings = replace(tenant, graph_url=graph.url, quota="published")
    with GraphClient(settings, governor=Governor(settings, clock=Clock(lambda _: None))) as made:
        yield made


def test_compressed_bodies_are_decoded(client: GraphClient, graph: Scripted) -> None:
    """Graph may answer gzip."""
    body = b'{"value": []}' * 1000
    graph.will(Reply(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}))
    assert get(client) == body


def test_a_compressed_body_that_is_cut_is_asked_for_again(client: GraphClient, graph: Scripted) -> None:
    """Half of a compressed body is not taken for the whole."""
    body = b'{"value": []}' * 1000
    packed = gzip.compress(body)
    headers = {"Content-Encoding": "gzip"}
    graph.will(Reply(body=packed[:-30], headers=headers, promised=len(packed)), Reply(body=packed, headers=headers))
    assert get(client) == body
    assert len(graph.asked) == 2


def test_connections_are_kept(client: GraphClient, graph: Scripted) -> None:
    """One after the other, requests share a connection, refused ones included."""
    graph.will(Reply(body=b"1"), error(404), Reply(body=b"2"), error(429, **{"Retry-After": "1"}), Reply(body=b"3"))
    assert get(client) == b"1"
    with pytest.raises(NotFound):
        get(client)
    assert [get(client), get(client)] == [b"2", b"3"]
    assert graph.connections == 1


def test_costs_are_learned(published: GraphClient, graph: Scripted) -> None:
    """`x-ms-resource-unit` says what a request really cost."""
    graph.will(*[Reply(body=b"1", headers={"x-ms-resource-unit": "700"})] * 5)
    for _ in range(5):
        get(published)
    assert published.governor.expected("directory", 1) > 9.0


@pytest.mark.parametrize("bucket", ["directory", "credentials"])
def test_the_use_of_others_is_learned(published: GraphClient, graph: Scripted, bucket: str) -> None:
    """`x-ms-throttle-limit-percentage` above what was asked here slows the directory, and only it, before Graph refuses."""
    before = expected(published)
    graph.will(Reply(body=b"1", headers={"x-ms-throttle-limit-percentage": "0.9"}))
    get(published, bucket=bucket)
    after = expected(published)
    assert after["directory"] > 5 * before["directory"]
    assert after["reports"] == before["reports"]


def test_a_429_slows_everybody(published: GraphClient, graph: Scripted) -> None:
    """The bucket of a throttled request allows less from then on; other buckets do not change."""
    before = expected(published)
    graph.will(error(429, **{"Retry-After": "5"}), Reply(body=b"1"))
    assert get(published, bucket="reports") == b"1"
    after = expected(published)
    assert after["reports"] > 1.1 * before["reports"]
    assert after["directory"] == before["directory"]


def expected(client: GraphClient) -> dict[str, float]:
    """Return the seconds that many requests would take."""
    return {bucket: client.governor.expected(bucket, 100_000) for bucket in ("directory", "reports")}


def test_the_apps_limit_is_told_by_its_scope(graph: Scripted, tenant: Tenant) -> None:
    """A 429 with the scope of the app holds all of the app's tenants."""
    settings = replace(tenant, graph_url=graph.url, quota="published")
    app, clock = AppLimits(), Clock(lambda _: None)
    busy = {"Retry-After": "1000", "x-ms-throttle-scope": "Application/ReadWrite/c/t"}
    graph.will(error(429, **busy))
    with GraphClient(settings, governor=Governor(settings, app, clock)) as client, pytest.raises(Throttled):
        get(client)
    assert app.lanes["directory"].share(clock.now()) < 1.0


def test_a_refusal_beyond_patience_holds_the_bucket(graph: Scripted, tenant: Tenant) -> None:
    """Who comes next is refused without asking Graph, until so little remains that it is worth waiting for."""
    settings = replace(tenant, graph_url=graph.url)
    clock = Clock(lambda _: None)
    graph.will(error(429, **{"Retry-After": "1000"}), Reply(body=b"1"))
    with GraphClient(settings, governor=Governor(settings, clock=clock)) as client:
        for _ in range(2):
            with pytest.raises(Throttled):
                get(client, bucket="reports")
        assert len(graph.asked) == 1
        clock.wait(200.0)
        assert get(client, bucket="reports") == b"1"
        assert clock.now() - time.monotonic() == pytest.approx(1000.0, abs=1.0)


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
def test_an_answer_that_does_not_come_is_told(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    """Where Graph takes a request and answers nothing, or half of it, it is too slow: not out of reach."""
    monkeypatch.setattr(client_module, "READ_SECONDS", 0.1)
    waited: list[float] = []
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        accepting = threading.Thread(target=answer_slowly, args=(stack, server, begun))
        accepting.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        client = stack.enter_context(GraphClient(replace(tenant, graph_url=url), sleep=waited.append))
        with pytest.raises(TooSlow, match=r"Graph did not answer GET /v1.0/users within 0.1 s; run"):
            get(client)
        accepting.join()
    assert len(waited) == 1


def answer_slowly(stack: ExitStack, server: socket.socket, begun: bytes) -> None:
    """Take two connections, begin an answer to each, and keep them open until the stack ends."""
    for _ in range(2):
        connection = stack.enter_context(server.accept()[0])
        connection.sendall(begun)


def test_halting_ends_a_client(graph: Scripted, tenant: Tenant) -> None:
    """A request that waits for its turn or after a fault ends at once, and later ones are not sent."""
    settings = replace(tenant, graph_url=graph.url)
    graph.will(error(503, **{"Retry-After": "600"}))
    with GraphClient(settings) as client, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(get, client)
        while not graph.asked:
            time.sleep(0.01)
        threading.Timer(0.05, client.halt).start()
        began = time.monotonic()
        with pytest.raises(Halted):
            waiting.result()
        with pytest.raises(Halted):
            get(client)
    assert time.monotonic() - began < 5.0
    assert len(graph.asked) == 1
