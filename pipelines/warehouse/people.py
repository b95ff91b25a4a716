"""Finding a person in the warehouse, by an id, a name or a pseudonym."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb

from pipelines.entra import personal
from pipelines.errors import WarehouseError
from pipelines.pseudonyms import DOMAIN, GUID, NOBODY, Pseudonyms
from pipelines.settings import Home
from pipelines.warehouse import mentions
from pipelines.warehouse.database import fetch
from pipelines.warehouse.held import RAW

ADDRESSES: Final = ("user_principal_name", "mail", "on_premises_user_principal_name")
LISTS: Final = ("other_mails", "proxy_addresses")
KEPT: Final = (
    ("marts", "fct_app_user_day", "principal_id", "principal_type = 'user'"),
    ("intermediate", "int_scope_issued", "user_id", "true"),
    ("history", "app_history", "principal_id", "true"),
)
"""Models that keep a person's id when the sign-ins are gone: schema, table, column, and which rows are people's."""


def _elements(column: str) -> str:
    """Return the expression of the elements of a JSON list, or of one that a text holds; of anything else it is null, since one odd audit must not hide a person."""
    return f"coalesce(try_cast({column} as json[]), try_cast(try_cast({column} ->> '$' as json) as json[]))"


TARGETS: Final = f"(select tenant_id, unnest({_elements('target_resources')}) as target from {RAW}.directory_audits)"
"""What audits were about, one row each."""

CHANGED: Final = _elements("(target -> 'modifiedProperties')")
"""What changed of one of them, as a list."""


def _property(name: str) -> str:
    """Return the expression of what a property of a target was changed to, else from, without the quotes that it comes in."""
    properties = f"list_filter({CHANGED}, lambda one: one ->> 'displayName' = '{name}')"
    after, before = (f"""nullif(trim({properties}[1] ->> '{value}', '"'), '')""" for value in ("newValue", "oldValue"))
    return f"coalesce({after}, {before})"


GRANTEES: Final = f"""
    select tenant_id, unnest(regexp_extract_all(lower(concat_ws(' ', one ->> 'oldValue', one ->> 'newValue')), '{GUID.pattern}')) as id
    from (select tenant_id, unnest({CHANGED}) as one from {TARGETS})
    where (one ->> 'displayName') = 'DelegatedPermissionGrant.PrincipalId'
"""
"""For whom grants were, as the property of their own tells it: an id in quotes, or a list of them."""

NAMED: Final = f"""
    select tenant_id, nullif(nullif(told_id, ''), '{NOBODY}') as id, user_principal_name, display_name from (
        select tenant_id, user_id as told_id, user_principal_name, user_display_name as display_name from {RAW}.sign_ins
        union all
        select tenant_id, user_id, user_principal_name, null from {RAW}.summarized_sign_ins
        union all
        select tenant_id, initiated_by__user__id, initiated_by__user__user_principal_name, initiated_by__user__display_name
        from {RAW}.directory_audits
        union all
        select tenant_id, target ->> 'id', target ->> 'userPrincipalName', target ->> 'displayName' from {TARGETS}
        where lower(target ->> 'type') = 'user' or target ->> 'userPrincipalName' <> ''
        union all
        select tenant_id, {_property("User.ObjectID")}, {_property("User.UPN")}, null from {TARGETS}
        union all
        select tenant_id, id, null, null from ({GRANTEES})
        union all
        select tenant_id, principal_id, null, principal_display_name from {RAW}.app_role_assigned_to
        where lower(principal_type) = 'user'
    )
"""
"""Whom the logs and the assignments name, one row for each time; `id` is null where they tell none."""

GRANTED: Final = f"""
    select tenant_id, wanted.id from {RAW}.directory_audits, unnest($1) as wanted(id)
    where contains(lower(target_resources::varchar), 'principalid: ' || wanted.id)
"""
"""For whom a grant was, as audits write it."""

UNTOLD: Final = f"{{0}} not in (select id from {RAW}.groups union all select id from {RAW}.service_principals)"
"""Whether an id is a person's where nothing says whose it is: it is no group's and no app's."""


@dataclass(frozen=True)
class Person:
    """Somebody of a tenant.

    Attributes:
        tenant_id: the tenant's GUID.
        id: the object id, as it is kept; the address, where nothing tells an id.
        addresses: of mail and for signing in, as they are kept, in lower case.
        name: the display name, as it is kept, or "".
        told: id, addresses and name as Graph tells them, by which they are known again.
        is_listed: whether Graph listed them when it was last asked.
    """

    tenant_id: str
    id: str
    addresses: tuple[str, ...] = ()
    name: str = ""
    told: tuple[str, ...] = field(default=(), repr=False)
    is_listed: bool = False


def find(connection: duckdb.DuckDBPyConnection, home: Home, who: str) -> Person:
    """Return the person of an id, address or pseudonym.

    Raises:
        SettingsError: people are pseudonymised, and the key cannot be had.
        WarehouseError: nobody is called so, or more than one.
    """
    key = home.privacy.key()
    names = Pseudonyms(key) if key else None
    wanted = [who.strip().lower()]
    wanted += [*names.ids(wanted), names.name(who)] if names else []
    found = next(filter(None, (look(connection, wanted) for look in (_listed, _seen, _left, _addressed))), [])
    if not found:
        raise WarehouseError(
            f"{home.warehouse} holds nobody with that id, user principal name or address; correct it, or ask with the object id of the Entra admin center."
        )
    if len(found) > 1:
        ids = ", ".join(sorted(row["id"] for row in found))
        raise WarehouseError(f"There is more than one with that address: {ids}. Give the id of the one that is meant.")
    return _person(connection, found[0], names)


def _listed(connection: duckdb.DuckDBPyConnection, wanted: list[str]) -> list[dict[str, Any]]:
    columns = ", ".join(("tenant_id", "id", "display_name", *ADDRESSES, *LISTS))
    query = (
        f"select {columns}, _deleted_at is null as is_listed from {RAW}.users "
        "where id in (select unnest($1)) or lower(user_principal_name) in (select unnest($1)) or lower(mail) in (select unnest($1))"
    )
    return _dicts(connection, query, wanted)


def _seen(connection: duckdb.DuckDBPyConnection, wanted: list[str]) -> list[dict[str, Any]]:
    """Return who is in logs and assignments only: Graph forgets deleted people sooner than we do."""
    query = f"""
        select tenant_id, id, max(user_principal_name) as user_principal_name, max(display_name) as display_name from ({NAMED})
        where id is not null and (id in (select unnest($1)) or lower(user_principal_name) in (select unnest($1)))
        group by tenant_id, id
    """
    return _dicts(connection, query, wanted)


def _addressed(connection: duckdb.DuckDBPyConnection, wanted: list[str]) -> list[dict[str, Any]]:
    """Return of whom only an address is left: where a log tells no id, or within what an audit changed."""
    addresses = [text for text in wanted if "@" in text]
    query = f"""
        with wanted as (select unnest($1) as address, unnest($2) as expression)
        select distinct tenant_id, address as id, address as user_principal_name, '' as display_name from (
            select tenant_id, address from ({NAMED}), wanted where lower(user_principal_name) = address
            union all
            select tenant_id, address from {RAW}.directory_audits, wanted
            where regexp_matches(target_resources::varchar, expression, 'i')
        )
    """
    return _dicts(connection, query, addresses, [mentions.pattern([text]) for text in addresses]) if addresses else []


def _signed_in_as(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> list[str]:
    """Return the addresses that the logs tell of somebody, also those from before they were renamed."""
    query = f"select distinct user_principal_name from ({NAMED}) where tenant_id = $1 and id = $2 and contains(user_principal_name, '@')"
    return [address for (address,) in fetch(connection, query, [row["tenant_id"], row["id"]])]


def _of_others(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> set[str]:
    """Return the addresses that other people are listed with: an account may have got the address of one before it."""
    query = (
        f"select unnest([lower(user_principal_name), lower(mail)]) from {RAW}.users where tenant_id = $1 and id <> $2"
    )
    return {address for (address,) in fetch(connection, query, [row["tenant_id"], row["id"]])}


def _left(connection: duckdb.DuckDBPyConnection, wanted: list[str]) -> list[dict[str, Any]]:
    """Return of whom only an id is left: in lists that name people, or in facts that outlive the sign-ins."""
    ids = [text for text in wanted if GUID.fullmatch(text) and text != NOBODY]  # nor is `unknown` anybody's
    listed = "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
    there = set(fetch(connection, listed))
    parts = [
        f"select tenant_id, {column} as id from {schema}.{table} where {column} in (select unnest($1)) and {theirs}"
        for schema, table, column, theirs in (*_naming(), *KEPT)
        if (schema, table) in there
    ]
    query = f"select distinct tenant_id, id, null as user_principal_name, '' as display_name from ({' union all '.join([*parts, GRANTED])})"
    return _dicts(connection, query, ids) if ids else []


def _naming() -> Iterator[tuple[str, str, str, str]]:
    """Yield the raw columns of people's ids, and which rows are people's: an app's or group's id erases nobody."""
    for table in personal.tables():
        for one in personal.columns(table):
            if one.kind == "user":
                yield RAW, table, one.column, "true"
            elif one.kind == "principal":
                told = f"lower({one.type_column})" if one.type_column else "null"
                yield (
                    RAW,
                    table,
                    one.column,
                    f"coalesce(regexp_full_match({told}, '(.*[.])?user'), {UNTOLD.format(one.column)})",
                )


def _dicts(connection: duckdb.DuckDBPyConnection, query: str, *values: list[str]) -> list[dict[str, Any]]:
    rows = fetch(connection, query, list(values))
    columns = [column[0] for column in connection.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _person(connection: duckdb.DuckDBPyConnection, row: dict[str, Any], names: Pseudonyms | None) -> Person:
    others = _of_others(connection, row)
    addresses = [address.lower() for address in (*_listed_as(row), *_signed_in_as(connection, row)) if address]
    kept = _distinct(address for address in addresses if address not in others)
    name = row["display_name"] or ""
    told = _revealed(row["id"], [*kept, name], names) if names else (row["id"], *kept, name)
    return Person(row["tenant_id"], row["id"], kept, name, tuple(filter(None, told)), bool(row.get("is_listed")))


def _listed_as(row: dict[str, Any]) -> list[str | None]:
    lists = (json.loads(row[name]) for name in LISTS if row.get(name))
    return [row.get(name) for name in ADDRESSES] + [part.partition(":")[2] or part for one in lists for part in one]


def _revealed(id_: str, texts: Iterable[str], names: Pseudonyms) -> tuple[str, ...]:
    is_id = GUID.fullmatch(id_)
    return (
        names.revealed_id(id_) if is_id else names.revealed(id_) or id_,
        *(names.revealed(text) or "" for text in texts),
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def revealed(connection: duckdb.DuckDBPyConnection, home: Home, pseudonym: str) -> dict[str, str]:
    """Return what a pseudonym stands for: what it is -> the text.

    Args:
        connection: the warehouse.
        home: with the key.
        pseudonym: an id, address or name.

    Raises:
        SettingsError: the key cannot be had.
        WarehouseError: the warehouse holds nobody with it, and it is no text of the key's.
    """
    key = home.privacy.key()
    assert key is not None  # noqa: S101 - the verb insists on one
    names = Pseudonyms(key)
    text = names.revealed(pseudonym)
    if text is not None:
        return {"address" if DOMAIN in pseudonym.lower() else "text": text}
    id_ = pseudonym.strip().lower()
    person = _listed(connection, [id_]) or _seen(connection, [id_]) or _left(connection, [id_])
    if not person:
        raise WarehouseError(
            f"{home.warehouse} holds no person with that pseudonym, or it is another key's; copy it whole."
        )
    told = {"id": names.revealed_id(id_)}
    for label, column in {"user principal name": "user_principal_name", "display name": "display_name"}.items():
        if person[0].get(column):
            told[label] = names.revealed(person[0][column]) or person[0][column]
    return told
