"""How objects go away: softly, so that they can be restored, or for good; and what goes with them."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.directory import RESTORABLE, Directory, Row, Table

_Link = tuple[Table, str]


def remove(directory: Directory, table: Table, key: str) -> None:
    """Delete an object for good, deleted softly before or not, with everything that refers to it.

    Raises:
        LookupError: There is no such object.
    """
    if table.get(key) is None and table.removed(key) is not None:
        table.forget(key)
    else:
        table.remove(key)
    directory.set_aside.pop(key, None)
    for links, link in [*_holdings(directory, key), *_links(directory.owners, key, "objectId", "ownerId")]:
        links.remove(link)
    if directory.risks.get(key) is not None:
        directory.risks.remove(key)
    for _, link in list(_links(directory.members, key, "groupId", "memberId")):
        directory.remove_member(*link.split("/"))


def soft_delete(directory: Directory, table: Table, key: str) -> None:
    """Delete an object so that it can be restored: it stays a member and an owner, but holds nothing.

    Raises:
        LookupError: There is no such object.
    """
    table.remove(key, RESTORABLE)
    held = list(_holdings(directory, key))
    for links, link in held:
        links.remove(link)
    directory.set_aside[key] = held


def restore(directory: Directory, table: Table, key: str) -> None:
    """Bring a softly deleted object back with what it held.

    Raises:
        LookupError: No object with this id was deleted softly.
    """
    removed = table.removed(key)
    if removed is None or removed[1] != RESTORABLE:
        raise LookupError(f"no object with the id {key} can be restored")
    table.restore(key)
    for links, link in directory.set_aside.pop(key, []):
        held = links.removed(link)
        if held is not None and all(directory.find(end) for end in _ends(held[0])):
            links.restore(link)


def _holdings(directory: Directory, key: str) -> Iterator[_Link]:
    """What an object was granted or assigned, and what of it was granted or assigned to others."""
    yield from _links(directory.grants, key, "clientId", "principalId", "resourceId")
    yield from _links(directory.assignments, key, "principalId", "resourceId")
    yield from _links(directory.role_assignments, key, "principalId")


def _links(table: Table, key: str, *names: str) -> Iterator[_Link]:
    found = {row["id"]: None for name in names for row in table.rows((name, key))}
    return ((table, link) for link in found)


def _ends(link: Row) -> list[str]:
    return [link[name] for name in ("clientId", "principalId", "resourceId") if link.get(name)]
