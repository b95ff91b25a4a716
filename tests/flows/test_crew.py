"""The crew: jobs in threads, one loader, and no parcel that is loaded twice or reported wrongly."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from flows.crew import Crew
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.parcel import Landed, Parcel
from pipelines.errors import Halted, WarehouseError

WITHIN_SECONDS = 20


class Failed(Exception):
    """A job of a test gave up."""


@dataclass(frozen=True)
class Job:
    """What a job does: commit so many parcels, let others work, then end or fail.

    Attributes:
        commits: for each parcel, whether the loader refuses it.
        rows: the numbers of the collections that they have rows of.
        forks: jobs of its own.
        fault: what it raises in the end.
    """

    commits: list[bool]
    rows: set[int] = field(default_factory=set)
    forks: list[Job] = field(default_factory=list)
    fault: type[BaseException] | None = None


FAULTS = st.sampled_from([None, None, None, Failed, SystemExit])
ROWS = st.sets(st.integers(0, 2), max_size=2)
LEAVES = st.builds(Job, st.lists(st.booleans(), max_size=4), ROWS, st.just([]), FAULTS)
JOBS = st.recursive(
    LEAVES,
    lambda jobs: st.builds(Job, st.lists(st.booleans(), max_size=2), ROWS, st.lists(jobs, max_size=3), FAULTS),
    max_leaves=6,
)


class Told:
    """A crew whose loader and jobs keep a record. Parcels that are refused have a name that begins with `bad`."""

    def __init__(self) -> None:
        self.crew = Crew(self.load)
        self.loaded: Counter[str] = Counter()
        self.committed: list[str] = []
        self.refused: list[str] = []
        self.loaders: set[int] = set()
        self.together: list[int] = []
        self.ended = 0
        self._names = iter(range(1_000_000))
        self._loading = threading.Lock()

    def load(self, *parcels: Parcel) -> None:
        """Load parcels, or refuse them all where one is bad."""
        assert self._loading.acquire(blocking=False), "two loads at once"
        self.loaders.add(threading.get_ident())
        names, rows = [parcel.name for parcel in parcels], [x for parcel in parcels for x in parcel.landed]
        is_refused = any(name.startswith("bad") for name in names)
        if not is_refused or len(names) == 1:
            self.loaded.update(names)
        self.together.append(len(names))
        self._loading.release()
        assert names, "a load of nothing"
        assert len({x.collection.name for x in rows}) == len(rows), "two parcels of one collection"
        if is_refused:
            raise WarehouseError(", ".join(names))

    def carry_out(self, job: Job) -> str:
        """Do what a job does."""
        for is_bad in job.commits:
            self.commit(f"{'bad' if is_bad else 'good'} {next(self._names)}", *job.rows)
        try:
            self.crew.fork([partial(self.carry_out, other) for other in job.forks])
        finally:
            self.ended += 1
        if job.fault:
            raise job.fault
        return "done"

    def commit(self, name: str, *rows: int) -> None:
        """Commit a parcel with rows of these collections, and keep what became of it."""
        try:
            self.crew.commit(Parcel(name, [Landed(COLLECTIONS[number], Path("none"), 1, {}) for number in rows], []))
        except WarehouseError as fault:
            self.refused.append(str(fault))
        else:
            self.committed.append(name)


def worked(told: Told, jobs: list[Callable[[], str]]) -> list[str] | BaseException:
    """Return what the crew's work gave or raised; it must come to an end."""
    results: list[list[str] | BaseException] = []

    def work() -> None:
        try:
            results.append(told.crew.work(jobs))
        except BaseException as fault:  # noqa: BLE001 - what is raised is the result
            results.append(fault)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(WITHIN_SECONDS)
    assert results, "the work did not end"
    return results[0]


def count(jobs: list[Job]) -> int:
    """Return how many jobs there are, those of jobs included."""
    return sum(1 + count(job.forks) for job in jobs)


def faults(jobs: list[Job]) -> set[type[BaseException]]:
    """Return what the jobs raise."""
    return {job.fault for job in jobs if job.fault}.union(*(faults(job.forks) for job in jobs))


@given(jobs=st.lists(JOBS, max_size=4))
@hypothesis_settings(deadline=None, max_examples=150)
def test_every_parcel_is_loaded_once_and_every_job_ends(jobs: list[Job]) -> None:
    """Whatever jobs commit, fork and raise: each parcel is loaded once by one thread, its job learns how, and the work ends after all jobs."""
    told = Told()
    result = worked(told, [partial(told.carry_out, job) for job in jobs])
    assert told.ended == count(jobs)
    assert set(told.loaded.values()) <= {1}
    assert sorted(told.loaded) == sorted(told.committed + told.refused)
    assert {name.split()[0] for name in told.refused} <= {"bad"}
    assert {name.split()[0] for name in told.committed} <= {"good"}
    assert len(told.loaders) <= 1
    if found := faults(jobs):
        assert type(result) in found
    else:
        assert result == ["done"] * len(jobs)


def test_what_waits_together_is_loaded_at_once() -> None:
    """While one parcel is loaded, others of different collections gather, and are loaded as one; one that is refused takes none of them along."""
    told = Told()
    gathered = threading.Barrier(3)

    def job(name: str, row: int) -> str:
        gathered.wait(WITHIN_SECONDS)
        told.commit(name, row)
        return "done"

    def first() -> str:
        told.commit("good first", 0)
        return "done"

    def load(*parcels: Parcel) -> None:
        if told.together == []:
            gathered.wait(WITHIN_SECONDS)
            while len(told.crew._waiting) < 3:
                time.sleep(0.001)
        told.load(*parcels)

    told.crew = Crew(load)
    assert worked(told, [first, partial(job, "good one", 1), partial(job, "bad two", 2)]) == ["done"] * 3
    assert (told.together, told.refused) == ([1, 2, 1, 1], ["bad two"])
    assert set(told.loaded.values()) == {1}


def test_a_fault_of_one_waits_for_the_others_parcels() -> None:
    """A job that forked a job that fails at once ends only when the parcels of the other one are committed."""
    told = Told()
    is_failing = threading.Event()

    def fail() -> str:
        is_failing.set()
        raise Failed

    def commit_later() -> str:
        is_failing.wait(WITHIN_SECONDS)
        told.commit("good later")
        return "done"

    assert isinstance(worked(told, [lambda: told.crew.fork([fail, commit_later])[0]]), Failed)
    assert told.committed == ["good later"]


def test_a_crew_that_is_interrupted_leaves_nobody_waiting() -> None:
    """After Ctrl-C in a load, jobs that wait to commit or try to are told to stop, and their threads end."""
    refused: list[BaseException] = []
    waiting = threading.Barrier(2)

    def load(*_: Parcel) -> None:
        waiting.wait(WITHIN_SECONDS)
        raise KeyboardInterrupt

    def job() -> None:
        for _ in range(2):
            try:
                crew.commit(Parcel("never", [], []))
            except Halted as fault:
                refused.append(fault)

    def other() -> None:
        waiting.wait(WITHIN_SECONDS)
        job()

    crew = Crew(load)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        crew.work([job, other])
    crew.dismiss()
    assert len(refused) == 4
    assert threading.active_count() == before
