"""One person out of every table and every file, and who they were kept as a hash so that they do not come back.

What they were is deleted; what they did stays as an event without them: an app that only they used would else count as unused.
"""

from __future__ import annotations

import secrets
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import duckdb

from pipelines.entra import personal
from pipelines.entra.discretion import Discretion
from pipelines.entra.erasures import ERASED, Erasures, digest
from pipelines.entra.ledger import ERASED_OBJECTS, ERASED_PEOPLE
from pipelines.entra.personal import EVENTS
from pipelines.pseudonyms import NOBODY, Pseudonyms
from pipelines.settings import Home
from pipelines.warehouse import books, mentions, people, pseudonym_key, retention, watchlist
from pipelines.warehouse.build import PROJECT, build
from pipelines.warehouse.database import explained, fetch, opened, quoted
from pipelines.warehouse.export import export
from pipelines.warehouse.held import RAW, Rows
from pipelines.warehouse.load import GROUP_ROWS
from pipelines.warehouse.people import Person
from pipelines.warehouse.publish import publish

FOLLOWED: Final = ("users", "oauth2_permission_grants")
"""Lists that Graph counts and that we count along: what is missing there on purpose is noted."""

UNKNOWN: Final = "unknown"
"""What the models call whoever signed in without a name."""

WORKING: Final = (
    *("dlt", "dbt", "spool", "fault.log"),
    *("warehouse.duckdb.tmp", "consentry.duckdb.tmp", "consentry.*.spill", "warehouse.rewritten.tmp*"),
)
"""What lies beside the warehouse and is made anew when it is needed, also what DuckDB moved out of memory in a run that was killed."""

NAMES: Final = (
    ("users", "display_name"),
    ("sign_ins", "user_display_name"),
    ("directory_audits", "initiated_by__user__display_name"),
)
"""Where the display names of people stand: raw table and column."""

WHOLE: Final = frozenset({"user", "principal", "name", "key"})
"""Kinds of columns whose text is one id, address or name, and no sentence that may hold one."""


@dataclass
class Erased:
    """What an erasure did.

    Attributes:
        deleted: raw table -> rows deleted.
        emptied: raw table -> rows whose person was taken out.
    """

    deleted: dict[str, int] = field(default_factory=dict)
    emptied: dict[str, int] = field(default_factory=dict)


def found(home: Home, who: str) -> Person:
    """Return the person that is meant.

    Raises:
        SettingsError: people are pseudonymised, and the key cannot be had.
        WarehouseError: nobody is called so, or more than one.
    """
    with opened(home.warehouse) as connection:
        books.make(connection, RAW)
        pseudonym_key.insist(connection, home)
        return people.find(connection, home, who)


def erase(home: Home, person: Person) -> Erased:
    """Take a person out of the warehouse, build, publish and export what is left. Whoever calls it holds the warehouse.

    Raises:
        SettingsError: what is left could not be built with these settings; the person is still everywhere.
        WarehouseError: a file cannot be read or written. Once `home.erasing` is there, the person is out of the tables, and
            `resume` does the rest.
        BuildFailed: the models could not be built; the person is out of the warehouse, and still in the published file.
        ExportFailed: the folder of `CONSENTRY_PUBLISH_TO` cannot be written; the person is still there.
    """
    retention.insist(home)
    if home.watchlist:
        watchlist.read(home.watchlist)
    resume(home)
    with opened(home.warehouse) as connection:
        try:
            erased = _Erasure(connection, home, person).carry_out()
        except duckdb.Error as fault:
            raise explained(home.warehouse, fault) from fault
    _finish(home)
    return erased


def resume(home: Home) -> bool:
    """Finish an erasure that ended after the person was out of the tables, and return whether there was one.

    Whoever calls it holds the warehouse.

    Raises:
        ConsentryError: as `erase` does; it can be resumed again.
    """
    if not home.erasing.exists():
        return False
    with opened(home.warehouse) as connection:  # also writes into the file what a killed run left in its log
        books.make(connection, RAW)
    _finish(home)
    return True


def _finish(home: Home) -> None:
    """Do what follows once the person is out of the tables; it may be repeated."""
    _sweep(home.path)
    _rewrite(home.warehouse)
    build(home)
    publish(home, str(uuid.uuid4()))
    if home.publish_to:
        export(home, home.publish_to, grace=timedelta(0))
    home.erasing.unlink()


def _sweep(folder: Path) -> None:
    for pattern in WORKING:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


class _Erasure:
    """Changes the tables, all in one transaction.

    Args:
        connection: the open warehouse.
        home: with the key, where people are pseudonymised.
        person: who.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Home, person: Person):
        self._connection = connection
        self._home = home
        self._person = person
        key = home.privacy.key()
        self._names = Pseudonyms(key) if key else None
        self._salt = self._known_salt() or secrets.token_hex(32)
        self._load_id = f"{time.time():.6f}"  # rows of a new load: their days are built anew
        self._erased = Erased()

    def carry_out(self) -> Erased:
        self._connection.begin()
        self._remember()
        for table in personal.tables():
            if table not in EVENTS:
                self._delete(table)
        for table in sorted(EVENTS):
            self._empty(table)
        self._clean_audits()
        self._clean_facts()
        self._clean_texts()  # last: facts are found by the id that it takes out
        self._drop_what_is_built()
        for mark in (self._home.erasing, self._home.unproven):  # before the commit: nothing ends between it and them
            mark.touch(mode=0o600)
        self._connection.commit()
        return self._erased

    def _known_salt(self) -> str | None:
        rows = fetch(self._connection, f"select salt from {RAW}.{ERASED_PEOPLE.table} limit 1")
        return rows[0][0] if rows else None

    def _remember(self) -> None:
        now = datetime.now(UTC)
        for text in self._person.told:
            values = [self._person.tenant_id, digest(self._salt, text), self._salt, now]
            self._connection.execute(
                f"delete from {RAW}.{ERASED_PEOPLE.table} where tenant_id = $1 and digest = $2", values[:2]
            )
            self._connection.execute(f"insert into {RAW}.{ERASED_PEOPLE.table} values ($1, $2, $3, $4)", values)

    def _delete(self, table: str) -> None:
        columns = [one.column for one in personal.columns(table) if one.kind in ("user", "principal")]
        if not columns:
            return
        theirs = f"tenant_id = $1 and ({' or '.join(f'{column} = $2' for column in columns)})"
        values = [self._person.tenant_id, self._person.id]
        gone = fetch(
            self._connection, f"delete from {RAW}.{table} where {theirs} returning id, _deleted_at is null", values
        )
        self._note(self._erased.deleted, table, len(gone))
        if table in FOLLOWED:
            self._note_objects(table, [(self._told(table, id_), is_listed) for id_, is_listed in gone])

    def _told(self, table: str, id_: str) -> str:
        """Return the id of an object as Graph tells it."""
        if self._names is None:
            return id_
        return self._names.revealed_id(id_) if table == "users" else self._names.revealed(id_) or id_

    def _note_objects(self, collection: str, objects: Sequence[tuple[str, bool]]) -> None:
        for id_, is_listed in objects:
            values = [self._person.tenant_id, collection, digest(self._salt, id_), is_listed]
            self._connection.execute(f"insert into {RAW}.{ERASED_OBJECTS.table} values ($1, $2, $3, $4)", values)

    def _empty(self, table: str) -> None:
        known = [one for one in personal.columns(table) if one.kind not in ("title", "audit")]
        ids = [one.column for one in known if one.kind == "user"]
        names = [one.column for one in known if one.kind == "name"]
        nobody = " and ".join(f"coalesce({column}, '') in ('', '{NOBODY}')" for column in ids)
        by_id = " or ".join(f"{column} = $2" for column in ids)
        by_name = " or ".join(f"lower({column}) in (select unnest($3::varchar[]))" for column in names)
        emptied = ", ".join(f"{one.column} = null" for one in known)
        rows = fetch(
            self._connection,
            f"update {RAW}.{table} set {emptied}, _dlt_load_id = $4 where tenant_id = $1 and ({by_id} or ({nobody} and ({by_name}))) returning 1",
            [self._person.tenant_id, self._person.id, list(self._person.addresses), self._load_id],
        )
        self._note(self._erased.emptied, table, len(rows))

    def _clean_audits(self) -> None:
        """Take the person out of what audits changed."""
        tokens = [self._person.id, *self._person.addresses]
        query = f"select id, target_resources::varchar from {RAW}.directory_audits where tenant_id = $1 and regexp_matches(target_resources::varchar, $2, 'i')"
        rows = fetch(self._connection, query, [self._person.tenant_id, mentions.pattern(tokens)])
        cleaner = Discretion(held=Rows(self._connection, self._person.tenant_id))
        cleaner.erased = Erasures(
            self._salt, frozenset(digest(self._salt, token) for token in (*tokens, self._person.name) if token)
        )
        cleaned = cleaner.audits([text for _, text in rows])
        for (id_, _), text in zip(rows, cleaned, strict=True):
            update = f"update {RAW}.directory_audits set target_resources = $3 where tenant_id = $1 and id = $2"
            self._connection.execute(update, [self._person.tenant_id, id_, text])
        self._note(self._erased.emptied, "directory_audits", len(rows))

    def _clean_texts(self) -> None:
        """Take the person's id, addresses and name out of whatever other text holds them."""
        own = self._own_name()
        tokens = [self._person.id, *self._person.addresses, *own]
        longer = [mentions.longer_pattern(other, name) for name in own for other in self._longer_names(name)]
        pattern = mentions.pattern(tokens)
        for (schema, table), texts in groupby(self._texts(), key=itemgetter(0, 1)):
            kinds = {column: kind for _, _, column, kind in texts}
            for column in [column for column in kinds if schema == RAW and column.strip('"') in _whole(table)]:
                self._clean_whole(table, column, tokens)
                del kinds[column]
            if self._is_named_in(f"{schema}.{table}", list(kinds), pattern):
                for column, kind in kinds.items():
                    self._clean_within(f"{schema}.{table}", column, kind, pattern, longer)

    def _is_named_in(self, table: str, columns: Sequence[str], pattern: str) -> bool:
        """Return whether any text of a table holds what a pattern finds: most hold nothing, and one look is cheaper than many."""
        texts = f"concat_ws(chr(10), {', '.join(columns) or 'null'})"
        query = f"select 1 from {table} where tenant_id = $1 and regexp_matches({texts}, $2, 'i') limit 1"
        return bool(fetch(self._connection, query, [self._person.tenant_id, pattern]))

    def _clean_whole(self, table: str, column: str, tokens: Sequence[str]) -> None:
        query = f"update {RAW}.{table} set {column} = $3 where tenant_id = $1 and lower(trim({column})) in (select unnest($2::varchar[]))"
        self._connection.execute(query, [self._person.tenant_id, list(tokens), ERASED])

    def _clean_within(self, table: str, column: str, kind: str, pattern: str, longer: Sequence[str]) -> None:
        """Replace what a pattern finds outside of longer names."""
        masked = text = f"{column}::varchar"
        for number in range(4, 4 + len(longer)):
            masked = _replaced(masked, f"${number}", f"'\\1{mentions.MASK}\\2'")
        cleaned = f"replace({_replaced(masked, '$2', '$3')}, '{mentions.MASK}', '')"
        query = (
            f"update {table} set {column} = {cleaned}::{kind} where tenant_id = $1 and regexp_matches({text}, $2, 'i')"
        )
        self._connection.execute(query, [self._person.tenant_id, pattern, rf"\1{ERASED}\2", *longer])

    def _own_name(self) -> list[str]:
        """Return the name where it is of several words, and nobody else's."""
        name = self._person.name.lower()
        query = f"select 1 from {RAW}.users where tenant_id = $1 and lower(display_name) = $2"
        return [] if " " not in name or fetch(self._connection, query, [self._person.tenant_id, name]) else [name]

    def _longer_names(self, name: str) -> list[str]:
        """Return the names of others that hold a name as words of their own, in lower case."""
        named = " union ".join(
            f"select lower(trim({column})) as name from {RAW}.{table} where tenant_id = $1" for table, column in NAMES
        )
        query = f"select name from ({named}) where name <> $2 and regexp_matches(name, $3) order by name"
        return [
            row[0] for row in fetch(self._connection, query, [self._person.tenant_id, name, mentions.pattern([name])])
        ]

    def _texts(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield the columns of texts of the tables that are never built anew."""
        query = (
            "select schema_name, table_name, '\"' || column_name || '\"', data_type from duckdb_columns() "
            "where database_name = current_database() and data_type in ('VARCHAR', 'JSON') and column_name not in ('tenant_id', '_collection', '_dlt_load_id') order by all"
        )
        for schema, table, column, kind in fetch(self._connection, query):
            is_raw = schema == RAW and not table.startswith(("_dlt", "sync_", "erased_", "pseudonym_", "pruned_"))
            if (is_raw or table in kept_models()) and (column not in ('"principal_id"', '"user_id"') or is_raw):
                yield schema, table, column, kind

    def _clean_facts(self) -> None:
        """Let facts of days whose sign-ins are gone be nobody's; what the person may do is no longer in the history."""
        if self._has("marts", "fct_app_user_day"):
            self._merge("marts.fct_app_user_day", "principal_id", ("sign_in_date", "sign_in_kind", "principal_type"))
        if self._has("intermediate", "int_scope_issued"):
            self._merge("intermediate.int_scope_issued", "user_id", ("resource_app_id", "scope"))
        if self._has("history", "app_history"):
            theirs = "delete from history.app_history where tenant_id = $1 and (principal_id = $2 or contains(item, $2) or contains(value, $2))"
            self._connection.execute(theirs, [self._person.tenant_id, self._person.id])

    def _merge(self, table: str, column: str, beside: Sequence[str]) -> None:
        """Add a person's rows to those of nobody."""
        group = ["tenant_id", "app_id", *beside]
        rest = [name for name in self._columns(table) if name not in (*group, column)]
        summed = ", ".join(f"{_total(name)} as {name}" for name in rest)
        both = f"tenant_id = $1 and {column} in ($2, '{UNKNOWN}')"
        values = [self._person.tenant_id, self._person.id]
        self._connection.execute(
            f"create temp table merged as select {', '.join(group)}, '{UNKNOWN}' as {column}, {summed} from {table} where {both} group by all",
            values,
        )
        self._connection.execute(f"delete from {table} where {both}", values)
        self._connection.execute(f"insert into {table} by name from merged; drop table merged")

    def _drop_what_is_built(self) -> None:
        """Drop what a build makes of the rest: it holds the person until then."""
        query = "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        for schema, table in fetch(self._connection, query):
            if table in models() - kept_models():
                self._connection.execute(f"drop table {schema}.{table}")
        views = "select schema_name, view_name from duckdb_views() where database_name = current_database() and not internal"
        for schema, view in fetch(self._connection, views):
            self._connection.execute(f"drop view {schema}.{view}")

    def _has(self, schema: str, table: str) -> bool:
        query = "select 1 from duckdb_tables() where schema_name = $1 and table_name = $2"
        return bool(fetch(self._connection, query, [schema, table]))

    def _columns(self, table: str) -> list[str]:
        return [row[0] for row in fetch(self._connection, f"select column_name from (describe {table})")]

    @staticmethod
    def _note(counts: dict[str, int], table: str, rows: int) -> None:
        if rows:
            counts[table] = counts.get(table, 0) + rows


def _replaced(text: str, pattern: str, by: str) -> str:
    """Return the expression that replaces what a pattern finds, twice: of two that share the sign between them, the first time finds one."""
    once = f"regexp_replace({text}, {pattern}, {by}, 'gi')"
    return f"regexp_replace({once}, {pattern}, {by}, 'gi')"


def _total(column: str) -> str:
    """Return how a fact of several people is made of theirs."""
    if column.startswith("first_"):
        return f"min({column})"
    return f"max({column})" if column.startswith("last_") else f"sum({column})::bigint"


@cache
def _whole(table: str) -> frozenset[str]:
    """Return the columns of a raw table whose text is compared whole."""
    return frozenset(one.column for one in personal.columns(table) if one.kind in WHOLE)


@cache
def models() -> frozenset[str]:
    """Return the tables and views that a build makes."""
    return frozenset(path.stem for path in (PROJECT / "models").rglob("*.sql"))


@cache
def kept_models() -> frozenset[str]:
    """Return those of them that keep what cannot be made again."""
    marked = "materialized='incremental'"
    return frozenset(p.stem for p in (PROJECT / "models").rglob("*.sql") if marked in p.read_text(encoding="utf-8"))


def _rewrite(warehouse: Path) -> None:
    """Copy the warehouse into a new file and put it in its place: freed blocks of the old one hold what was deleted."""
    made = warehouse.with_suffix(".rewritten.tmp")
    made.unlink(missing_ok=True)
    try:
        with opened(None, temp_directory=f"{made}.spill") as connection:
            connection.execute(f"attach '{quoted(warehouse)}' as before (read_only)")
            connection.execute(f"attach '{quoted(made)}' as after (row_group_size {GROUP_ROWS})")
            connection.execute("copy from database before to after")
    except duckdb.Error as fault:
        made.unlink(missing_ok=True)
        raise explained(warehouse, fault) from fault
    made.replace(warehouse)
