"""`consentry build`: the models from what was read already."""

from __future__ import annotations

import pytest

from pipelines.entra.collections import named
from pipelines.entra.parcel import Parcel
from pipelines.entra.source import entra
from pipelines.settings import Home
from pipelines.warehouse.load import Loader
from simulator import Server
from tests.cli.conftest import Person
from tests.collecting import Job


def test_what_a_killed_run_left_is_loaded_first(
    person: Person, shared_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that was read and not loaded when a run was killed is in the tables that `build` builds from."""
    job = Job.on(shared_server, Home(person.home))
    job.run(named("organization"))

    def killed(loader: Loader, parcel: Parcel) -> None:
        """Do what loading does until the rows would be written."""
        pipeline = loader._pipeline()
        pipeline.extract(entra(parcel.landed), loader_file_format="parquet")
        pipeline.normalize()

    monkeypatch.setattr(Loader, "load", killed)
    job.run(named("users"))
    assert job.query("select count(*) from raw.users") == [(0,)]
    said = person.types("build")
    assert said.code == 0, said
    assert "models built" in said.out
    assert job.query("select count(*) from raw.users") == [(7,)]
