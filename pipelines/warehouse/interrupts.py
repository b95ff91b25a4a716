"""Ctrl-C while dlt works. dlt notes a first signal, to end in good order, and forgets it where nothing was left to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from dlt.common.exceptions import SignalReceivedException
from dlt.common.runtime import signals


@contextmanager
def deferred() -> Iterator[None]:
    """Let dlt note SIGINT and SIGTERM for the block, and deliver what it noted when the block has ended, however it ended.

    A query that is under way is not broken off: DuckDB would report that as a failure, and dlt repeat it, or go on without
    what it asked.
    """
    try:
        with signals.intercepted_signals():  # dlt's own, inside, leave everything to this one
            try:
                yield
            finally:
                signals.raise_if_signalled()
    except SignalReceivedException as noted:
        signal.raise_signal(noted.signal_code)
        raise
