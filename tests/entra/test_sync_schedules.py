"""Schedules: whatever happens in the tenant, on the way and to us, in whatever order, the next undisturbed run makes good."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.errors import ConsentryError
from pipelines.graph.retry import Policy
from pipelines.settings import Home
from simulator import DeltaHabits, serve
from tests import truth as told
from tests.changing import CHANGES
from tests.collecting import Job, small
from tests.dying import small_windows
from tests.odd_tenant import odd_tenant
from tests.schedule import TROUBLES, befall

EXAMPLES: Final = int(os.environ.get("SCHEDULES", "3"))
"""How many schedules are tried; SCHEDULES=200 takes a while."""

NAMES: Final = (
    "users",
    "groups",
    "group_members",
    "service_principals",
    "app_role_assigned_to",
    "group_owners",
    "role_assignments",
    "sign_ins_interactive",
    "directory_audits",
)
PATHS: Final = (
    "/v1.0/users",
    "/v1.0/groups",
    "/v1.0/servicePrincipals",
    "/signIns",
    "/directoryAudits",
    "/roleAssignments",
)


class Killed(BaseException):
    """The run ends here, as if the power had gone."""


@dataclass(frozen=True)
class Disturbed:
    """A run, and what befalls it.

    Attributes:
        before: what happens in the tenant before it, by name and number.
        meanwhile: likewise, at the so-manieth request to a path.
        faults: path, after how many requests, and which trouble.
        commits: after so many commits it is killed; never where there are fewer.
    """

    before: list[tuple[str, int]]
    meanwhile: list[tuple[str, int, str, int]]
    faults: list[tuple[str, int, str]]
    commits: int


PICK: Final = st.integers(0, 100_000)
CHANGE: Final = st.sampled_from(sorted(CHANGES))
AT: Final = st.integers(1, 6)
RUN: Final = st.builds(
    Disturbed,
    before=st.lists(st.tuples(CHANGE, PICK), max_size=5),
    meanwhile=st.lists(st.tuples(st.sampled_from(PATHS), AT, CHANGE.filter(lambda name: name != "time passes"), PICK), max_size=2),
    faults=st.lists(st.tuples(st.sampled_from(PATHS), AT, st.sampled_from(sorted(TROUBLES))), max_size=3),
    commits=st.integers(0, 15),
)  # fmt: skip
HABITS: Final = st.builds(
    DeltaHabits,
    page=st.integers(1, 4),
    members=st.integers(1, 3),
    empty_pages=st.booleans(),
    repeats=st.booleans(),
    replays=st.booleans(),
)


def disturbed(job: Job, run: Disturbed) -> None:
    """Let a run be disturbed; what it fails with is its own affair."""
    left = [run.commits]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    with suppress(Killed, ConsentryError):
        replace(job, watch=count).run(*map(small, NAMES))


@given(runs=st.lists(RUN, min_size=1, max_size=3), habits=HABITS)
@hypothesis_settings(
    deadline=None,
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@pytest.mark.timeout(0 if EXAMPLES > 10 else 280)
def test_after_any_schedule_an_undisturbed_run_makes_good(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, runs: list[Disturbed], habits: DeltaHabits
) -> None:
    """Changes before and during runs, rows that land late, faults on any request, and kills between parcels: after one good run each table equals the tenant, each row once."""
    home = Home(Path(shutil.copytree(prepared, tmp_path_factory.mktemp("schedule") / "home")))
    truth = odd_tenant()
    truth.delta = habits
    with serve(truth) as server, small_windows():
        job = Job.on(server, home, policy=Policy(attempts=20))
        for run in runs:
            for name, pick in run.before:
                CHANGES[name](truth, pick)
            for path, after, trouble in run.faults:
                befall(server, path, TROUBLES[trouble], after)
            for path, at, name, pick in run.meanwhile:
                server.faults.call(lambda name=name, pick=pick: CHANGES[name](truth, pick), path, after=at - 1)
            disturbed(job, run)
            server.faults.clear()
        job.run(*map(small, NAMES))
    assert told.differences(home.warehouse, truth, *map(small, NAMES)) == []
    assert told.doubles(home.warehouse) == []
