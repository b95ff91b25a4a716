"""Kills: whenever a run dies, the next one ends with the tenant's rows, each once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from pipelines.entra import windows
from pipelines.entra.collections import named
from pipelines.settings import Home
from simulator import Tenant, serve
from tests import truth as told
from tests.collecting import Job, small
from tests.dying import DEAD, Runs, Story, small_windows
from tests.entra.test_sync_logs import asked, reads, sign_in
from tests.odd_tenant import NOW, apps, groups, odd_tenant, users

SIGN_INS: Final = "sign_ins_interactive"
FOLLOWED: Final = ("groups", "group_members")
DEATHS: Final[dict[str, tuple[tuple[str, ...], list[Any]]]] = {
    "while a package is made of a log's rows": ((SIGN_INS,), ["Extract", "Resources", 1]),
    "when the rows are loaded and the package is not called so": ((SIGN_INS,), ["Load", "Jobs", 1]),
    "between the rows and the book that tells of them": ((SIGN_INS,), ["before the book"]),
    "behind the first window": ((SIGN_INS,), ["after the commit"]),
    "when the rows of a list are loaded and the package is not called so": (("role_assignments",), ["Load", "Jobs", 1]),
    "between groups and their members": (FOLLOWED, ["Load", "Jobs", 1]),
    "between changes and their link": (FOLLOWED, ["before the book"]),
    "behind the link": (FOLLOWED, ["after the commit"]),
}
"""When a run dies: what it reads, and dlt's step, counter and how far that is, or a moment of ours."""


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """Return what starts runs in processes of their own."""
    with Runs() as started:
        yield started


@pytest.fixture(scope="module")
def good(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home in which a first run went well."""
    home = Home(Path(shutil.copytree(prepared, tmp_path_factory.mktemp("good") / "home")))
    with serve(odd_tenant()) as server:
        Job.on(server, home).run(*(small(name) for name in (*FOLLOWED, SIGN_INS, "role_assignments")))
    return home


def change(truth: Tenant) -> None:
    """Change the tenant between the first run and the second one."""
    people = users(truth)
    groups(truth)[0].update(displayName="Changed").exclude(people[0]).include(people[5])
    groups(truth)[1].remove()
    people[2].holds_role("Global Administrator")
    apps(truth)[2].loses_role("Directory Readers")
    sign_in(truth, *(NOW - number * timedelta(minutes=1) for number in range(2, 12)))


@pytest.mark.parametrize("name", DEATHS)
def test_the_run_after_a_death_makes_good(good: Home, tmp_path: Path, runs: Runs, name: str) -> None:
    """Wherever the run died, the next one ends equal to the tenant, and leaves nothing lying about."""
    names, death = DEATHS[name]
    home = Home(Path(shutil.copytree(good.path, tmp_path / "home")))
    truth = odd_tenant()
    change(truth)
    with serve(truth) as server:
        job = Job.on(server, home)
        order = {"settings": server.settings, "home": str(home.path), "now": job.now().isoformat()}
        assert runs.run(**order, collections=names, death=death)[0] == DEAD
        job.run(*map(small, names), run_id="after")
    assert told.differences(home.warehouse, truth, *map(named, names)) == []
    assert told.doubles(home.warehouse) == []
    assert set(job.query("select outcome from raw.sync_outcomes where run_id = 'after'")) == {("complete",)}
    assert list((home.path / "spool").iterdir()) == []


def test_a_log_goes_on_behind_the_windows_that_were_committed(good: Home, tmp_path: Path, runs: Runs) -> None:
    """After a death behind each commit, a run asks for what was not committed; nothing that is old enough is asked for twice."""
    home = Home(Path(shutil.copytree(good.path, tmp_path / "home")))
    truth = odd_tenant()
    truth.clock.advance(timedelta(days=9))
    sign_in(truth, *(NOW + number * timedelta(hours=8) for number in range(25)))
    log = small(SIGN_INS)
    with serve(truth) as server, small_windows():
        job = Job.on(server, home)
        order = {"settings": server.settings, "home": str(home.path), "now": job.now().isoformat()}
        for _ in range(3):
            before = len(reads(job, log))
            assert runs.run(**order, collections=[SIGN_INS], death=["after the commit"])[0] == DEAD
            assert len(reads(job, log)) == before + 1
        settled = [span for read in reads(job, log) if (span := read.settled(timedelta(days=1)))]
        begun = len(asked(server, log))
        job.run(log)
    assert windows.within(asked(server, log)[begun:], settled) == []
    assert told.differences(home.warehouse, truth, log) == []


@pytest.mark.timeout(280)
def test_kills_at_random_moments_lose_and_double_nothing(home: Home, runs: Runs) -> None:
    """Syncs of everything that get SIGKILL at random moments, while the tenant changes, end equal to it; `make kill` does it longer."""
    story = Story(seed=4)
    with serve(story.truth) as server:
        story.tell(server, home, runs, kills=4)
    assert story.faults(home) == []
