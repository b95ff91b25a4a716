"""One warehouse, one key: people kept by their names and by pseudonyms, or by those of two keys, would be counted twice."""

from __future__ import annotations

from typing import Final

import duckdb

from pipelines.errors import SettingsError
from pipelines.pseudonyms import Pseudonyms
from pipelines.settings import Home
from pipelines.settings.privacy import KEY
from pipelines.warehouse.database import fetch
from pipelines.warehouse.held import RAW

MARK: Final = f"{RAW}.pseudonym_key"
OF_PEOPLE: Final = ("users", "sign_ins", "directory_audits", "group_members", "oauth2_permission_grants")


def insist(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Refuse to mix; note the key of a warehouse that holds nobody yet.

    Raises:
        SettingsError: the warehouse is kept otherwise than the settings say, or the key cannot be had.
    """
    key = home.privacy.key()
    wanted = Pseudonyms(key).fingerprint if key else None
    noted = _noted(connection)
    if noted != [wanted] and (noted or (wanted and _holds_people(connection))):
        raise SettingsError(_why(home, is_marked=bool(noted), has_key=wanted is not None))
    if wanted and not noted:
        connection.execute(f"create or replace table {MARK} as select $1 as fingerprint", [wanted])


def _noted(connection: duckdb.DuckDBPyConnection) -> list[str]:
    is_there = fetch(connection, "select 1 from duckdb_tables() where schema_name || '.' || table_name = $1", [MARK])
    return [row[0] for row in fetch(connection, f"select fingerprint from {MARK}")] if is_there else []


def _holds_people(connection: duckdb.DuckDBPyConnection) -> bool:
    return any(fetch(connection, f"select 1 from {RAW}.{table} limit 1") for table in OF_PEOPLE)


def _why(home: Home, *, is_marked: bool, has_key: bool) -> str:
    if not is_marked:
        return (
            f"{KEY}_FILE is set, and {home.warehouse} holds people by their names; the two would not join. Set CONSENTRY_HOME to another folder and sync "
            f"anew (Graph keeps 30 days of sign-ins), then delete the old folder; or remove the setting."
        )
    if not has_key:
        return f"People in {home.warehouse} are pseudonymised. Set {KEY}_FILE to the file of their key, or CONSENTRY_HOME to another folder."
    return f"People in {home.warehouse} are pseudonymised with another key. Set {KEY}_FILE to the file of theirs, or CONSENTRY_HOME to another folder."
