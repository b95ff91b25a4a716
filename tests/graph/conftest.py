"""A client on a scripted Graph, which waits no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelines.graph.client import GraphClient
from pipelines.graph.retry import Policy
from pipelines.settings import Tenant
from tests.scripted import Scripted, scripted


@pytest.fixture
def graph() -> Iterator[Scripted]:
    """Return a scripted Graph."""
    with scripted() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """Return the seconds that the client would have slept."""
    return []


@pytest.fixture
def client(graph: Scripted, tenant: Tenant, waits: list[float]) -> Iterator[GraphClient]:
    """Return a client on the scripted Graph, with real tokens, that notes its waits instead of sleeping."""
    with GraphClient(replace(tenant, graph_url=graph.url), Policy(attempts=4), waits.append) as made:
        yield made
