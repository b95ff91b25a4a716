"""Changes: whatever Graph tells of them, in whatever pieces and however often, the tables equal the tenant, and what is gone says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from pipelines.entra import changes
from pipelines.entra.collection import CHANGES
from pipelines.entra.collections import COLLECTIONS, Collection
from pipelines.graph.retry import Policy
from pipelines.settings import Home
from simulator import App, DeltaHabits, Server, Tenant, User, serve
from simulator.habits import FORGETTING
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import NOW, apps, groups, odd_tenant, users
from tests.scripted import Reply, error, page, scripted

USERS: Final = small("users")
GROUPS: Final = small("groups")
MEMBERS: Final = small("group_members")
GRANTS: Final = small("oauth2_permission_grants")
FOLLOWED: Final = tuple(c for c in COLLECTIONS if c.shape == CHANGES)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

HABITS: Final[dict[str, dict[str, Any]]] = {
    "large pages": {},
    "one item a page": {"page": 1, "members": 1},
    "empty pages": {"page": 1, "empty_pages": True},
    "items repeated over pages": {"page": 2, "members": 1, "repeats": True},
    "changes replayed": {"page": 1, "replays": True, "repeats": True},
}
"""How Graph may split and repeat what it tells."""


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Path:
    """Return a home in which everything that is followed by its changes was read once."""
    home = Home(Path(shutil.copytree(prepared, tmp_path_factory.mktemp("followed") / "home")))
    with serve(odd_tenant()) as server:
        Job.on(server, home).run(*FOLLOWED, MEMBERS)
    return home.path


@pytest.fixture
def job(server: Server, followed: Path, tmp_path: Path) -> Job:
    """Return a job on the tenant, whose warehouse equals it."""
    home = Home(Path(shutil.copytree(followed, tmp_path / "home")))
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(
            "update raw.sync_cursors set link = replace(link, split_part(link, '/v1.0/', 1), $1)", [server.url]
        )
        connection.execute(
            "update raw.sync_cursors set query = replace(query, split_part(query, '/v1.0/', 1), $1)", [server.url]
        )
    return Job.on(server, home)


def gone(job: Job, collection: Collection) -> dict[str, str]:
    """Return why the objects of a collection are gone that are."""
    key = collection.key[-1]
    query = f"select {key}, _removed_reason from raw.{collection.table} where _deleted_at is not null"
    return dict(job.query(query))  # type: ignore[arg-type]


def rounds(server: Server, collection: Collection, since: int = 0) -> list[str]:
    """Return what each round of a collection began with: `full`, or `changes`."""
    path = f"{collection.path}/delta"
    asked = [r.query for r in list(server.requests)[since:] if r.path == path and "$skiptoken" not in r.query]
    return ["changes" if "$deltatoken" in query else "full" for query in asked]


def cursor(job: Job, collection: Collection, *names: str) -> tuple[Any, ...]:
    """Return what the book says of a collection."""
    return job.query(f"select {', '.join(names)} from raw.sync_cursors where collection = '{collection.name}'")[0]


@pytest.mark.parametrize("habit", HABITS)
def test_changes_arrive_however_graph_tells_them(job: Job, server: Server, truth: Tenant, habit: str) -> None:
    """Updated, cleared, deleted and restored users, grants and groups with their members equal the tenant after each run; what is gone stays, and says how it went."""
    truth.delta = DeltaHabits(**HABITS[habit])
    chosen = (USERS, GROUPS, MEMBERS, GRANTS)
    people, (first, second), payroll = users(truth), groups(truth), apps(truth)[1]

    people[0].update(displayName="Changed", department=None, otherMails=["x@y.example"])
    people[1].clear("jobTitle", "employeeOrgData")
    people[2].soft_delete()
    people[3].remove()
    truth.user("Newcomer")
    first.exclude(people[0]).include(people[4]).include(payroll).update(description="Beschreibung")
    second.soft_delete()
    payroll.granted("Files.Read", to=people[4])
    job.run(*chosen)
    assert told.differences(job.home.warehouse, truth, *chosen) == []
    assert gone(job, USERS) == {people[2].id: "changed", people[3].id: "deleted"}
    assert gone(job, GROUPS) == {second.id: "changed"}
    assert gone(job, MEMBERS) == {people[0].id: "deleted"}

    people[2].restore()
    people[1].soft_delete().remove()
    first.include(people[0]).exclude(payroll)
    second.restore().include(people[5])
    payroll.revoked(of=people[4])
    job.run(*chosen)
    assert told.differences(job.home.warehouse, truth, *chosen) == []
    assert gone(job, USERS) == {people[3].id: "deleted", people[1].id: "deleted"}
    assert gone(job, GROUPS) == {}
    assert set(gone(job, GRANTS).values()) == {"deleted"}
    assert told.doubles(job.home.warehouse) == []
    assert "full" not in rounds(server, USERS) + rounds(server, GROUPS) + rounds(server, GRANTS)


def test_what_is_gone_keeps_its_properties_and_its_time(job: Job, truth: Tenant) -> None:
    """A deleted object stays as it was last told, with the time at which it was first missed, however often Graph repeats that."""
    user = users(truth)[2]
    name = user.row["displayName"]
    truth.delta.replays = truth.delta.repeats = True
    user.soft_delete()
    for _ in range(2):
        job.run(USERS)
        truth.clock.advance(3 * HOUR)
    user.remove()
    job.run(USERS)
    query = f"select display_name, _removed_reason, _deleted_at < '{NOW + HOUR}' from raw.users where id = '{user.id}'"
    assert job.query(query) == [(name, "deleted", True)]


def test_a_quiet_round_costs_two_requests(job: Job, server: Server) -> None:
    """Where nothing changed, the changes and the count are asked for, once each, and no row comes."""
    for collection in FOLLOWED:
        before = len(server.requests)
        outcome = job.run(collection)[collection.name]
        asked = [request.path for request in list(server.requests)[before:] if request.path.startswith("/v1.0")]
        assert asked == [f"{collection.path}/delta", f"{collection.path}/$count"]
        assert (outcome.rows, outcome.is_complete, outcome.traffic.requests) == (0, True, 2)


@pytest.mark.parametrize("how", FORGETTING)
def test_a_forgotten_link_is_a_full_round(job: Job, server: Server, truth: Tenant, how: str) -> None:
    """Where Graph no longer knows the link, everything is read again; what it no longer names is gone, what changed has changed."""
    people = users(truth)
    people[2].remove()
    people[0].update(displayName="Changed")
    server.forget_delta_tokens(how)
    job.run(USERS)
    assert rounds(server, USERS) == ["changes", "full"]
    assert told.differences(job.home.warehouse, truth, USERS) == []
    assert gone(job, USERS)[people[2].id] in ("deleted", "absent")
    people[1].update(displayName="Changed, too")
    job.run(USERS)
    assert rounds(server, USERS) == ["changes", "full", "changes"]
    assert told.differences(job.home.warehouse, truth, USERS) == []


@pytest.mark.parametrize("how", FORGETTING)
@pytest.mark.parametrize("is_full", [False, True], ids=["changes", "full"])
def test_a_link_that_is_forgotten_in_mid_round_loses_nothing(
    job: Job, server: Server, truth: Tenant, how: str, is_full: bool
) -> None:
    """Where Graph forgets its own links while a round is read, the round begins anew, and ends whole."""
    truth.delta.page = 2
    for user in users(truth)[:5]:
        user.update(department="Moved")
    if is_full:
        server.forget_delta_tokens()
    server.faults.call(lambda: server.forget_delta_tokens(how), "/users/delta", after=3 if is_full else 2)
    outcome = job.run(USERS)["users"]
    assert outcome.is_complete
    assert told.differences(job.home.warehouse, truth, USERS) == []


def test_a_link_that_grew_old_is_not_tried(job: Job, server: Server, truth: Tenant) -> None:
    """After a week without a run everything is read again, without asking for a link that Graph has forgotten."""
    users(truth)[1].update(displayName="Changed")
    users(truth)[2].remove()
    truth.clock.advance(7 * DAY)
    job.run(USERS)
    assert rounds(server, USERS) == ["full"]
    assert {request.status for request in server.requests} == {200}
    assert told.differences(job.home.warehouse, truth, USERS) == []


def test_everything_is_compared_once_a_week(job: Job, server: Server, truth: Tenant) -> None:
    """However often changes are read, a full round comes after seven days, and repairs what changes never told."""
    with duckdb.connect(str(job.home.warehouse)) as connection:
        connection.execute("update raw.users set display_name = 'not so' where id = $1", [users(truth)[0].id])
    for _ in range(4):
        truth.clock.advance(2 * DAY)
        job.run(USERS)
    assert rounds(server, USERS) == ["changes", "changes", "changes", "full"]
    assert told.differences(job.home.warehouse, truth, USERS) == []


def test_a_comparison_that_is_asked_for_reads_everything(job: Job, server: Server, truth: Tenant) -> None:
    """Where somebody asks for it, everything is read at once, and repairs what changes never told; the next round has changes again."""
    with duckdb.connect(str(job.home.warehouse)) as connection:
        connection.execute("update raw.users set display_name = 'not so' where id = $1", [users(truth)[0].id])
    job.run(USERS, reconcile=True)
    assert rounds(server, USERS) == ["full"]
    assert told.differences(job.home.warehouse, truth, USERS) == []
    job.run(USERS)
    assert rounds(server, USERS) == ["full", "changes"]


WRONG: Final[dict[str, str]] = {
    "a row is missing": "delete from raw.users where id = $1",
    "a row is taken for gone": "update raw.users set _deleted_at = now(), _removed_reason = 'deleted' where id = $1",
    "a row is there that is not": "insert into raw.users by name select * replace ('ghost' as id) from raw.users where id = $1",
}
"""How a table may differ from the tenant, with the number of its rows."""


@pytest.mark.parametrize("name", WRONG)
def test_counts_that_differ_are_repaired(job: Job, server: Server, truth: Tenant, name: str) -> None:
    """Where Graph counts another number than the table has, a full round makes good, at most once a day."""
    user = users(truth)[0]
    with duckdb.connect(str(job.home.warehouse)) as connection:
        connection.execute(WRONG[name], [user.id])
    job.run(USERS)
    assert rounds(server, USERS) == ["changes"]
    assert len(set(cursor(job, USERS, "graph_count", "held_count"))) == 2
    truth.clock.advance(25 * HOUR)
    job.run(USERS)
    assert rounds(server, USERS) == ["changes"] * (1 + changes.ROUNDS) + ["full"]
    assert told.differences(job.home.warehouse, truth, USERS) == []
    assert len(set(cursor(job, USERS, "graph_count", "held_count"))) == 1
    assert gone(job, USERS) == ({"ghost": "absent"} if "ghost" in WRONG[name] else {})


def test_changes_that_graph_tells_late_arrive(job: Job, server: Server, truth: Tenant) -> None:
    """What Graph counts at once and tells later is complete after it was told, and no round in between marks anything as gone."""
    truth.clock.advance(25 * HOUR)
    truth.replication_delay = 2 * HOUR
    newcomer, leaver = truth.user("Newcomer"), users(truth)[2]
    leaver.remove()
    truth.user("Another")
    job.run(USERS)
    assert gone(job, USERS) == {}
    truth.clock.advance(3 * HOUR)
    job.run(USERS)
    assert told.differences(job.home.warehouse, truth, USERS) == []
    assert newcomer.id in {row["id"] for row in told.held(job.home.warehouse, USERS, truth)}
    assert set(gone(job, USERS)) == {leaver.id}


def short_round(job: Job, truth: Tenant, *counts: Reply) -> None:
    """Run against a Graph that names one of the users, and answers so when it is asked how many there are."""
    policy = Policy(attempts=2, throttled_attempts=2, token_attempts=2)
    with scripted() as graph:
        link = {"@odata.deltaLink": graph.link("/v1.0/users/delta?$deltatoken=x")}
        graph.will(page(users(truth)[0].id, **link), *counts)
        elsewhere = replace(job, tenant=replace(job.tenant, graph_url=graph.url), policy=policy)
        assert elsewhere.run(USERS)["users"].is_complete


@pytest.mark.parametrize("status", [200, 401, 429, 500, 503])
def test_a_small_list_that_falls_short_takes_nothing_away(job: Job, server: Server, truth: Tenant, status: int) -> None:
    """Where Graph counts seven users and names one, or names one and fails to count, the other six stay and are counted as held; nothing is noted as compared, and the next run reads everything."""
    people, (full_at,) = truth.count("users"), cursor(job, USERS, "full_at")
    truth.clock.advance(HOUR)
    counts = [Reply(body=str(people).encode())] if status == 200 else [error(status)] * 2
    short_round(job, truth, *counts)
    assert gone(job, USERS) == {}
    compared = people if status == 200 else None
    wanted = (compared, people, full_at, None)
    assert cursor(job, USERS, "graph_count", "held_count", "full_at", "link") == wanted
    before = len(server.requests)
    job.run(USERS)
    assert rounds(server, USERS, before) == ["full"]
    assert told.differences(job.home.warehouse, truth, USERS) == []


def test_a_first_round_that_falls_short_is_not_the_last_full_one(job: Job, server: Server, truth: Tenant) -> None:
    """Where the very first round names one of seven users, the book holds no time of a comparison, and the next run reads everything."""
    with duckdb.connect(str(job.home.warehouse)) as connection:
        connection.execute("delete from raw.users")
        connection.execute("delete from raw.sync_cursors where collection = 'users'")
    short_round(job, truth, Reply(body=b"7"))
    assert cursor(job, USERS, "graph_count", "held_count", "full_at") == (7, 1, None)
    for _ in range(2):
        job.run(USERS)
    assert rounds(server, USERS) == ["full", "changes"]
    assert told.differences(job.home.warehouse, truth, USERS) == []


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_list_that_is_never_counted_is_taken_at_its_word(job: Job, truth: Tenant, status: int) -> None:
    """Where Graph gives no count of a list, what a full round does not name is gone."""
    short_round(job, truth, error(status))
    assert set(gone(job, USERS).values()) == {"absent"}
    assert cursor(job, USERS, "graph_count", "held_count") == (None, 1)


def test_a_member_that_is_gone_keeps_its_time(job: Job, truth: Tenant) -> None:
    """A member that left has the time at which that was first told, however often Graph repeats it."""
    truth.delta.replays = truth.delta.repeats = True
    (first, second), person = groups(truth), users(truth)[0]
    for number in range(9):  # what is replayed of a group's members goes back to its last few changes
        second.update(description=str(number))
    first.exclude(person)
    times = []
    for _ in range(3):
        job.run(GROUPS, MEMBERS)
        times += job.query(f"select _deleted_at from raw.group_members where id = '{person.id}'")
        truth.clock.advance(3 * HOUR)
    assert len(times) == 3
    assert len(set(times)) == 1
    first.include(person)
    job.run(GROUPS, MEMBERS)
    assert gone(job, MEMBERS) == {}


WHOLE: Final = [
    *[(7, 7, True), (8, 7, True), (9, 10, False), (0, 1, False)],
    *[(99, 100, True), (98, 100, False), (19_800, 20_000, True), (19_799, 20_000, False)],
]
"""How many objects are named, how many are counted, and whether the first are all."""


@pytest.mark.parametrize(("named", "counted", "is_whole"), WHOLE)
def test_a_round_is_whole_within_a_share_of_what_graph_counts(named: int, counted: int, is_whole: bool) -> None:
    """So few objects as one in a hundred may be counted and not named; of fewer than a hundred, none."""
    assert changes._is_whole(named, counted) == is_whole


def test_a_full_round_that_falls_short_takes_nothing_away(job: Job, server: Server, truth: Tenant) -> None:
    """Where a full round names fewer objects than Graph counts, none is taken for gone; the next whole one tells."""
    truth.replication_delay = 2 * HOUR
    truth.user("Counted and not told yet")
    server.forget_delta_tokens()
    with duckdb.connect(str(job.home.warehouse)) as connection:
        connection.execute(WRONG["a row is there that is not"], [users(truth)[0].id])
    job.run(USERS)
    assert rounds(server, USERS) == ["changes", "full"]
    assert gone(job, USERS) == {}
    truth.clock.advance(3 * HOUR)
    server.forget_delta_tokens()
    job.run(USERS)
    assert gone(job, USERS) == {"ghost": "absent"}
    assert told.differences(job.home.warehouse, truth, USERS) == []


def test_another_query_is_a_full_round(job: Job, server: Server, truth: Tenant) -> None:
    """Where more is asked for than the link was made for, everything is read, and the new properties are there."""
    fewer = replace(USERS, params={"$select": "id,displayName"})
    server.forget_delta_tokens()
    job.run(fewer)
    users(truth)[0].update(department="Neu")
    before = len(server.requests)
    job.run(USERS)
    assert rounds(server, USERS, before) == ["full"]
    assert told.differences(job.home.warehouse, truth, USERS) == []


def test_a_tenant_at_another_address_is_read_again(job: Job, truth: Tenant) -> None:
    """Where Graph is reached at another origin than the link leads to, everything is read there, and no link is refused."""
    users(truth)[0].update(displayName="Changed")
    with serve(truth) as elsewhere:
        moved = Job.on(elsewhere, job.home)
        assert moved.run(USERS)["users"].is_complete
        assert rounds(elsewhere, USERS) == ["full"]
    assert told.differences(job.home.warehouse, truth, USERS) == []


@pytest.mark.parametrize("is_full", [False, True], ids=["changes", "full"])
def test_half_a_round_changes_nothing(job: Job, server: Server, truth: Tenant, is_full: bool) -> None:
    """A round that breaks off leaves rows and link as they were, and an outcome `partial`; the next run finds all."""
    if is_full:
        server.forget_delta_tokens()
    truth.delta.page = 2
    people = users(truth)
    people[4].remove()
    for user in people[:4]:
        user.update(displayName="Changed")
    before = told.held(job.home.warehouse, USERS, truth), cursor(job, USERS, "*")
    server.faults.server_error("/users/delta", times=1000, after=3 if is_full else 2)
    failed = job.run(USERS, run_id="half")["users"]
    assert (failed.outcome, failed.has_failed, failed.rows > 0) == ("partial", True, True)
    assert (told.held(job.home.warehouse, USERS, truth), cursor(job, USERS, "*")) == before
    assert job.query("select outcome from raw.sync_outcomes where run_id = 'half'") == [("partial",)]
    server.faults.clear()
    job.run(USERS)
    assert told.differences(job.home.warehouse, truth, USERS) == []


def test_an_empty_list_empties_its_tenant_only(job: Job, truth: Tenant) -> None:
    """When the last group is deleted, the tenant's groups and members are gone, and another tenant's stay."""
    other = odd_tenant(seed=2)
    with serve(other) as served:
        Job.on(served, job.home).run(GROUPS, MEMBERS)
    for group in groups(truth):
        group.remove()
    outcome = job.run(GROUPS, MEMBERS)["groups"]
    assert outcome.is_complete
    assert told.held(job.home.warehouse, GROUPS, truth) == told.held(job.home.warehouse, MEMBERS, truth) == []
    assert told.differences(job.home.warehouse, other, GROUPS, MEMBERS) == []


def test_a_large_group_comes_in_slices(job: Job, truth: Tenant) -> None:
    """A group that Graph names several times, with some of its members each time, has all of them, and its own properties once."""
    truth.delta.members, truth.delta.page = 3, 2
    people = [truth.user(f"Member {number}") for number in range(20)]
    large = truth.group("Large", members=people)
    job.run(GROUPS, MEMBERS)
    for user in people[::2]:
        large.exclude(user)
    large.update(displayName="Half as large")
    job.run(GROUPS, MEMBERS)
    assert told.differences(job.home.warehouse, truth, GROUPS, MEMBERS) == []
    assert set(gone(job, MEMBERS)) == {user.id for user in people[::2]}


STORIES: Final[dict[str, Callable[[User | App], object]]] = {
    "deleted and restored": lambda it: it.soft_delete().restore(),
    "deleted, restored and changed": lambda it: it.soft_delete().restore().update(displayName="Back"),
    "changed, deleted and restored": lambda it: it.update(displayName="Back").soft_delete().restore(),
    "deleted twice": lambda it: it.soft_delete().restore().soft_delete(),
}
"""What may happen to one object between two runs."""


@pytest.mark.parametrize("name", STORIES)
def test_of_several_changes_the_last_one_holds(job: Job, truth: Tenant, name: str) -> None:
    """An object that came and went between two runs is what it is now, in both kinds of round."""
    STORIES[name](users(truth)[2])
    STORIES[name](apps(truth)[1])
    service_principals = small("service_principals")
    job.run(USERS, service_principals)
    assert told.differences(job.home.warehouse, truth, USERS, service_principals) == []
