"""Whoever is left in one place only is found there and goes, and nobody else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.entra.discretion import Discretion
from pipelines.errors import WarehouseError
from pipelines.pseudonyms import NOBODY, Pseudonyms
from pipelines.settings import Home, Privacy
from pipelines.warehouse import erase, people, pseudonym_key
from pipelines.warehouse.database import opened
from pipelines.warehouse.held import Rows
from pipelines.warehouse.load import Loader

KEY = bytes(range(32))
TENANT = "11111111-1111-4111-8111-111111111111"
ANN = "22222222-2222-4222-8222-222222222222"
BO = "33333333-3333-4333-8333-333333333333"
APP = "44444444-4444-4444-8444-444444444444"
UPN = "ann.lee@contoso.example"
OTHER = "bo@contoso.example"
TARGET = {"id": ANN, "type": "User", "userPrincipalName": UPN, "displayName": "Ann Lee"}


@pytest.fixture(scope="module", params=["plain", "pseudonymous"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A warehouse without rows."""
    folder = tmp_path_factory.mktemp(request.param) / "home"
    home = Home(folder, privacy=Privacy(KEY if request.param == "pseudonymous" else None))
    with Loader.on(home) as loader:
        pseudonym_key.insist(loader.connection, home)
    return home


@pytest.fixture
def connection(made: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse with somebody who stays, emptied afterwards."""
    with opened(made.warehouse) as connection:
        keep(connection, made, "users", id=BO, user_principal_name=OTHER, display_name="Bo Lindqvist")
        keep(connection, made, "service_principals", id=APP, display_name="Payroll")
        yield connection
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall():
            if not table.startswith(("_dlt", "pseudonym")):
                connection.execute(f"delete from raw.{table}")


def keep(connection: duckdb.DuckDBPyConnection, home: Home, table: str, **row: Any) -> None:
    """Write a row of Graph's as a sync does."""
    sent = pa.table({name: pa.array([value], pa.string()) for name, value in {"tenant_id": TENANT, **row}.items()})
    rows = Discretion(home.privacy, Rows(connection, TENANT)).applied(table, sent)
    connection.register("rows", rows)
    connection.execute(f"insert into raw.{table} by name select * from rows")
    connection.unregister("rows")


def audit(*targets: dict[str, Any]) -> str:
    """What an audit of somebody who stays changed, and of others."""
    return json.dumps([*targets, {"id": BO, "type": "User", "userPrincipalName": OTHER, "displayName": "Bo Lindqvist"}])


def changed(name: str, value: str) -> dict[str, Any]:
    """An app of which a property was changed."""
    properties = [{"displayName": name, "newValue": json.dumps(value), "oldValue": None}]
    return {"id": APP, "type": "ServicePrincipal", "modifiedProperties": properties}


def gone(connection: duckdb.DuckDBPyConnection, home: Home, who: str) -> None:
    """Erase somebody, and see that no raw table holds them, and that each still holds who stays."""
    before = told(connection).count(kept(home, BO))
    person = people.find(connection, home, who)
    erase._Erasure(connection, home, person).carry_out()
    after = told(connection)
    for trace in (ANN, UPN, "Ann Lee"):
        assert kept(home, trace) not in after
        assert trace.lower() not in after
    assert after.count(kept(home, BO)) == before
    with pytest.raises(WarehouseError, match="holds nobody"):
        people.find(connection, home, who)


def kept(home: Home, text: str) -> str:
    """An id, address or name as the warehouse has it, in lower case."""
    key = home.privacy.key()
    turned = (Pseudonyms(key).ids([text])[0] if "-" in text else Pseudonyms(key).name(text)) if key else text
    return turned.lower()


def told(connection: duckdb.DuckDBPyConnection) -> str:
    """All that the raw tables tell, in lower case."""
    tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
    return str([connection.execute(f"from raw.{table}").fetchall() for (table,) in tables]).lower()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("summarized_sign_ins", {"user_principal_name": UPN, "ip_address": "192.0.2.1"}),
        ("sign_ins", {"user_id": NOBODY, "user_principal_name": UPN.upper(), "user_display_name": "Ann Lee"}),
        ("directory_audits", {"initiated_by__user__id": "", "initiated_by__user__user_principal_name": UPN}),
        ("directory_audits", {"target_resources": audit({**TARGET, "id": None})}),
        ("directory_audits", {"target_resources": audit(changed("KeyDescription", f"[DisplayName={UPN}]"))}),
    ],
)
def test_who_is_left_by_an_address_goes(
    connection: duckdb.DuckDBPyConnection, made: Home, table: str, row: dict[str, Any]
) -> None:
    """The event stays without them, also where no id was ever told."""
    keep(connection, made, table, id="one", **row)
    gone(connection, made, UPN)
    assert connection.execute(f"select id from raw.{table}").fetchall() == [("one",)]
    if table == "summarized_sign_ins":
        assert connection.execute("select ip_address from raw.summarized_sign_ins").fetchall() == [(None,)]


def test_the_id_of_zeros_is_nobodys(connection: duckdb.DuckDBPyConnection, made: Home) -> None:
    """Entra writes it wherever a sign-in has no id: the rows of others that have it, too, are not touched, and it finds nobody."""
    for id_, address in (("one", UPN), ("two", OTHER)):
        keep(connection, made, "sign_ins", id=id_, user_id=NOBODY, user_principal_name=address)
    gone(connection, made, UPN)
    left = connection.execute("select id, user_id, user_principal_name from raw.sign_ins order by id").fetchall()
    assert left == [("one", None, None), ("two", NOBODY, kept(made, OTHER))]
    with pytest.raises(WarehouseError, match="holds nobody"):
        people.find(connection, made, NOBODY)


@pytest.mark.parametrize("who", [ANN, UPN])
def test_whom_an_audit_was_about_goes(connection: duckdb.DuckDBPyConnection, made: Home, who: str) -> None:
    """By id and address, with their name wherever else it stands; the other target of the audit stays."""
    keep(connection, made, "directory_audits", id="one", target_resources=audit(TARGET))
    keep(connection, made, "applications", id="app", notes=f"ask {kept(made, 'Ann Lee')}")
    gone(connection, made, who)
    assert connection.execute("select notes from raw.applications").fetchall() == [("ask (erased)",)]


def test_whom_a_grant_was_for_goes(connection: duckdb.DuckDBPyConnection, made: Home) -> None:
    """What audits write of a grant tells nothing but an id; an app's id in the same text is nobody's."""
    value = f"[] => [[Id: x, ClientId: {APP}, PrincipalId: {ANN}, ResourceId: {APP}, Scope: User.Read]]"
    keep(
        connection,
        made,
        "directory_audits",
        id="one",
        target_resources=audit(changed("ConsentAction.Permissions", value)),
    )
    with pytest.raises(WarehouseError, match="holds nobody"):
        people.find(connection, made, APP)
    gone(connection, made, ANN)
    assert "scope: user.read" in told(connection)


@pytest.mark.parametrize("value", [f'"{ANN}"', f'["{ANN}"]', f'["{BO}","{ANN.upper()}"]', rf'"[\"{ANN}\"]"'])
@pytest.mark.parametrize("side", ["newValue", "oldValue"])
def test_whom_a_property_of_a_grant_names_goes(
    connection: duckdb.DuckDBPyConnection, made: Home, side: str, value: str
) -> None:
    """Its value is an id in quotes, or a list of them, and nothing else needs to tell of them."""
    properties = [{"displayName": "DelegatedPermissionGrant.PrincipalId", side: value}]
    target = {"id": APP, "type": "ServicePrincipal", "modifiedProperties": properties}
    keep(connection, made, "directory_audits", id="one", target_resources=audit(target))
    gone(connection, made, ANN)


@pytest.mark.parametrize(
    "odd",
    [
        *('""', '"[{}]"', '{"a":1}', "[null]", '["x"]', "null", "7"),
        *(
            json.dumps([{"id": APP, "modifiedProperties": one}])
            for one in ("", "[{}]", "x", {"a": 1}, [None], ["x"], 7)
        ),
    ],
)
def test_an_odd_audit_hides_nobody(connection: duckdb.DuckDBPyConnection, made: Home, odd: str) -> None:
    """What Graph never sends, or an older version wrote, is passed over, and whom the others name is found."""
    connection.execute(
        "insert into raw.directory_audits (tenant_id, id, target_resources) values ($1, 'odd', $2)", [TENANT, odd]
    )
    keep(connection, made, "directory_audits", id="one", target_resources=audit(TARGET))
    gone(connection, made, UPN)


def test_targets_that_a_text_holds_are_read(connection: duckdb.DuckDBPyConnection, made: Home) -> None:
    """Whom they name is found and goes as any other."""
    keep(connection, made, "directory_audits", id="one", target_resources=json.dumps(audit(TARGET)))
    gone(connection, made, UPN)


@pytest.mark.parametrize(("who", "value"), [(ANN, "newValue"), (UPN, "newValue"), (UPN, "oldValue")])
def test_to_whom_an_app_was_given_goes(connection: duckdb.DuckDBPyConnection, made: Home, who: str, value: str) -> None:
    """Id and address are two properties of one target: who is found by one goes with the other. Pseudonymised, neither is kept."""
    told_of = {"User.ObjectID": ANN, "User.UPN": UPN}
    properties = [{"displayName": name, value: json.dumps(text)} for name, text in told_of.items()]
    target = {"id": APP, "type": "ServicePrincipal", "modifiedProperties": properties}
    keep(connection, made, "directory_audits", id="one", target_resources=audit(target))
    if made.privacy.key():
        assert kept(made, ANN) not in told(connection)
        assert kept(made, UPN) not in told(connection)
    else:
        gone(connection, made, who)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("role_assignments", {"principal_id": ANN}),
        ("group_members", {"id": ANN, "group_id": "group", "odata_type": None}),
        ("app_role_assigned_to", {"principal_id": ANN, "principal_type": "User", "principal_display_name": "Ann Lee"}),
    ],
)
def test_what_they_were_is_deleted(
    connection: duckdb.DuckDBPyConnection, made: Home, table: str, row: dict[str, Any]
) -> None:
    """Where nothing says whose an id is, it is a person's unless an app or a group has it."""
    keep(connection, made, table, **{"id": "theirs", **row})
    keep(connection, made, "role_assignments", id="an app's", principal_id=APP)
    gone(connection, made, ANN)
    assert connection.execute("select principal_id from raw.role_assignments").fetchall() == [(APP,)]
    with pytest.raises(WarehouseError, match="holds nobody"):
        people.find(connection, made, APP)


def test_who_was_renamed_goes_by_all_their_addresses(connection: duckdb.DuckDBPyConnection, made: Home) -> None:
    """What they signed in with before is told by a row that has their id; rows without one follow it."""
    keep(connection, made, "users", id=ANN, user_principal_name="ann.quist@contoso.example", display_name="Ann Quist")
    keep(connection, made, "sign_ins", id="one", user_id=ANN, user_principal_name=UPN)
    keep(connection, made, "summarized_sign_ins", id="one", user_principal_name=UPN)
    gone(connection, made, "ann.quist@contoso.example")


def test_an_address_that_somebody_got_after_them_is_theirs(connection: duckdb.DuckDBPyConnection, made: Home) -> None:
    """Who has it now keeps it, and what was done with it and without an id."""
    keep(connection, made, "sign_ins", id="one", user_id=ANN, user_principal_name=OTHER)
    keep(connection, made, "summarized_sign_ins", id="one", user_principal_name=OTHER)
    gone(connection, made, ANN)
    for table in ("users", "summarized_sign_ins"):
        assert connection.execute(f"select lower(user_principal_name) from raw.{table}").fetchall() == [
            (kept(made, OTHER),)
        ]


def test_the_history_forgets_what_they_owned(connection: duckdb.DuckDBPyConnection, made: Home) -> None:
    """An owner is told by the item alone, and the row goes; who owns the app still is not touched."""
    keep(connection, made, "users", id=ANN, user_principal_name=UPN, display_name="Ann Lee")
    connection.execute(
        "create schema history; create table history.app_history (tenant_id text, item text, label text, value text, principal_id text)"
    )
    for id_, name in ((ANN, "Ann Lee"), (BO, "Bo Lindqvist")):
        values = [TENANT, kept(made, id_), kept(made, name)]
        connection.execute("insert into history.app_history values ($1, $2, $3, null, null)", values)
    gone(connection, made, ANN)
    assert connection.execute("select item from history.app_history").fetchall() == [(kept(made, BO),)]
    connection.execute("drop schema history cascade")
