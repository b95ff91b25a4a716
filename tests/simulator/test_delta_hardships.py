"""What makes delta queries hard: repeats, replays, empty pages, slices, forgotten tokens, changes that come late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import DeltaHabits, Group, Tenant, User
from tests.simulator.reader import NOW, Open
from tests.simulator.test_delta import follow

Row = dict[str, Any]


class Copy:
    """A client's copy of the groups of a tenant, kept by delta queries: whatever arrives last wins."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.members: dict[str, set[str]] = {}

    def take(self, items: list[Row]) -> None:
        """Take the items of a round in the order in which they came."""
        for item in items:
            if "@removed" in item:
                self.rows.pop(item["id"], None)
                self.members.pop(item["id"], None)
                continue
            changes = item.pop("members@delta", [])
            self.rows.setdefault(item["id"], {}).update(item)
            members = self.members.setdefault(item["id"], set())
            members |= {change["id"] for change in changes if "@removed" not in change}
            members -= {change["id"] for change in changes if "@removed" in change}


def truth(tenant: Tenant) -> tuple[dict[str, str | None], dict[str, set[str]]]:
    """Return the descriptions of all groups, and the ids of the members of each."""
    rows = tenant.rows("groups", select=("id", "description"))
    members = {key: {row["id"] for row in found} for key, found in tenant.rows_by_parent("groups/members").items()}
    return {row["id"]: row["description"] for row in rows}, members


HABITS = st.builds(
    DeltaHabits,
    page=st.integers(1, 4),
    members=st.integers(1, 3),
    empty_pages=st.booleans(),
    repeats=st.booleans(),
    replays=st.booleans(),
)
DEEDS: dict[str, Callable[[Group, User, int], object]] = {
    "describe": lambda group, _, number: group.update(description=f"Text {number}"),
    "empty": lambda group, _, __: group.clear("description"),
    "include": lambda group, user, _: group.include(user),
    "exclude": lambda group, user, _: group.exclude(user),
    "soft delete": lambda group, _, __: group.soft_delete(),
    "restore": lambda group, _, __: group.restore(),
    "remove": lambda group, _, __: group.remove(),
}
STEPS = st.lists(st.tuples(st.sampled_from([*DEEDS, "read"]), st.integers(0, 4), st.integers(0, 6)), max_size=25)


def attempt(deed: Callable[[Group, User, int], object], group: Group, user: User, number: int) -> None:
    """Do what is possible; a step that makes no sense now is none."""
    try:
        deed(group, user, number)
    except (LookupError, ValueError):
        return


@pytest.mark.parametrize("prefer", ["", "return=minimal"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(habits=HABITS, steps=STEPS, delay=st.booleans())
def test_copy_ends_equal_to_the_tenant(read: Open, prefer: str, habits: DeltaHabits, steps: Any, delay: bool) -> None:
    """Whatever happens to groups between and whatever Graph does, a client that merges what it gets has the truth."""
    tenant = Tenant(now=NOW)
    tenant.delta = habits
    people = [tenant.user(f"User {number}") for number in range(7)]
    groups = [tenant.group(f"Group {number}", members=people[:number]) for number in range(5)]
    tenant.replication_delay = timedelta(minutes=5) if delay else timedelta()
    reader, copy = read(tenant), Copy()
    headers = {"Prefer": prefer} if prefer else {}
    link = "/v1.0/groups/delta?$select=id,description,members"
    for number, (deed, group, user) in enumerate([*steps, ("read", 0, 0), ("read", 0, 0)]):
        if deed == "read":
            tenant.clock.advance(timedelta(minutes=3))
            pages = list(reader.pages(link, **headers))
            copy.take([row for page in pages for row in page["value"]])
            link = pages[-1]["@odata.deltaLink"]
        else:
            attempt(DEEDS[deed], groups[group], people[user], number)
    descriptions, members = truth(tenant)
    assert {key: row.get("description") for key, row in copy.rows.items()} == descriptions
    assert copy.members == members


def test_deleted_objects_say_whether_they_can_come_back(story: Tenant, read: Open) -> None:
    """A soft deletion says `changed`, one for good `deleted`; who is restored comes back whole, without a mark."""
    ada, bob = story.user("Ada"), story.user("Bob")
    reader = read(story)
    _, link = follow(reader, "/v1.0/users/delta?$select=displayName")
    ada.soft_delete()
    bob.remove()
    assert reader.error(f"/v1.0/users/{ada.id}") == (404, "Request_ResourceNotFound")
    rows, link = follow(reader, link)
    assert [row["@removed"]["reason"] for row in rows] == ["changed", "deleted"]
    ada.restore()
    rows, link = follow(reader, link)
    assert rows == [{"id": ada.id, "displayName": "Ada"}]
    ada.soft_delete().remove()
    assert follow(reader, link)[0] == [{"id": ada.id, "@removed": {"reason": "deleted"}}]
    with pytest.raises(LookupError, match="can be restored"):
        bob.restore()


def test_app_takes_its_application_and_what_it_holds_along(story: Tenant, read: Open) -> None:
    """An app that is deleted softly has no application, grant or assignment, and has them again when it is restored."""
    ada = story.user("Ada")
    app = story.app("Payroll", own=True).granted("Mail.Read", by=ada).assigned(ada).holds("User.Read.All")
    app.holds_role("Directory Readers")
    names = ("applications", "oauth2PermissionGrants", "appRoleAssignedTo", "roleAssignments")
    before = [story.rows(name) for name in names]
    reader = read(story)
    links = {name: follow(reader, f"/v1.0/{name}/delta")[1] for name in ("applications", "oauth2PermissionGrants")}
    app.soft_delete()
    assert [story.count(name) for name in names] == [0, 0, 0, 0]
    reasons = {name: follow(reader, link)[0][0]["@removed"]["reason"] for name, link in links.items()}
    assert reasons == {"applications": "changed", "oauth2PermissionGrants": "deleted"}
    app.restore()
    key = {"key": lambda row: row["id"]}
    assert [sorted(story.rows(name), **key) for name in names] == [sorted(rows, **key) for rows in before]


def test_minimal_rounds_show_what_changed(story: Tenant, read: Open) -> None:
    """With `return=minimal` only changed properties come; without it all that was ever set, null where it was cleared."""
    ada = story.user("Ada", department="Finance", job_title="Analyst")
    reader = read(story)
    _, link = follow(reader, "/v1.0/users/delta?$select=displayName,department,jobTitle,city")
    ada.update(jobTitle="Director").clear("department")
    answer = reader.get(link, Prefer="return=minimal")
    assert answer.json()["value"] == [{"id": ada.id, "department": None, "jobTitle": "Director"}]
    assert answer.headers["Preference-Applied"] == "return=minimal"
    assert follow(reader, link)[0] == [{"id": ada.id, "displayName": "Ada", "department": None, "jobTitle": "Director"}]


def test_unselected_changes_do_not_surface(story: Tenant, read: Open) -> None:
    """A change of a property that was not selected is no item; without a selection every change is one."""
    ada = story.user("Ada")
    reader = read(story)
    _, narrow = follow(reader, "/v1.0/users/delta?$select=displayName")
    _, wide = follow(reader, "/v1.0/users/delta")
    ada.update(department="Finance")
    assert follow(reader, narrow)[0] == []
    assert [row["id"] for row in follow(reader, wide)[0]] == [ada.id]


def test_slices_of_a_group_spread_over_pages(story: Tenant, read: Open) -> None:
    """A big group comes again on further pages, each time with other members."""
    story.delta.page, story.delta.members = 2, 10
    people = [story.user(f"User {number}") for number in range(55)]
    story.group("Everyone", members=people)
    pages = list(read(story).pages("/v1.0/groups/delta"))
    assert [len(page["value"]) for page in pages] == [2, 2, 2]
    found = [member["id"] for page in pages for row in page["value"] for member in row["members@delta"]]
    assert found == [person.id for person in people]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("410", (410, "syncStateNotFound")),
        ("400 syncStateNotFound", (400, "syncStateNotFound")),
        ("404 resyncRequired", (404, "resyncRequired")),
    ],
)
def test_tokens_may_be_forgotten(story: Tenant, read: Open, how: str, expected: tuple[int, str]) -> None:
    """A forgotten token is refused in the way asked for, and a fresh round works and has tokens of its own."""
    reader = read(story)
    _, link = follow(reader, "/v1.0/users/delta")
    reader.server.forget_delta_tokens(how)
    assert reader.error(link) == expected
    assert ("Location" in reader.get(link).headers) is (how == "410")
    _, fresh = follow(reader, "/v1.0/users/delta")
    assert follow(reader, fresh)[0] == []
    with pytest.raises(ValueError, match="404 resyncRequired"):
        reader.server.forget_delta_tokens("418")


def test_changes_may_come_late(story: Tenant, read: Open) -> None:
    """With a replication delay a list shows a change at once, and a delta query when the delay is over."""
    ada = story.user("Ada")
    reader = read(story)
    _, link = follow(reader, "/v1.0/users/delta?$select=displayName")
    story.replication_delay = timedelta(minutes=10)
    ada.update(displayName="Ada Lovelace")
    assert reader.rows("/v1.0/users?$select=displayName")[0]["displayName"] == "Ada Lovelace"
    rows, link = follow(reader, link)
    assert rows == []
    story.clock.advance(timedelta(minutes=11))
    assert follow(reader, link)[0] == [{"id": ada.id, "displayName": "Ada Lovelace"}]


def test_empty_pages_repeats_and_replays_happen(story: Tenant, read: Open) -> None:
    """Each habit shows: pages without items, items that come again in a round, and in the round after it."""
    people = [story.user(f"User {number}") for number in range(6)]
    reader = read(story)
    story.delta = DeltaHabits(page=2, empty_pages=True, repeats=True, replays=True)
    pages = list(reader.pages("/v1.0/users/delta?$select=id"))
    found = [row["id"] for page in pages for row in page["value"]]
    assert [] in [page["value"] for page in pages]
    assert set(found) == {person.id for person in people}
    assert len(found) > len(people)
    assert {row["id"] for row in follow(reader, pages[-1]["@odata.deltaLink"])[0]} == {p.id for p in people[1:]}


def test_a_replayed_group_tells_who_left_it(story: Tenant, read: Open) -> None:
    """A round that replays shows a group whole that the client knows already, and with it who left since the client's last round."""
    ada, bob = story.user("Ada"), story.user("Bob")
    group = story.group("Finance", members=[ada, bob])
    reader = read(story)
    story.delta = DeltaHabits(replays=True)
    _, link = follow(reader, "/v1.0/groups/delta?$select=members")
    group.exclude(bob)
    rows = [row for row in follow(reader, link)[0] if row["id"] == group.id]
    members = {one["id"]: "@removed" in one for row in rows for one in row["members@delta"]}
    assert members == {ada.id: False, bob.id: True}
