"""Memory and growth: what a large log costs beside a small one, at the first load and afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.apart import Usage, apart
from benchmarks.report import Row, Section, Verdict
from benchmarks.tenants import Served, served

QUIET_DAYS = 4
"""After so many days a tenant has no sign-ins of its own any more."""


@dataclass
class Volume:
    """A tenant and its warehouse.

    Attributes:
        sign_ins: how many there are at first.
        tenant: the tenant.
        home: the folder of the warehouse.
        first: what the first load took.
        hourly: what an hour later took, of each repetition.
        grown: what a fixed number of new rows took, of each repetition.
    """

    sign_ins: int
    tenant: Served
    home: Path
    first: Usage
    hourly: list[Usage] = field(default_factory=list)
    grown: list[Usage] = field(default_factory=list)

    def an_hour_later(self) -> None:
        """Read what an hour brings, and what is young again, as a schedule does."""
        self.hourly.append(self._read(self.tenant.later(1).isoformat()))

    def quieten(self) -> None:
        """Let the tenant's own sign-ins come to their end, and read them."""
        self._read(self.tenant.later(24 * QUIET_DAYS).isoformat())

    def grow(self, rows: int) -> None:
        """Let exactly so many new sign-ins appear within an hour, and read just them."""
        usage = self._read(self.tenant.later(1, rows).isoformat(), reread_hours=0)
        assert usage.rows == rows, f"{usage.rows} rows came, {rows} are new"
        self.grown.append(usage)

    @property
    def megabytes(self) -> float:
        """The size of the warehouse."""
        return (self.home / "warehouse.duckdb").stat().st_size / 1e6

    def _read(self, now: str, reread_hours: float = 24) -> Usage:
        return apart("benchmarks.ways:collecting", self.tenant.settings, str(self.home), now, "sign-ins", reread_hours)


@contextmanager
def loaded(sign_ins: int) -> Iterator[Volume]:
    """Load a tenant with so many sign-ins for the first time."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="consentry-benchmark-"))
        tenant = stack.enter_context(served("busy", users=2000, apps=300, sign_ins=sign_ins))
        home = Path(folder) / "home"
        first = apart("benchmarks.ways:collecting", tenant.settings, str(home), tenant.now.isoformat())
        assert first.rows >= sign_ins
        yield Volume(sign_ins, tenant, home, first)


def measure(small: int, large: int, new: int, repetitions: int) -> list[Section]:
    """Load both, and let both grow in turn.

    Args:
        small: sign-ins of one tenant.
        large: sign-ins of the other.
        new: how many rows come in addition.
        repetitions: how often.
    """
    with loaded(small) as few, loaded(large) as many:
        for volume in (few, many):
            volume.an_hour_later()
            volume.an_hour_later()
            volume.quieten()
        for number in range(repetitions):
            for volume in (few, many) if number % 2 == 0 else (many, few):
                volume.grow(new)
        return [_memory(few, many), _growth(few, many, new)]


def _memory(few: Volume, many: Volume) -> Section:
    rows: list[Row] = []
    for what, usages in (
        ("first load", [[v.first] for v in (few, many)]),
        ("an hour later", [few.hourly, many.hourly]),
    ):
        for volume, found in zip((few, many), usages, strict=True):
            peak = max(usage.peak for usage in found)
            rows.append(
                (f"{what}, {volume.sign_ins:,} sign-ins", f"{found[0].rows:,}", f"{found[0].wall:,.0f}", f"{peak:,.0f}")
            )
    ratio = many.first.peak / few.first.peak
    later = max(u.peak for u in many.hourly) / max(u.peak for u in few.hourly)
    most = max(usage.peak for usage in (many.first, *many.hourly))
    name = f"{many.sign_ins:,} against {few.sign_ins:,} sign-ins"
    return Section(
        "Memory",
        "The most that is resident while sign-ins are read into the warehouse: all of them at first, and an hour later what is new, "
        "with what is young read again. Python, DuckDB, Arrow, pandas and dlt take some 160 MB before anything is read.",
        ("run", "rows read", "seconds", "peak MB"),
        rows,
        [
            Verdict(f"first load, {name}", ratio, 1.15, "times"),
            Verdict(f"an hour later, {name}", later, 1.15, "times"),
            Verdict("the most of all", most, 1000, "MB"),
        ],
    )


def _growth(few: Volume, many: Volume, new: int) -> Section:
    rows = [
        (
            f"{new:,} into {volume.sign_ins:,}",
            str(len(volume.grown)),
            f"{median(u.cpu for u in volume.grown):.1f}",
            f"{min(u.cpu for u in volume.grown):.1f} to {max(u.cpu for u in volume.grown):.1f}",
            f"{median(u.wall for u in volume.grown):.1f}",
            f"{max(u.peak for u in volume.grown):,.0f}",
            f"{volume.megabytes:,.0f}",
        )
        for volume in (few, many)
    ]
    cpu = median(u.cpu for u in many.grown) / median(u.cpu for u in few.grown)
    wall = median(u.wall for u in many.grown) / median(u.wall for u in few.grown)
    return Section(
        "Growth",
        f"Exactly {new:,} new sign-ins of one hour appear and are read, and nothing else, into a small warehouse and into a large one, in turn. "
        "The whole run counts: opening the warehouse, finding what is due, reading, merging, closing.",
        ("rows", "runs", "CPU s", "spread", "seconds", "peak MB", "warehouse MB at the end"),
        rows,
        [
            Verdict("processor time, large against small", cpu, 1.3, "times"),
            Verdict("wall time, large against small", wall, 1.3, "times"),
        ],
    )
