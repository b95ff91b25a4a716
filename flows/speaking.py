"""The way to a Prefect server of ours, and one sentence for whatever goes wrong on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.local import Local
from pipelines.errors import ConsentryError


@contextmanager
def speaking(local: Local) -> Iterator[SyncPrefectClient]:
    """Return a client of the server for the block, in which Prefect's own functions find that server, too.

    Raises:
        ConsentryError: the server is not there, or fails.
    """
    try:
        with temporary_settings({PREFECT_API_URL: local.api}), get_client(sync_client=True) as client:
            yield client
    except httpx.HTTPError as fault:
        said = " ".join(str(fault).split())[:300] or type(fault).__name__
        raise ConsentryError(
            f"The Prefect server at {local.address} gives no usable answer ({said}); look at what `consentry up` printed, then try again."
        ) from fault
