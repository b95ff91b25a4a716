"""Counts: plain text that is a number, whatever stands around it."""

from __future__ import annotations

import pytest

from pipelines import settings
from pipelines.errors import BadAnswer
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.counts import count
from simulator import populate, serve
from tests.scripted import Reply, Scripted


@pytest.mark.parametrize("body", [b"42", b"\xef\xbb\xbf42", b" 42\r\n"])
def test_a_count_is_read(client: GraphClient, graph: Scripted, body: bytes) -> None:
    """A byte order mark and blanks do not matter; the advanced query's header and plain text are asked for."""
    graph.will(Reply(body=body))
    assert count(client, "/v1.0/users", Traffic()) == 42
    path, headers = graph.asked[0]
    assert (path, headers["consistencylevel"], headers["accept"]) == ("/v1.0/users/$count", "eventual", "text/plain")


@pytest.mark.parametrize("body", [b"", b"many", b"<html>", b"-1", b"1.5", b'{"value": 3}'])
def test_anything_else_is_no_count(client: GraphClient, graph: Scripted, body: bytes) -> None:
    """What is no number is asked for again, and in the end an error."""
    graph.will(*[Reply(body=body)] * 4)
    with pytest.raises(BadAnswer, match=r"GET /v1.0/users/\$count"):
        count(client, "/v1.0/users", Traffic())


def test_a_simulated_tenant_is_counted() -> None:
    """The simulator, which refuses JSON here as Graph does, counts its users."""
    tenant = populate(users=7, apps=2, days=1)
    with serve(tenant) as server, GraphClient(settings.tenant(server.settings)) as client:
        assert count(client, "/v1.0/users", Traffic()) == tenant.count("users")
