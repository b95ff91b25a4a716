"""`consentry check`: what a sync would collect, before it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.entra.collections import COLLECTIONS
from simulator import Server, serve
from tests.cli.conftest import Person
from tests.odd_tenant import odd_tenant

ALL = {collection.permission for collection in COLLECTIONS}


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a served tenant whose answers a test spoils."""
    with serve(odd_tenant(roles=ALL)) as served:
        yield served


@pytest.fixture
def person(tmp_path: Path, server: Server) -> Person:
    """Return somebody who may read everything in it."""
    return Person(tmp_path, server.settings)


def readable(table: str) -> dict[str, str]:
    """Return what the table says of each collection: `yes`, or `no`."""
    rows = [line.split() for line in table.splitlines()]
    return {row[0]: row[1] for row in rows if row and row[0] in {collection.name for collection in COLLECTIONS}}


def test_a_tenant_that_gives_everything(person: Person) -> None:
    """Every collection is readable, and the exit code is 0."""
    said = person.types("check")
    assert (said.code, said.err) == (0, "")
    assert readable(said.out) == {collection.name: "yes" for collection in COLLECTIONS}


def test_a_tenant_without_a_licence(person: Person, server: Server) -> None:
    """Sign-ins are not readable, the licence is named, and the exit code says degraded."""
    server.faults.no_premium()
    said = person.types("check")
    assert said.code == 3
    answers = readable(said.out)
    assert {name for name, answer in answers.items() if answer == "no"} == {n for n in answers if "sign_ins" in n}
    assert "the licence Microsoft Entra ID P1 or P2" in said.out


def test_a_tenant_that_denies_what_is_needed(person: Person, server: Server) -> None:
    """Where the apps are denied, the permission is named, the rest is still told, and the exit code says failed."""
    server.faults.deny("/servicePrincipals")
    said = person.types("check")
    assert said.code == 1
    assert readable(said.out)["service_principals"] == "no"
    assert readable(said.out)["users"] == "yes"
    assert "Application.Read.All" in said.out
    assert "cannot do without service_principals" in said.err
