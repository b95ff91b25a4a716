"""How a sync goes on, while it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from pipelines.cli.console import out, say
from pipelines.entra.collection import CHANGES, MEMBERS
from pipelines.entra.outcomes import NOT_NEEDED, Outcome
from pipelines.settings import Tenant
from pipelines.wording import duration

LONGEST: Final = 36
"""Characters of the longest name of a collection."""


class Names:
    """What a line calls a collection: its name, and its tenant's before it where there are several.

    Args:
        tenants: those that are read.
    """

    def __init__(self, tenants: Sequence[Tenant] = ()):
        self._names: Mapping[str, str] = {one.tenant_id: one.name for one in tenants} if len(tenants) > 1 else {}
        self._width = max(map(len, self._names.values()), default=0)

    def of(self, outcome: Outcome) -> str:
        """Return it, as long as every other one."""
        tenant = f"{self._names[outcome.tenant_id]:<{self._width}} " if self._names else ""
        return f"{tenant}{outcome.collection.name:<{LONGEST}}"


class Lines:
    """One plain line for each collection, and for each part of a long one, for logs and pipes.

    Args:
        names: what the lines begin with.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._nodes = 0

    def started(self, outcome: Outcome) -> None:
        """Say nothing before there is something to say."""

    def committed(self, outcome: Outcome) -> None:
        """Print how far a log is, where more of it is to come."""
        if outcome.seconds_left >= 1:
            say(f"{self._names.of(outcome)} {'reading':<12} {going(outcome)}")

    def finished(self, outcome: Outcome) -> None:
        """Print what became of the collection."""
        say(line(outcome, self._names))

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
        names: what the lines begin with.
    """

    def __init__(self, progress: Progress, names: Names):
        self._progress = progress
        self._names = names
        self._tasks: dict[int, TaskID] = {}
        self._lock = threading.Lock()
        self._nodes = 0
        self._building: TaskID | None = None

    def started(self, outcome: Outcome) -> None:
        """Open a live line."""
        with self._lock:
            self._tasks[id(outcome)] = self._progress.add_task(self._names.of(outcome), total=None, outcome=outcome)

    def committed(self, outcome: Outcome) -> None:
        """Leave it to the live line."""

    def finished(self, outcome: Outcome) -> None:
        """Replace the live line by the final one."""
        with self._lock:
            if (task := self._tasks.pop(id(outcome), None)) is not None:
                self._progress.remove_task(task)
        say(line(outcome, self._names), style=None if outcome.is_complete else "yellow")

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
def shown(tenants: Sequence[Tenant] = ()) -> Iterator[Lines | Bars]:
    """Return a watcher that suits who is looking.

    Args:
        tenants: those that are read.
    """
    names = Names(tenants)
    if not out.is_terminal:
        yield Lines(names)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), _Detail(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        yield Bars(progress, names)


def going(outcome: Outcome) -> str:
    """Return how the reading of a collection goes: rows, rate, what was waited for the quota, and the time left."""
    said = [_counted(outcome.rows, "row")]
    if outcome.rows and outcome.elapsed >= 1:
        said.append(f"{outcome.rows / outcome.elapsed:,.0f} rows/s")
    if outcome.traffic.waited_seconds >= 1:
        said.append(f"{duration(outcome.traffic.waited_seconds)} waited")
    if outcome.seconds_left >= 1:
        said.append(f"about {duration(outcome.seconds_left)} left")
    return ", ".join(said)


def line(outcome: Outcome, names: Names) -> str:
    """Return one collection's line."""
    return f"{names.of(outcome)} {outcome.outcome:<12} {_said(outcome)}".rstrip()


def _said(outcome: Outcome) -> str:
    """Return what came, or why it did not."""
    if outcome.outcome == NOT_NEEDED:
        return f"{outcome.collection.instead_of} could be read"
    if not outcome.is_complete:
        until_then = f"{_counted(outcome.rows, 'row')}, then: " if outcome.rows else ""
        return until_then + (outcome.reason.words if outcome.reason else "")
    return f"{_came(outcome)}, {_cost(outcome)}{_span(outcome)}"


def _came(outcome: Outcome) -> str:
    if outcome.collection.shape in (CHANGES, MEMBERS) and not outcome.rows:
        return "  nothing changed"
    return f"{outcome.rows:>9,} {'row' if outcome.rows == 1 else 'rows'}"


def _cost(outcome: Outcome) -> str:
    traffic = outcome.traffic
    if outcome.collection.shape == MEMBERS:
        return f"which came with {outcome.collection.parent}"
    batched = f" and {traffic.batched:,} in batches" if traffic.batched else ""
    return f"{_counted(traffic.requests, 'request')}{batched}"


def _span(outcome: Outcome) -> str:
    if outcome.window_from is None or outcome.window_to is None:
        return ""
    return f", from {outcome.window_from:%Y-%m-%d %H:%M} to {outcome.window_to:%Y-%m-%d %H:%M} UTC"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
