"""The dashboard on a free port, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from dashboard.server import address, bind, server
from dashboard.site import Site

from .files import NOW

SECONDS_TO_START = 30


@contextmanager
def served(file: Path, now: datetime = NOW) -> Iterator[str]:
    """Serve a published file for the block; yields the address, which ends in a slash."""
    site, ready = Site(file, lambda: now), threading.Event()
    with bind("127.0.0.1", 0) as listening:
        running = server(site, listening, ready.set)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            assert ready.wait(SECONDS_TO_START)
            yield address(listening)
        finally:
            running.should_exit = True
            thread.join()
            site.reader.close()
