"""Faults: whatever happens between us and Graph, the tables equal the tenant."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.entra.collections import Collection
from pipelines.graph.retry import Policy
from pipelines.settings import Home
from simulator import Server, Tenant, User, serve
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import odd_tenant
from tests.schedule import TROUBLES, at_request, befall

USERS: Final = small("users")
ASSIGNMENTS: Final = small("app_role_assigned_to")
SIGN_INS: Final = small("sign_ins_interactive")
SHAPES: Final = (USERS, ASSIGNMENTS, SIGN_INS)
"""A snapshot, lists per parent (whose parents are there already), and a window."""

OF_LISTINGS: Final = ("page token expired", "empty page", "rows repeated")
"""The troubles that concern a listing and not only a request: each shape deals with them in its own way."""

SPOILING: Final = ("cut", "cut in chunks", "200 empty")
"""The troubles that spoil Graph's own answer: only one may befall a request."""

OF_REQUESTS: Final = {
    name: 1 + SPOILING.index(name) if name in SPOILING else 1 for name in TROUBLES if name not in OF_LISTINGS
}
"""The troubles of single requests, and after how many requests they begin."""


@pytest.mark.parametrize("collection", SHAPES, ids=lambda c: c.name)
def test_faults_in_mid_listing_lose_nothing(job: Job, server: Server, truth: Tenant, collection: Collection) -> None:
    """A collection is whole after every fault that a request can meet, one behind the other, each row once."""
    path = last_part(collection)
    faults = {name: befall(server, path, TROUBLES[name], after) for name, after in OF_REQUESTS.items()}
    outcome = replace(job, policy=Policy(attempts=100)).run(collection)[collection.name]
    assert [name for name, made in faults.items() if not (made and made[0].count)] == []
    assert told.differences(job.home.warehouse, truth, collection) == []
    assert outcome.is_complete


@pytest.mark.parametrize("collection", SHAPES, ids=lambda c: c.name)
@pytest.mark.parametrize("name", OF_LISTINGS)
def test_a_listing_that_stumbles_loses_nothing(
    job: Job, server: Server, truth: Tenant, name: str, collection: Collection
) -> None:
    """A listing that must start over, has an empty page or repeats rows is whole in the end, each row once."""
    made = befall(server, last_part(collection), TROUBLES[name])
    outcome = job.run(collection)[collection.name]
    assert made[0].count, "the fault did not happen"
    assert told.differences(job.home.warehouse, truth, collection) == []
    assert outcome.is_complete


def test_a_list_that_starts_over_forgets_what_it_read(job: Job, server: Server, truth: Tenant) -> None:
    """A user who is deleted after their page was read, and before the page token dies, is not kept."""
    first = User(truth, next(truth.directory.users.rows()))

    def delete_and_expire() -> None:
        truth.remove(first)
        server.faults.expire_page_token("/users")

    at_request(server, "/users", 2, delete_and_expire)
    assert job.run(USERS)["users"].is_complete
    assert told.differences(job.home.warehouse, truth, USERS) == []


def test_a_token_that_expires_in_mid_run_is_renewed(job: Job, server: Server, truth: Tenant) -> None:
    """When Graph no longer takes the token, the listing goes on with a fresh one, in each shape."""
    for collection in SHAPES:
        at_request(server, last_part(collection), 2, server.faults.expire_tokens)
    job.run(*SHAPES)
    assert sum(request.status == 401 for request in server.requests) >= len(SHAPES)
    assert told.differences(job.home.warehouse, truth, *SHAPES) == []


def test_a_property_nobody_knew_is_kept(job: Job, server: Server, truth: Tenant) -> None:
    """A new property widens the tables with its values, and its end leaves the columns empty."""
    news = {"brandNewThing": {"text": "Größe", "list": [1, None]}}
    server.faults.extra_property("/", name="brandNewThing", value=news["brandNewThing"])
    job.run(USERS, SIGN_INS)
    for collection in (USERS, SIGN_INS):
        assert told.held(job.home.warehouse, collection, truth) == told.expected(truth, collection, **news)
    server.faults.clear()
    job.run(USERS)
    assert told.held(job.home.warehouse, USERS, truth) == told.expected(truth, USERS, brandNewThing=None)


def test_a_link_to_another_host_is_not_followed(job: Job, server: Server, truth: Tenant) -> None:
    """A listing whose next link leads elsewhere has failed; what was there before stays."""
    job.run(USERS)
    server.faults.foreign_link("/users")
    outcome = job.run(USERS)["users"]
    assert (outcome.outcome, outcome.has_failed) == ("partial", True)
    assert "graph.evil.example" in str(outcome.error)
    assert told.differences(job.home.warehouse, truth, USERS) == []


def last_part(collection: Collection) -> str:
    """Return what the paths of a collection's requests end with."""
    return "/" + collection.path.rsplit("/", 1)[-1]


SCHEDULES: Final = st.lists(st.tuples(st.integers(1, 8), st.sampled_from(sorted(TROUBLES))), min_size=1, max_size=5)


@given(schedule=SCHEDULES, collection=st.sampled_from(SHAPES))
@hypothesis_settings(deadline=None, max_examples=10)
def test_whatever_happens_whenever(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, schedule: list[tuple[int, str]], collection: Collection
) -> None:
    """Under any schedule of faults on any requests the tables equal the tenant, each row once."""
    home = Home(Path(shutil.copytree(prepared, tmp_path_factory.mktemp("schedule") / "home")))
    truth = odd_tenant()
    with serve(truth) as server:
        for after, name in schedule:
            befall(server, last_part(collection), TROUBLES[name], after)
        Job.on(server, home, policy=Policy(attempts=20)).run(collection)
    assert told.differences(home.warehouse, truth, collection) == []
