"""`consentry build`: the models from what was read already."""

from __future__ import annotations

import pytest

from pipelines.entra.collections import COLLECTIONS, named
from pipelines.settings import Home
from pipelines.warehouse import load
from pipelines.warehouse.database import opened
from simulator import Server
from tests.cli.conftest import Person
from tests.collecting import Job
from tests.parsed import lend


def test_a_warehouse_of_an_older_version_is_brought_up_to_date(
    person: Person, shared_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables and columns that the models read and that were not there yet are made, empty, and the rows that are there stay."""
    older = tuple(collection for collection in COLLECTIONS if collection.name != "role_assignments")
    monkeypatch.setattr(load, "COLLECTIONS", older)
    job = Job.on(shared_server, Home(person.home))
    job.run(named("users"))
    with opened(job.home.warehouse) as connection:
        connection.execute("alter table raw.sync_outcomes drop column reason")
    lend(job.home)
    said = person.types("build")
    assert said.code == 0, said
    assert "models built" in said.out
    counts = "select (select count(*) from raw.users), (select count(*) from raw.role_assignments), count(reason)"
    assert job.query(f"{counts} from raw.sync_outcomes") == [(7, 0, 0)]
