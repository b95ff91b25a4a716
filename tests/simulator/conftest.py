"""Tenants to read, and the reader of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from simulator import Tenant, populate, serve
from tests.simulator.reader import NOW, Open, Reader


@pytest.fixture
def read() -> Iterator[Open]:
    """Return a way to serve a tenant and read it; arguments are those of `serve`."""
    with ExitStack() as stack:

        def start(tenant: Tenant, **options: Any) -> Reader:
            reader = Reader(stack.enter_context(serve(tenant, **options)))
            stack.callback(reader.session.close)
            return reader

        yield start


@pytest.fixture
def story() -> Tenant:
    """Return an empty tenant that stands still at `NOW`."""
    return Tenant(now=NOW)


@pytest.fixture(scope="session")
def crowd() -> Iterator[Reader]:
    """Return a reader of a populated tenant that no test changes."""
    with serve(populate(users=60, apps=40, days=7, now=NOW)) as server:
        reader = Reader(server)
        yield reader
        reader.session.close()
