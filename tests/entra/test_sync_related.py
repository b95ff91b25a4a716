"""Related rows: all of them, however many a parent has, and of every parent."""

from __future__ import annotations

import json
from typing import Final

import pytest

from pipelines.entra.collections import Collection
from pipelines.entra.snapshots import CUT, NEXT_LINK
from simulator import Server, Tenant
from simulator.faults import FOREVER
from simulator.wire import Answer, Request
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import apps, groups, users
from tests.schedule import at_request

GROUPS: Final = small("groups")
GROUP_OWNERS: Final = small("group_owners")
APPS: Final = small("service_principals")
ASSIGNMENTS: Final = small("app_role_assigned_to")


def singly(server: Server, collection: Collection) -> list[str]:
    """Return the list that fills with the parents whose own lists are asked for, inside batches or by themselves."""
    parents: list[str] = []

    def note(request: Request) -> None:
        if "$skiptoken" not in request.query:
            parents.append(request.path.split("/")[-2])

    server.faults.answer_with(note, "/" + collection.path.rpartition("/")[2], times=FOREVER)  # type: ignore[arg-type]
    return parents


@pytest.mark.parametrize("owners", [CUT - 1, CUT, CUT + 1, 3 * CUT])
def test_a_parent_has_all_of_its_rows(job: Job, server: Server, truth: Tenant, owners: int) -> None:
    """Where Graph may have cut what it expands, at twenty, the parent's own list is read; below it need not be."""
    people = [truth.user(f"Owner {number}") for number in range(owners)]
    group = truth.group("Owned").owned_by(*people)
    owned, assigned = singly(server, GROUP_OWNERS), singly(server, ASSIGNMENTS)
    robot = apps(truth)[3].assigned(*people)
    job.run(GROUPS, GROUP_OWNERS, ASSIGNMENTS)
    assert told.differences(job.home.warehouse, truth, GROUP_OWNERS, ASSIGNMENTS) == []
    is_cut = owners >= CUT
    assert (owned, assigned) == ([group.id] * is_cut, [robot.id] * is_cut)


def test_a_parent_that_the_list_does_not_name_is_asked_for_its_own(job: Job, server: Server, truth: Tenant) -> None:
    """Where the expanded list lacks an app that the warehouse has, that app's own list is read, and nothing of it is lost."""
    hidden, asked = apps(truth)[3].assigned(users(truth)[4]), singly(server, ASSIGNMENTS)
    at_request(server, "/v1.0/servicePrincipals", 1, hidden.soft_delete)
    at_request(server, "$batch", 1, hidden.restore)
    job.run(ASSIGNMENTS)
    assert asked == [hidden.id]
    assert truth.rows_by_parent("servicePrincipals/appRoleAssignedTo")[hidden.id]
    assert told.differences(job.home.warehouse, truth, ASSIGNMENTS) == []


def test_apps_that_are_not_expanded_are_asked_one_by_one(job: Job, server: Server, truth: Tenant) -> None:
    """Where the list of the apps comes without their assignments, each app is asked for its own, and nothing is taken for gone."""
    job.run(ASSIGNMENTS)
    bare = json.dumps({"value": [{"id": app.id} for app in apps(truth)]}).encode()
    server.faults.answer_with(lambda _: Answer(200, bare), "/v1.0/servicePrincipals")
    asked = singly(server, ASSIGNMENTS)
    job.run(ASSIGNMENTS)
    assert sorted(asked) == sorted(app.id for app in apps(truth))
    assert told.differences(job.home.warehouse, truth, ASSIGNMENTS) == []


def test_a_parent_of_whose_rows_there_are_more_is_asked_for_its_own(job: Job, server: Server, truth: Tenant) -> None:
    """Where an expansion comes with a link to more of it, however few rows came, the parent's own list is read."""
    server.faults.extra_property("/v1.0/servicePrincipals", name=f"appRoleAssignedTo{NEXT_LINK}", value="x", times=1)
    asked = singly(server, ASSIGNMENTS)
    job.run(ASSIGNMENTS)
    assert sorted(asked) == sorted(app.id for app in apps(truth))
    assert told.differences(job.home.warehouse, truth, ASSIGNMENTS) == []


def test_an_owner_that_the_own_list_leaves_out_is_kept(job: Job, server: Server, truth: Tenant) -> None:
    """Where the expansion of a group names an app among its owners, and the group's own list does not, the app is an owner as well."""
    people = [truth.user(f"Owner {number}") for number in range(CUT)]
    group = truth.group("Owned").owned_by(apps(truth)[3], *people)
    own = json.dumps({"value": [{"@odata.type": "#microsoft.graph.user", "id": user.id} for user in people]}).encode()
    server.faults.answer_with(lambda _: Answer(200, own), f"/groups/{group.id}/owners")
    job.run(GROUPS, GROUP_OWNERS)
    assert told.differences(job.home.warehouse, truth, GROUP_OWNERS) == []
    assert told.doubles(job.home.warehouse) == []


def test_a_parent_deleted_meanwhile_has_none(job: Job, server: Server, truth: Tenant) -> None:
    """The list of an app that was deleted after the apps were read answers 404: it has no assignments, and that is all."""
    truth.remove(apps(truth)[2])
    outcome = job.run(ASSIGNMENTS)["app_role_assigned_to"]
    assert outcome.is_complete
    assert told.differences(job.home.warehouse, truth, ASSIGNMENTS) == []


def test_what_no_longer_belongs_is_gone(job: Job, truth: Tenant) -> None:
    """An owner or assignment that ended stays with the time it was missed, and comes back where it is made again."""
    job.run(GROUPS, GROUP_OWNERS, ASSIGNMENTS)
    group, owner, app = groups(truth)[0], users(truth)[0], apps(truth)[1]
    group.disowned_by(owner).owned_by(users(truth)[1])
    app.unassigned(owner)
    job.run(GROUPS, GROUP_OWNERS, ASSIGNMENTS)
    assert told.differences(job.home.warehouse, truth, GROUP_OWNERS, ASSIGNMENTS) == []
    query = "select id, _removed_reason from raw.group_owners where _deleted_at is not null"
    assert job.query(query) == [(owner.id, "absent")]
    group.owned_by(owner)
    app.assigned(owner)
    job.run(GROUPS, GROUP_OWNERS, ASSIGNMENTS)
    assert told.differences(job.home.warehouse, truth, GROUP_OWNERS, ASSIGNMENTS) == []
    assert job.query(query) == []


def test_rows_that_come_while_the_lists_are_read_are_there_after_the_next_run(
    job: Job, server: Server, truth: Tenant
) -> None:
    """An assignment that is made, and one that ends, between the list and the lists of single apps, is right after the next run."""
    app = apps(truth)[1]
    people = [truth.user(f"Person {number}") for number in range(CUT)]
    app.assigned(*people)

    def change() -> None:
        app.assigned(truth.user("Late")).unassigned(people[0])
        apps(truth)[2].assigned(people[1])

    at_request(server, "/v1.0/$batch", 1, change)
    assert job.run(ASSIGNMENTS)["app_role_assigned_to"].is_complete
    job.run(ASSIGNMENTS)
    assert told.differences(job.home.warehouse, truth, ASSIGNMENTS) == []
    assert told.doubles(job.home.warehouse) == []


@pytest.mark.parametrize("where", ["/servicePrincipals", "/appRoleAssignedTo"])
def test_half_of_the_lists_change_nothing(job: Job, server: Server, truth: Tenant, where: str) -> None:
    """Where the list, or one of the single lists, cannot be read, rows stay as they were and nothing is taken for gone; the next run finds all."""
    app, people = apps(truth)[1], [truth.user(f"Person {number}") for number in range(CUT)]
    job.run(ASSIGNMENTS)
    app.unassigned(users(truth)[0]).assigned(*people)
    before = told.held(job.home.warehouse, ASSIGNMENTS, truth)
    server.faults.server_error(where, times=1000)
    failed = job.run(ASSIGNMENTS)["app_role_assigned_to"]
    assert failed.has_failed
    assert told.held(job.home.warehouse, ASSIGNMENTS, truth) == before
    server.faults.clear()
    job.run(ASSIGNMENTS)
    assert told.differences(job.home.warehouse, truth, ASSIGNMENTS) == []
