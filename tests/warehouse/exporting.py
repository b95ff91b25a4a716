"""Small marts for exports, and readers of what was exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from pipelines.settings import Home
from pipelines.warehouse.publish import publish


def published(home: Home, made: int = 1, *, days: int = 40) -> Home:
    """Publish two marts of one generation: `one`, and `fct_app_day` with a row a day since the 20th of January 2026."""
    home.path.mkdir(exist_ok=True)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(
            f"create or replace table marts.one as select {made} as made, range as number from range(10)"
        )
        connection.execute("comment on table marts.one is 'One''s rows'")
        connection.execute("comment on column marts.one.made is 'The generation'")
        connection.execute(
            f"create or replace table marts.fct_app_day as select 't' as tenant_id, 'a' || range % 3 as app_id, date '2026-01-20' + range::int as sign_in_date, 'k' as sign_in_kind, range as successes from range({days})"
        )
    publish(home, f"run-{made}")
    return home


def change_day(home: Home, day: str) -> None:
    """Change the facts of one day in the warehouse, and publish."""
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(f"update marts.fct_app_day set successes = 1000 where sign_in_date = '{day}'")
    publish(home, "changed")


def rows(folder: Path, mart: str) -> list[Any]:
    """Return a mart's rows as a reader finds them who knows the folder's name only."""
    whole = f"read_parquet('{folder}/latest/{mart}/**/*.parquet', hive_partitioning = true)"
    with duckdb.connect() as connection:
        return connection.execute(f"from {whole} order by all").fetchall()


def pointer(folder: Path) -> dict[str, Any]:
    """Return what latest.json says."""
    return dict(json.loads((folder / "latest.json").read_text(encoding="utf-8")))


def pointed(folder: Path, mart: str) -> list[str]:
    """Return the files of a mart that latest.json names."""
    return [file["path"] for file in pointer(folder)["files"] if file["mart"] == mart]


def files(folder: Path) -> list[str]:
    """Return all Parquet files, and whatever else is there that no export should leave behind."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.suffix != ".json")
