"""A broad tenant: how many requests it takes to read the directory, and how long, at first and when nothing has changed."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping

from benchmarks.apart import Usage, apart
from benchmarks.report import Row, Section
from benchmarks.tenants import WORDY_EVERY, served
from pipelines.entra.collection import CHANGES, MEMBERS, RELATED, Collection
from pipelines.entra.collections import DIRECTORY
from simulator import DeltaHabits

DELTA_PAGE = DeltaHabits().page
"""Graph chooses the pages of delta queries itself; the simulator's have so many objects."""
LIST_PAGE = 999
BATCH = 20


def measure(users: int, apps: int, grants: int, assignments: int) -> Section:
    """Read the directory twice.

    Args:
        users: how many.
        apps: service principals beside Microsoft's.
        grants: delegated permission grants.
        assignments: app role assignments.
    """
    with (
        served("broad", users=users, apps=apps, grants=grants, assignments=assignments) as tenant,
        tempfile.TemporaryDirectory(prefix="consentry-benchmark-") as folder,
    ):
        work = ("benchmarks.ways:collecting", tenant.settings, f"{folder}/home", tenant.now.isoformat(), "directory")
        first, again = apart(*work), apart(*work)
    sizes = {name: told[0] for name, told in first.told.items()}
    singly = math.ceil(apps / WORDY_EVERY)
    runs = (("first load", first, sizes), ("second run, nothing changed", again, {}))
    rows = [_row(what, usage, fewest(sizes, changed, singly)) for what, usage, changed in runs]
    return Section(
        "Breadth",
        f"A directory of {users:,} users, {apps:,} service principals, {grants:,} delegated grants and {assignments:,} app role assignments; "
        f"{singly:,} apps have more assignments than Graph expands and must be asked singly. All collections of the directory, from HTTPS to "
        f"committed rows. *fewest*: each list once at its largest page (delta queries: {DELTA_PAGE}, as the server chooses; lists: {LIST_PAGE}, or "
        f"what the list allows), what must be asked singly {BATCH} to a batch. Above it: a `$count` after each delta round, and the "
        "token. Requests inside a batch count as one.",
        ("run", "rows", "requests", "fewest", "ratio", "seconds", "CPU s", "peak MB"),
        rows,
    )


def fewest(sizes: Mapping[str, int], changed: Mapping[str, int], singly: int) -> int:
    """Return the requests without which the directory cannot be read.

    Args:
        sizes: rows of each collection.
        changed: rows that a delta query brings, by collection.
        singly: how many parents of app role assignments must be asked for their own list.
    """
    lists = sum(_pages(c, sizes, changed) for c in DIRECTORY if c.shape != MEMBERS)
    return lists + math.ceil(singly / BATCH)


def _pages(collection: Collection, sizes: Mapping[str, int], changed: Mapping[str, int]) -> int:
    if collection.shape == CHANGES:
        return max(1, math.ceil(changed.get(collection.name, 0) / DELTA_PAGE))
    of = collection.parent if collection.shape == RELATED else collection.name
    page = LIST_PAGE if collection.shape == RELATED else int(collection.params.get("$top", LIST_PAGE))
    return max(1, math.ceil(sizes[of or ""] / page))


def _row(what: str, usage: Usage, least: int) -> Row:
    requests = sum(told[1] for told in usage.told.values())
    figures = (f"{usage.rows:,}", f"{requests:,}", f"{least:,}", f"{requests / least:.2f}")
    return (what, *figures, f"{usage.wall:,.0f}", f"{usage.cpu:,.0f}", f"{usage.peak:,.0f}")
