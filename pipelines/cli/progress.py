"""How a sync goes on, while it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from pipelines.cli.console import out, say
from pipelines.entra.outcomes import Outcome


class Lines:
    """One plain line for each collection, and for each part of a long one, for logs and pipes."""

    def __init__(self) -> None:
        self._nodes = 0

    def started(self, outcome: Outcome) -> None:
        """Say nothing before there is something to say."""

    def committed(self, outcome: Outcome) -> None:
        """Print how far a log is, where more of it is to come."""
        if outcome.seconds_left:
            say(f"{outcome.collection.name:<28} {'reading':<12} {going(outcome)}")

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
    """A live line for each list that is being read, above them the ones of what is done.

    Args:
        progress: rich's, running.
    """

    def __init__(self, progress: Progress):
        self._progress = progress
        self._tasks: dict[int, TaskID] = {}
        self._lock = threading.Lock()
        self._nodes = 0
        self._building: TaskID | None = None

    def started(self, outcome: Outcome) -> None:
        """Open a live line."""
        with self._lock:
            self._tasks[id(outcome)] = self._progress.add_task(outcome.collection.name, total=None, outcome=outcome)

    def committed(self, outcome: Outcome) -> None:
        """Leave it to the live line."""

    def finished(self, outcome: Outcome) -> None:
        """Replace the live line by the final one."""
        with self._lock:
            if (task := self._tasks.pop(id(outcome), None)) is not None:
                self._progress.remove_task(task)
        say(line(outcome), style=None if outcome.is_complete else "yellow")

    def building(self, node: str) -> None:
        """Count models and tests on a live line."""
        if self._building is None:
            self._building = self._progress.add_task("models and tests", total=None, detail="")
        self._nodes += 1
        self._progress.update(self._building, detail=f"{self._nodes} done, last {node}")


class _Detail(ProgressColumn):
    """What a live line says, as it is when it is drawn."""

    def render(self, task: Task) -> Text:
        """Return the text."""
        outcome: Outcome | None = task.fields.get("outcome")
        return Text(going(outcome) if outcome else str(task.fields.get("detail", "")), style="dim")


@contextmanager
def shown() -> Iterator[Lines | Bars]:
    """Return a watcher that suits who is looking."""
    if not out.is_terminal:
        yield Lines()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), _Detail(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        yield Bars(progress)


def going(outcome: Outcome) -> str:
    """Return how the reading of a collection goes: rows, rate, what was waited for the quota, and the time left."""
    said = [f"{outcome.rows:,} rows"]
    if outcome.rows and outcome.elapsed >= 1:
        said.append(f"{outcome.rows / outcome.elapsed:,.0f} rows/s")
    if outcome.traffic.waited_seconds >= 1:
        said.append(f"{duration(outcome.traffic.waited_seconds)} waited")
    if outcome.seconds_left:
        said.append(f"about {duration(outcome.seconds_left)} left")
    return ", ".join(said)


def duration(seconds: float) -> str:
    """Return a time in the unit that a person would use."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def line(outcome: Outcome) -> str:
    """Return one collection's line."""
    traffic = outcome.traffic
    batched = f" and {traffic.batched:,} in batches" if traffic.batched else ""
    since = f", of {outcome.window_from:%Y-%m-%d %H:%M} UTC and later" if outcome.window_from else ""
    counts = f"{outcome.rows:>9,} rows, {traffic.requests:,} requests{batched}{since}"
    said = counts if outcome.is_complete else f"needs {outcome.missing}" if outcome.missing else str(outcome.error)
    return f"{outcome.collection.name:<36} {outcome.outcome:<12} {said}"
