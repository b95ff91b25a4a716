"""Readers in threads of their own, and one loader: the thread that runs the crew."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

from pipelines.entra.parcel import Parcel

Result = TypeVar("Result")


class Crew:
    """Runs jobs side by side. What they read is loaded one parcel at a time, in the thread that called `work`.

    Args:
        load: commits a parcel.
    """

    def __init__(self, load: Callable[[Parcel], None]):
        self._load = load
        self._committing: SimpleQueue[tuple[Parcel, Future[None]] | None] = SimpleQueue()

    def commit(self, parcel: Parcel) -> None:
        """Wait until a parcel is committed; called by a job.

        Raises:
            WarehouseError: it could not be.
        """
        done: Future[None] = Future()
        self._committing.put((parcel, done))
        done.result()

    def work(self, jobs: Sequence[Callable[[], Result]]) -> list[Result]:
        """Return what the jobs return, in their order; the first failure is raised once all have ended.

        The threads end with the process: one that waits for Graph keeps nobody who pressed Ctrl-C.
        """
        results = [self._start(job) for job in jobs]
        while not all(result.done() for result in results):
            item = self._committing.get()
            if item is not None:
                self._commit(*item)
        return [result.result() for result in results]

    def fork(self, jobs: Sequence[Callable[[], Result]]) -> list[Result]:
        """Return what the jobs of a job return, in their order."""
        results = [self._start(job) for job in jobs]
        return [result.result() for result in results]

    def _start(self, job: Callable[[], Result]) -> Future[Result]:
        result: Future[Result] = Future()
        context = contextvars.copy_context()  # Prefect's tasks know their flow by it

        def run() -> None:
            try:
                result.set_result(context.run(job))
            except BaseException as fault:  # noqa: BLE001 - raised again where the results are gathered
                result.set_exception(fault)
            self._committing.put(None)

        threading.Thread(target=run, daemon=True).start()
        return result

    def _commit(self, parcel: Parcel, done: Future[None]) -> None:
        try:
            self._load(parcel)
        except Exception as fault:  # noqa: BLE001 - raised again in the job that waits for it
            done.set_exception(fault)
        else:
            done.set_result(None)
