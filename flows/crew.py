"""Readers in threads of their own, and one loader: the thread that runs the crew."""

from __future__ import annotations

import contextvars
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import Final, TypeVar

from pipelines.entra.parcel import Parcel
from pipelines.errors import Halted

GRACE_SECONDS: Final = 3.0
"""How long a crew that is dismissed may take to put its things down."""

NAP_SECONDS: Final = 0.5
"""How long the loader waits before it looks up: a wait without end may sleep through Ctrl-C."""

Result = TypeVar("Result")
Waiting = tuple[Parcel, Future[None]]


class Crew:
    """Runs jobs side by side. What they read is loaded in the thread that called `work`, and what waits together is loaded at once.

    Args:
        load: commits parcels of different collections, all or, where it raises, none that count.
    """

    def __init__(self, load: Callable[..., None]):
        self._load = load
        self._waiting: deque[Waiting] = deque()
        self._news = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._is_dismissed = False

    def commit(self, parcel: Parcel) -> None:
        """Wait until a parcel is committed; called by a job.

        Raises:
            WarehouseError: it could not be. Later ones may be, nevertheless.
            Halted: the crew was dismissed.
        """
        done: Future[None] = Future()
        with self._news:
            if self._is_dismissed:
                raise _dismissed()
            self._waiting.append((parcel, done))
            self._news.notify()
        done.result()

    def work(self, jobs: Sequence[Callable[[], Result]]) -> list[Result]:
        """Return what the jobs return, in their order; the first failure is raised once all have ended."""
        results = [self._start(job) for job in jobs]
        while not all(result.done() for result in results):
            with self._news:
                self._news.wait_for(lambda: self._waiting or all(result.done() for result in results), NAP_SECONDS)
                together = self._together()
            if together:
                self._commit(together)
            for _ in together:
                self._waiting.popleft()
        return [result.result() for result in results]

    def fork(self, jobs: Sequence[Callable[[], Result]]) -> list[Result]:
        """Return what the jobs of a job return, in their order; the first failure is raised once all have ended.

        Nobody commits for a job that outlives the one that it was forked from.
        """
        results = [self._start(job) for job in jobs]
        wait(results)
        return [result.result() for result in results]

    def dismiss(self) -> None:
        """Refuse what is not committed, and give everybody a moment to end.

        Whoever waits for an answer of Graph's is left behind and ends with the process: who pressed Ctrl-C need not wait for it.
        """
        with self._news:
            self._is_dismissed = True
        for _, done in self._waiting:
            if not done.done():
                done.set_exception(_dismissed())
        until = time.monotonic() + GRACE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _start(self, job: Callable[[], Result]) -> Future[Result]:
        result: Future[Result] = Future()
        context = contextvars.copy_context()  # Prefect's tasks know their flow by it

        def run() -> None:
            try:
                result.set_result(context.run(job))
            except BaseException as fault:  # noqa: BLE001 - raised again where the results are gathered
                result.set_exception(fault)
            with self._news:
                self._news.notify()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)
        return result

    def _together(self) -> list[Waiting]:
        """Return who waited longest, and those behind it up to the first with rows of the same collection, of another tenant."""
        together: list[Waiting] = []
        collections = set[str]()
        for parcel, done in self._waiting:
            if collections & parcel.collections:
                break
            collections |= parcel.collections
            together.append((parcel, done))
        return together

    def _commit(self, together: Sequence[Waiting]) -> None:
        """Load parcels, and tell who waits for them. What cannot be loaded with others is loaded by itself: one fault is not everybody's."""
        try:
            self._load(*(parcel for parcel, _ in together))
        except Exception as fault:  # noqa: BLE001 - raised again in the job that waits for it
            if len(together) > 1:
                for one in together:
                    self._commit([one])
            else:
                together[0][1].set_exception(fault)
        else:
            for _, done in together:
                done.set_result(None)


def _dismissed() -> Halted:
    return Halted("The run was stopped before everything was loaded; start it again to go on.")
