"""What is written is for its owner alone, whatever mask the process began with."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from flows import steps
from pipelines import settings
from pipelines.settings import Home
from pipelines.warehouse.lock import writing
from simulator import populate, serve


@pytest.fixture
def careless() -> Iterator[None]:
    """A process whose files everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """The files and folders that anybody but their owner may do anything with; what goes meanwhile is nobody's."""
    found = []
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            if stat.S_IMODE(path.lstat().st_mode) & 0o077:
                found.append(str(path))
    return found


@pytest.mark.usefixtures("careless")
def test_a_sync_leaves_nothing_that_others_may_read(home: Home) -> None:
    """Files are 0600 and folders 0700: warehouse, published file, dlt's and dbt's folders, and what lies there while it runs."""
    seen: list[str] = []

    class Looking(steps.Unwatched):
        def committed(self, outcome: object) -> None:  # noqa: ARG002 - told by name
            seen.extend(open_to_others(home.path))

        def building(self, node: str) -> None:  # noqa: ARG002 - likewise
            seen.extend(open_to_others(home.path))

    with serve(populate(users=6, apps=3, days=2)) as server:
        steps.sync(steps.Plan([settings.tenant(server.settings)], home), watcher=Looking())
    assert seen == []
    assert open_to_others(home.path) == []
    files = {path.name for path in home.path.rglob("*") if path.is_file()}
    assert {"warehouse.duckdb", "consentry.duckdb", "warehouse.lock", "dbt.log"} <= files
    assert all(stat.S_IMODE(p.stat().st_mode) == (0o700 if p.is_dir() else 0o600) for p in home.path.rglob("*"))
    assert os.umask(0) == 0  # the process has its own mask again


def test_files_of_an_older_version_are_closed_and_others_left_alone(home: Home) -> None:
    """What an older Consentry wrote becomes private at the next run; a stranger's file, and what a link leads to, stay."""
    (home.path / "dbt").mkdir(parents=True)
    home.path.chmod(0o755)
    ours = [home.warehouse, home.path / "dbt" / "dbt.log"]
    strange, outside = home.path / "notes.txt", home.path.parent / "outside.txt"
    for file in (*ours, strange, outside):
        file.touch()
        file.chmod(0o644)
    (home.path / "dbt" / "link").symlink_to(outside)
    with writing(home.warehouse, "a test"):
        pass
    assert {stat.S_IMODE(file.stat().st_mode) for file in ours} == {0o600}
    assert {stat.S_IMODE(file.stat().st_mode) for file in (strange, outside)} == {0o644}


def test_whoever_may_read_the_published_file_may_while_a_run_writes(home: Home) -> None:
    """Who reads what is published is the publish's to say; the next run does not take it from them."""
    home.path.mkdir(parents=True)
    home.published.touch()
    home.published.chmod(0o640)
    with writing(home.warehouse, "a test"):
        assert stat.S_IMODE(home.published.stat().st_mode) == 0o640
