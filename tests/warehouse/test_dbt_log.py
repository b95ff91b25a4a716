"""What dbt says stands in its log: what is worth a line, and no more than two files of it."""

from __future__ import annotations

import warnings
from pathlib import Path

from pipelines.settings import Home
from pipelines.warehouse import dbt_log
from pipelines.warehouse.build import invoke
from tests.parsed import lend


def test_the_log_says_what_dbt_did(home: Home) -> None:
    """Each line has a time and a level; what is for dbt's own developers is left out."""
    lend(home)
    with warnings.catch_warnings(), dbt_log.writing(home.path / "dbt") as note:
        warnings.simplefilter("ignore")
        invoke(home, "run", "--select", "stg_entra__users", callbacks=[note])
    lines = dbt_log.path(home.path / "dbt").read_text(encoding="utf-8").splitlines()
    assert "info  Running with dbt=" in lines[0]
    assert any(" error " in line for line in lines)
    assert 'Table with name "raw.users" does not exist' in "\n".join(lines)
    assert not any(" debug " in line for line in lines)


def test_a_full_disk_loses_lines_and_no_build(home: Home) -> None:
    """Where no line can be written, dbt does its work and ends."""
    lend(home)
    dbt_log.path(home.path / "dbt").symlink_to("/dev/full")
    with warnings.catch_warnings(), dbt_log.writing(home.path / "dbt") as note:
        warnings.simplefilter("ignore")
        ran = invoke(home, "run", "--select", "dim_date", callbacks=[note])
    assert ran.success


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    """A log that grew too long is kept once, and another one is begun."""
    log = dbt_log.path(tmp_path)
    with log.open("wb") as file:
        file.truncate(dbt_log.LARGEST + 1)
    with dbt_log.writing(tmp_path):
        pass
    assert log.stat().st_size == 0
    assert (tmp_path / "dbt.log.1").stat().st_size == dbt_log.LARGEST + 1
