"""Ctrl-C while dlt works is neither lost nor does it break off what is being written."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from dlt.common.runtime import signals

from pipelines.warehouse.interrupts import deferred


@pytest.fixture
def terminated() -> Iterator[list[int]]:
    """Return the SIGTERMs that a handler of this process's own was told of."""
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    yield told
    signal.signal(signal.SIGTERM, before)


def test_an_interrupt_comes_after_the_work() -> None:
    """Ctrl-C while dlt is in its last step is raised once that is done; dlt alone would forget it."""
    done = []

    @deferred()
    def load() -> None:
        with signals.intercepted_signals():  # as dlt does
            signal.raise_signal(signal.SIGINT)
        done.append("loaded")

    with pytest.raises(KeyboardInterrupt):
        load()
    assert done == ["loaded"]


def test_an_interrupt_outdoes_a_failure() -> None:
    """Where the work fails as well, the interrupt is what is told."""

    @deferred()
    def fail() -> None:
        signal.raise_signal(signal.SIGINT)
        raise ValueError

    with pytest.raises(KeyboardInterrupt):
        fail()


def test_a_termination_reaches_who_waits_for_it(terminated: list[int]) -> None:
    """SIGTERM is passed on to the handler that was there, after the work."""

    @deferred()
    def load() -> None:
        signal.raise_signal(signal.SIGTERM)
        assert terminated == []

    with pytest.raises(KeyboardInterrupt):
        load()
    assert terminated == [signal.SIGTERM]


def test_without_a_signal_nothing_happens() -> None:
    """Work that nobody interrupts goes through, and handlers are as before."""
    before = signal.getsignal(signal.SIGINT)
    with deferred():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
