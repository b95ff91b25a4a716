"""Faults: whatever happens between us and Graph, the tables equal the tenant."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.entra import snapshots
from pipelines.entra.collections import Collection, named
from pipelines.entra.extraction import expanded
from pipelines.graph.pages import Listing
from pipelines.graph.retry import Policy
from pipelines.settings import Home
from simulator import Server, Tenant, serve
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import apps, groups, odd_tenant, users
from tests.schedule import TROUBLES, at_request, befall

USERS: Final = small("users")
ASSIGNMENTS: Final = small("app_role_assigned_to")
SIGN_INS: Final = small("sign_ins_interactive")
GROUPS: Final = small("groups")
ROLES: Final = replace(named("role_definitions"), params={"$top": "4"})
SHAPES: Final = (USERS, ASSIGNMENTS, SIGN_INS, ROLES)
"""Changes, related rows (whose parents are there already), a log, and a snapshot."""

PATHS: Final = {
    "users": "/users/delta",
    "groups": "/groups/delta",
    "app_role_assigned_to": "/v1.0/servicePrincipals",
    "sign_ins_interactive": "/signIns",
    "role_definitions": "/roleDefinitions",
}
"""What is in the paths of the requests for a listing."""

OF_LISTINGS: Final = ("page token expired", "empty page", "rows repeated")
"""The troubles that concern a listing and not only a request: each shape deals with them in its own way."""

SPOILING: Final = ("cut", "cut in chunks", "200 empty")
"""The troubles that spoil Graph's own answer: only one may befall a request."""

OF_REQUESTS: Final = {
    name: 1 + SPOILING.index(name) if name in SPOILING else 1 for name in TROUBLES if name not in OF_LISTINGS
}
"""The troubles of single requests, and after how many requests they begin."""


@pytest.fixture(autouse=True)
def _many_pages(monkeypatch: pytest.MonkeyPatch, truth: Tenant) -> None:
    """Let every listing have several pages."""
    split(truth)
    monkeypatch.setattr(snapshots, "expanded", in_small_pages)


def split(truth: Tenant) -> None:
    """Let delta queries have small pages."""
    truth.delta.page = 2


def in_small_pages(collection: Collection, parents: Collection) -> Listing:
    """Return the listing of parents with their related rows, one at a time."""
    listing = expanded(collection, parents)
    return replace(listing, params={**listing.params, "$top": "1"})


@pytest.mark.parametrize("collection", SHAPES, ids=lambda c: c.name)
def test_faults_in_mid_listing_lose_nothing(job: Job, server: Server, truth: Tenant, collection: Collection) -> None:
    """A collection is whole after every fault that a request can meet, one behind the other, each row once."""
    path = PATHS[collection.name]
    faults = {name: befall(server, path, TROUBLES[name], after) for name, after in OF_REQUESTS.items()}
    outcome = replace(job, policy=Policy(attempts=100)).run(collection)[collection.name]
    assert [name for name, made in faults.items() if not (made and made[0].count)] == []
    assert told.differences(job.home.warehouse, truth, collection) == []
    assert outcome.is_complete


@pytest.mark.parametrize(
    ("name", "collection"),
    [
        (name, c) for name in OF_LISTINGS for c in SHAPES if (name, c) != ("empty page", USERS)
    ],  # a habit of delta queries
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_a_listing_that_stumbles_loses_nothing(
    job: Job, server: Server, truth: Tenant, name: str, collection: Collection
) -> None:
    """A listing that must start over, has an empty page or repeats rows is whole in the end, each row once."""
    made = befall(server, PATHS[collection.name], TROUBLES[name])
    outcome = job.run(collection)[collection.name]
    assert made[0].count, "the fault did not happen"
    assert told.differences(job.home.warehouse, truth, collection) == []
    assert outcome.is_complete


LEAVING: Final[dict[str, Callable[[Tenant], object]]] = {
    "users": lambda truth: users(truth)[0].remove(),
    "groups": lambda truth: groups(truth)[0].remove(),
    "app_role_assigned_to": lambda truth: apps(truth)[1].unassigned(users(truth)[0]),
    "role_definitions": lambda truth: truth.directory.role_definitions.remove(truth.rows("roleDefinitions")[0]["id"]),
}
"""What goes after it was read."""


@pytest.mark.parametrize("name", LEAVING)
def test_a_list_that_starts_over_forgets_what_it_read(job: Job, server: Server, truth: Tenant, name: str) -> None:
    """What goes after its page was read, and before the page token dies, is not kept."""
    collection = next(c for c in (*SHAPES, GROUPS) if c.name == name)
    for number in range(5):
        truth.group(f"Group {number}")

    def leave_and_expire() -> None:
        LEAVING[name](truth)
        server.faults.expire_page_token(PATHS[name])

    at_request(server, PATHS[name], 2, leave_and_expire)
    assert job.run(collection, small("group_members"))[name].is_complete
    assert told.differences(job.home.warehouse, truth, collection) == []


def test_a_token_that_expires_in_mid_run_is_renewed(job: Job, server: Server, truth: Tenant) -> None:
    """When Graph no longer takes the token, the listing goes on with a fresh one, in each shape."""
    for collection in SHAPES:
        at_request(server, PATHS[collection.name], 2, server.faults.expire_tokens)
    job.run(*SHAPES)
    assert sum(request.status == 401 for request in server.requests) >= len(SHAPES)
    assert told.differences(job.home.warehouse, truth, *SHAPES) == []


def test_a_link_to_another_host_is_not_followed(job: Job, server: Server, truth: Tenant) -> None:
    """A listing whose next link leads elsewhere has failed; what was there before stays."""
    job.run(USERS, ROLES)
    server.forget_delta_tokens()
    for collection in (USERS, ROLES):
        server.faults.foreign_link(PATHS[collection.name])
        outcome = job.run(collection)[collection.name]
        assert (outcome.outcome, outcome.has_failed) == ("partial", True)
        assert "graph.evil.example" in str(outcome.error)
        assert told.differences(job.home.warehouse, truth, collection) == []


@pytest.mark.parametrize("collection", [ROLES, ASSIGNMENTS], ids=lambda c: c.name)
def test_half_a_list_changes_nothing(
    job: Job, server: Server, truth: Tenant, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that fails half-way takes no row for gone and adds none, and its outcome is not complete; the next run finds all."""
    job.run(collection)
    before = told.held(job.home.warehouse, collection, truth)
    LEAVING[collection.name](truth)
    apps(truth)[1].assigned(users(truth)[5])
    befall(server, PATHS[collection.name], lambda faults, path: faults.server_error(path, times=1000))
    failed = job.run(collection)[collection.name]
    assert (failed.is_complete, failed.has_failed) == (False, True)
    assert told.held(job.home.warehouse, collection, truth) == before
    server.faults.clear()
    job.run(collection)
    assert told.differences(job.home.warehouse, truth, collection) == []


SCHEDULES: Final = st.lists(st.tuples(st.integers(1, 8), st.sampled_from(sorted(TROUBLES))), min_size=1, max_size=5)


@given(schedule=SCHEDULES, collection=st.sampled_from(SHAPES))
@hypothesis_settings(deadline=None, max_examples=8)
def test_whatever_happens_whenever(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, schedule: list[tuple[int, str]], collection: Collection
) -> None:
    """Under any schedule of faults on any requests the tables equal the tenant, each row once."""
    home = Home(Path(shutil.copytree(prepared, tmp_path_factory.mktemp("schedule") / "home")))
    truth = odd_tenant()
    split(truth)
    with serve(truth) as server:
        for after, name in schedule:
            befall(server, PATHS[collection.name], TROUBLES[name], after)
        Job.on(server, home, policy=Policy(attempts=20)).run(collection)
    assert told.differences(home.warehouse, truth, collection) == []
