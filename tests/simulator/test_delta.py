"""Delta queries: a full round, then only what changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator import Tenant
from tests.simulator.reader import Open, Reader


def follow(reader: Reader, path: str) -> tuple[list[dict[str, Any]], str]:
    """Every item of one round, and the link of the next."""
    pages = list(reader.pages(path))
    return [row for page in pages for row in page["value"]], pages[-1]["@odata.deltaLink"]


def test_first_round_is_everything(crowd: Reader) -> None:
    """The first round gives each object once, over pages, with the default properties that have a value."""
    rows, _ = follow(crowd, "/v1.0/servicePrincipals/delta?$select=id,displayName")
    expected = crowd.server.tenant.rows("servicePrincipals", select=("id", "displayName"))
    assert sorted(rows, key=lambda row: row["id"]) == sorted(expected, key=lambda row: row["id"])


@pytest.mark.parametrize("name", ["users", "groups", "servicePrincipals", "applications", "oauth2PermissionGrants"])
def test_quiet_round_is_empty(crowd: Reader, name: str) -> None:
    """When nothing changed the round is empty and has a link again; every collection with delta has it."""
    _, link = follow(crowd, f"/v1.0/{name}/delta")
    rows, again = follow(crowd, link)
    assert rows == []
    assert "$deltatoken=" in again


@pytest.mark.parametrize("form", ["delta", "delta()", "microsoft.graph.delta()"])
def test_forms_of_the_call(crowd: Reader, form: str) -> None:
    """The function may be written bare, called, or with its namespace."""
    assert len(follow(crowd, f"/v1.0/groups/{form}")[0]) == crowd.server.tenant.count("groups")


def test_changes_come_once(story: Tenant, read: Open) -> None:
    """A round gives what was made, changed and removed since the last one, and nothing else."""
    ada, bob = story.user("Ada"), story.user("Bob")
    story.user("Mei")
    reader = read(story)
    _, link = follow(reader, "/v1.0/users/delta?$select=displayName,department")
    ada.update(department="Finance")
    story.remove(bob)
    new = story.user("Zoë")
    rows, link = follow(reader, link)
    assert rows == [
        {"id": ada.id, "displayName": "Ada", "department": "Finance"},
        {"id": bob.id, "@removed": {"reason": "deleted"}},
        {"id": new.id, "displayName": "Zoë"},
    ]
    assert follow(reader, link)[0] == []


def test_change_in_the_middle_of_a_round_is_not_lost(story: Tenant, read: Open) -> None:
    """What changes while pages are read comes in the same round or the next, and nobody else is skipped."""
    users = [story.user(f"User {number}") for number in range(450)]
    reader = read(story)
    first = reader.get("/v1.0/users/delta").json()
    users[0].update(displayName="Changed early")
    users[300].update(displayName="Changed late")
    rows, link = follow(reader, first["@odata.nextLink"])
    rows += follow(reader, link)[0]
    latest = {row["id"]: row["displayName"] for row in first["value"] + rows}
    assert len(latest) == 450
    assert (latest[users[0].id], latest[users[300].id]) == ("Changed early", "Changed late")


def test_latest_skips_the_first_round(story: Tenant, read: Open) -> None:
    """`$deltatoken=latest` begins with an empty page; only later changes follow."""
    story.user("Ada")
    reader = read(story)
    rows, link = follow(reader, "/v1.0/users/delta?$deltatoken=latest")
    bob = story.user("Bob")
    assert rows == []
    assert [row["id"] for row in follow(reader, link)[0]] == [bob.id]


def test_members_come_with_their_group(story: Tenant, read: Open) -> None:
    """A group carries its members at first, and afterwards who came and who went."""
    ada, bob = story.user("Ada"), story.user("Bob")
    sales = story.group("Sales", members=[ada])
    reader = read(story)
    rows, link = follow(reader, "/v1.0/groups/delta?$select=displayName,members")
    assert rows[0]["members@delta"] == [{"@odata.type": "#microsoft.graph.user", "id": ada.id}]
    sales.include(bob).exclude(ada)
    changes = {entry["id"]: "@removed" in entry for entry in follow(reader, link)[0][0]["members@delta"]}
    assert changes == {bob.id: False, ada.id: True}


def test_big_group_appears_several_times(story: Tenant, read: Open) -> None:
    """A group with many members comes in slices that together hold each member once."""
    people = [story.user(f"User {number}") for number in range(250)]
    story.group("Everyone", members=people)
    rows, _ = follow(read(story), "/v1.0/groups/delta")
    assert len(rows) == 3
    assert [m["id"] for row in rows for m in row["members@delta"]] == [person.id for person in people]


def test_old_token_means_start_over(story: Tenant, read: Open) -> None:
    """After seven days the link is gone: 410 with the address of a fresh start."""
    reader = read(story)
    _, link = follow(reader, "/v1.0/users/delta")
    story.clock.advance(timedelta(days=7, seconds=1))
    reader.authorize()
    answer = reader.get(link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "syncStateNotFound")
    assert answer.headers["Location"] == f"{reader.server.url}/v1.0/users/delta?$deltatoken="
    assert reader.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("option", ["$top=5", "$orderby=displayName", "$expand=manager"])
def test_options_delta_does_not_take(crowd: Reader, option: str) -> None:
    """Sizes, orders and expansions are refused."""
    assert crowd.error(f"/v1.0/users/delta?{option}") == (400, "Request_UnsupportedQuery")


def test_only_ids_are_filtered(story: Tenant, read: Open) -> None:
    """A delta query may follow single objects by their ids, and nothing else."""
    ada, bob = story.user("Ada"), story.user("Bob")
    story.user("Mei")
    reader = read(story)
    rows, link = follow(reader, f"/v1.0/users/delta?$filter=id eq '{ada.id}' or id eq '{bob.id}'")
    assert [row["id"] for row in rows] == [ada.id, bob.id]
    assert follow(reader, link)[0] == []
    assert reader.error("/v1.0/users/delta?$filter=displayName eq 'Ada'") == (400, "Request_UnsupportedQuery")
