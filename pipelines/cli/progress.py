"""How a sync goes on, while it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlt.common.runtime.collector_base import Collector
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from pipelines.cli.console import out, say
from pipelines.entra.outcomes import Outcome


class Lines:
    """One plain line for each collection, for logs and pipes."""

    def __init__(self) -> None:
        self._nodes = 0

    def started(self, outcome: Outcome) -> None:
        """Say nothing before there is something to say."""

    def finished(self, outcome: Outcome) -> None:
        """Print what became of the collection."""
        say(line(outcome))

    def building(self, node: str) -> None:
        """Say that the models are being built, and every hundred of them how far."""
        self._nodes += 1
        if self._nodes == 1:
            say("building and testing the models")
        elif self._nodes % 100 == 0:
            say(f"  {self._nodes} models and tests done, last {node}")


class Bars:
    """A live line for what is going on, above it the ones of what is done.

    Args:
        progress: rich's, running.
    """

    def __init__(self, progress: Progress):
        self._progress = progress
        self._task: TaskID | None = None
        self._outcome: Outcome | None = None
        self._nodes = 0

    def started(self, outcome: Outcome) -> None:
        """Open a live line."""
        self._outcome = outcome
        self._open(outcome.collection.name)

    def finished(self, outcome: Outcome) -> None:
        """Replace the live line by the final one."""
        self._close()
        self._outcome = None
        say(line(outcome), style=None if outcome.is_complete else "yellow")

    def building(self, node: str) -> None:
        """Count models and tests on a live line."""
        if self._task is None:
            self._open("models and tests")
        self._nodes += 1
        self.step(f"{self._nodes} done, last {node}")

    def step(self, text: str) -> None:
        """Say what is being done on the live line."""
        if self._task is not None:
            counted = f"{self._outcome.rows:,} rows  " if self._outcome else ""
            self._progress.update(self._task, detail=f"{counted}{text}")

    def _open(self, name: str) -> None:
        self._task = self._progress.add_task(name, total=None, detail="")

    def _close(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None


class Steps(Collector):
    """dlt's collector of counts, told on the live line: which of its steps runs, and how far it is.

    Args:
        bars: where the live line is.
    """

    def __init__(self, bars: Bars):
        self._bars = bars

    def update(self, *_: Any, **__: Any) -> None:
        """Show the step; the rows stand in the outcome."""
        self._bars.step(_verb(self.step or ""))

    def _start(self, step: str) -> None:
        self._bars.step(_verb(step))

    def _stop(self) -> None:
        """Leave the line to the next step."""


def _verb(step: str) -> str:
    """Return the verb of dlt's name for a step, for example of `Load entra in 1795421523.4`."""
    return step.partition(" ")[0].lower()


@contextmanager
def shown() -> Iterator[tuple[Lines | Bars, Collector | None]]:
    """Return a watcher, and a collector for dlt, that suit who is looking."""
    if not out.is_terminal:
        yield Lines(), None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[detail]}", style="dim"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out, transient=True) as progress:
        bars = Bars(progress)
        yield bars, Steps(bars)


def line(outcome: Outcome) -> str:
    """Return one collection's line."""
    since = f", new since {outcome.since:%Y-%m-%d %H:%M} UTC" if outcome.since else ""
    counts = f"{outcome.rows:>9,} rows, {outcome.traffic.requests:,} requests{since}"
    said = counts if outcome.is_complete else f"needs {outcome.missing}" if outcome.missing else str(outcome.error)
    return f"{outcome.collection.name:<28} {outcome.outcome:<12} {said}"
