"""What may be kept of people: addresses, places and names, in columns and inside texts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.entra import personal, schema
from pipelines.entra.addresses import Coarse
from pipelines.entra.discretion import READ, Discretion
from pipelines.entra.erasures import Erasures, digest
from pipelines.entra.held import Held
from pipelines.pseudonyms import Pseudonyms
from pipelines.settings import Privacy
from pipelines.warehouse.held import Rows

KEY = bytes(range(32))
ADELE = "b5a1c1de-0000-4000-8000-000000000001"
SQL = Path(__file__).parents[2] / "sql" / "models"


def table(**columns: list[Any]) -> pa.Table:
    """Rows of a raw table, text columns as text."""
    return pa.table(
        {name: pa.array(values, pa.string() if None in values else None) for name, values in columns.items()}
    )


def test_a_pseudonym_is_the_same_each_time_and_turns_back_with_its_key_alone() -> None:
    """Ids become other GUIDs, one for each; names and addresses text of their kind; another key gives others and opens none."""
    ours, theirs = Pseudonyms(KEY), Pseudonyms(KEY[::-1])
    ids = [f"b5a1c1de-0000-4000-8000-{number:012x}" for number in range(1000)]
    turned = ours.ids(ids)
    assert len(set(turned) | set(ids)) == 2000
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id_) for id_ in turned)
    assert [ours.revealed_id(id_) for id_ in turned] == ids
    assert ours.ids([ADELE.upper(), "", "00000000-0000-0000-0000-000000000000"])[1:] == [
        "",
        "00000000-0000-0000-0000-000000000000",
    ]
    assert ours.ids([ADELE.upper()]) == ours.ids([ADELE]) == Pseudonyms(KEY).ids([ADELE]) != theirs.ids([ADELE])
    for name in ("Adele Vance", "Zoë Ångström 李", "adele@contoso.example", "Ørsted"):
        assert ours.revealed(ours.name(name)) == name.casefold()
        assert ours.name(name) == ours.name(f" {name.upper()} ")
        assert theirs.revealed(ours.name(name)) is None
        assert name.casefold() not in ours.name(name)
    assert ours.name("adele@contoso.example").endswith("@pseudonym.invalid")
    assert ours.name("Adele Vance").startswith("Person ")
    assert ours.revealed("no pseudonym at all") is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("203.0.113.77:52811", "203.0.113.0"),
        ("2001:db8:41:7:1:2:3:4", "2001:db8:41::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("", None),
        ("none", None),
    ],
)
def test_an_address_is_cut_to_its_network(address: str, network: str | None) -> None:
    """/24 of IPv4, also where it stands in an IPv6 address or before a port; /48 of IPv6; what is no address goes."""
    assert Coarse(Privacy(ip_addresses="truncate")).addresses([address]) == [network]


def test_addresses_and_places_inside_texts_go_and_times_stay() -> None:
    """In JSON of any depth, by their look or by their name; what only looks like an address is not touched."""
    text = json.dumps(
        {
            "at": "2026-11-25T12:34:56Z",
            "note": "from 203.0.113.77 and 2001:db8:41:7::1, agent 10.15",
            "place": {"city": "Berlin", "countryOrRegion": "DE"},
            "pairs": [{"key": "ipLocation", "value": "Berlin"}, {"key": "AppId", "value": "x"}],
        }
    )
    [cut] = Coarse(Privacy(ip_addresses="truncate", locations="country")).texts([text])
    assert json.loads(cut or "") == {
        "at": "2026-11-25T12:34:56Z",
        "note": "from 203.0.113.0 and 2001:db8:41::, agent 10.15",
        "place": {"city": None, "countryOrRegion": "DE"},
        "pairs": [{"key": "ipLocation", "value": None}, {"key": "AppId", "value": "x"}],
    }
    [gone] = Coarse(Privacy(ip_addresses="drop", locations="drop")).texts([text])
    assert not re.search("203|2001:|Berlin|DE", gone or "")


def test_sign_ins_lose_what_the_settings_say() -> None:
    """Addresses and the network they belong to, cities and coordinates, countries; a property that nobody declared goes, too."""
    rows = table(
        id=["1", "2"],
        ip_address=["203.0.113.77", None],
        autonomous_system_number=[64496, 64496],
        location__country_or_region=["DE", "DE"],
        location__city=["Berlin", None],
        location__geo_coordinates__latitude=[52.5, 52.5],
        some_new_place=["Berlin", "Berlin"],
    )
    coarse = Discretion(Privacy(ip_addresses="truncate", locations="country")).applied("sign_ins", rows)
    assert coarse.to_pydict() == {
        "id": ["1", "2"],
        "ip_address": ["203.0.113.0", None],
        "autonomous_system_number": [64496, 64496],
        "location__country_or_region": ["DE", "DE"],
        "location__city": [None, None],
        "location__geo_coordinates__latitude": [None, None],
    }
    nothing = Discretion(Privacy(ip_addresses="drop", locations="drop")).applied("sign_ins", rows)
    assert {name for name in nothing.column_names if nothing[name].null_count < 2} == {"id"}
    assert nothing.schema.field("autonomous_system_number").type == rows.schema.field("autonomous_system_number").type
    assert Discretion(Privacy()).applied("sign_ins", rows) is rows


def test_an_audit_keeps_what_the_models_read_of_it_and_no_name() -> None:
    """Targets that are people, the person of a grant, whose id the grant's own id holds, and addresses of mail; other properties go."""
    names = Pseudonyms(KEY)
    grant = "3rX2tQAAAEA"
    targets = [
        {"id": ADELE, "type": "User", "displayName": "Adele Vance", "userPrincipalName": "adele@contoso.example"},
        {
            "id": "11111111-1111-4111-8111-111111111111",
            "type": "ServicePrincipal",
            "displayName": "Payroll of adele@contoso.example",
            "modifiedProperties": [
                {"displayName": "User.UPN", "newValue": '"adele@contoso.example"'},
                {"displayName": "DelegatedPermissionGrant.PrincipalId", "oldValue": f'"{ADELE}"', "newValue": '""'},
                {
                    "displayName": "ConsentAction.Permissions",
                    "newValue": f'"[] => [[Id: {grant}, ClientId: c, PrincipalId: {ADELE}, ResourceId: r, ConsentType: Principal, Scope: Mail.Read]]"',
                },
            ],
        },
    ]
    rows = table(id=["a"], target_resources=[json.dumps(targets)], additional_details=["[]"])
    kept = Discretion(Privacy(KEY)).applied("directory_audits", rows).to_pydict()
    text = kept["target_resources"][0]
    assert kept["additional_details"] == [None]
    assert not re.search(f"adele|vance|{ADELE}|{grant}", text, re.IGNORECASE)
    person, app = json.loads(text)
    assert person["id"] == names.ids([ADELE])[0]
    assert person["displayName"] == names.name("Adele Vance")
    assert app["id"] == targets[1]["id"]
    principal, permissions = app["modifiedProperties"]
    assert (principal["oldValue"], principal["newValue"]) == (f'"{names.ids([ADELE])[0]}"', '""')
    assert f"PrincipalId: {names.ids([ADELE])[0]}, ResourceId: r" in permissions["newValue"]


def test_audits_name_no_device_and_tell_nothing_that_nobody_knows() -> None:
    """Devices are called after who carries them; an app's audit keeps its kind and id, and what Graph adds to targets is left out."""
    device = {"id": "d-1", "type": "Device", "displayName": "Adele Vance's phone", "owner": "Adele Vance"}
    app = {"id": "sp-1", "type": "ServicePrincipal", "displayName": "Payroll", "modifiedProperties": []}
    kept = json.loads(Discretion(Privacy(KEY)).audits([json.dumps([device, app])])[0] or "")
    assert "adele" not in json.dumps(kept).casefold()
    assert [(one["id"], one["type"]) for one in kept] == [("d-1", "Device"), ("sp-1", "ServicePrincipal")]


def erased(*told: str, held: Held | None = None) -> Discretion:
    """What is done with a page after somebody of these ids, addresses and names was erased."""
    discretion = Discretion(held=held)
    discretion.erased = Erasures("salt", frozenset(digest("salt", text) for text in told))
    return discretion


def test_who_was_erased_is_not_named_again_where_only_pseudonyms_leave_a_column_out() -> None:
    """Addresses in notifications and in details of audits go, those of others stay."""
    discretion = erased("adele@contoso.example")
    rows = table(id=["1"], notification_email_addresses=['["Adele@contoso.example","bo@contoso.example"]'])
    kept = discretion.applied("service_principals", rows).to_pydict()
    assert kept["notification_email_addresses"] == ['["(erased)","bo@contoso.example"]']
    rows = table(id=["1"], result_reason=["adele@contoso.example was not found"])
    assert discretion.applied("directory_audits", rows).to_pydict()["result_reason"] == ["(erased) was not found"]


def test_a_sign_in_of_nobody_known_by_an_address_stays_nobodys() -> None:
    """Entra writes zeros where a sign-in has no id; with another's id the address is that one's."""
    rows = table(
        id=["1", "2"],
        user_id=["00000000-0000-0000-0000-000000000000", ADELE],
        user_principal_name=["adele@contoso.example"] * 2,
        ip_address=["203.0.113.77"] * 2,
    )
    kept = erased("adele@contoso.example").applied("sign_ins", rows).to_pydict()
    assert kept["user_principal_name"] == [None, "adele@contoso.example"]
    assert kept["ip_address"] == [None, "203.0.113.77"]


def test_an_app_called_like_who_was_erased_takes_no_part_of_another_name() -> None:
    """Texts that repeat the app's name lose it; the name of somebody that holds it, and a longer word, stay."""
    with duckdb.connect() as connection:
        connection.execute(
            "create schema raw; create table raw.erased_people (tenant_id text, salt text, digest text); create table raw.users as select 't' as tenant_id, 'Jo Ann Lee' as display_name"
        )
        rows = table(id=["1"], display_name=["Ann Lee"], notes=["Jo Ann Lee, Ann Lee and Ann Leeson"])
        kept = erased("Ann Lee", held=Rows(connection, "t")).applied("applications", rows).to_pydict()
    assert kept == {"id": ["1"], "display_name": ["(erased)"], "notes": ["Jo Ann Lee, (erased) and Ann Leeson"]}


@pytest.mark.parametrize("is_erased", [True, False])
@pytest.mark.parametrize(
    "changed",
    ["[null]", '["Ann Lee"]', '{"a":"Ann Lee"}', '"Ann Lee"', '"[null]"', "7"],
)
def test_an_odd_audit_stops_nothing_and_names_nobody(changed: str, is_erased: bool) -> None:
    """What is no list of properties is left out, and the target stays."""
    discretion = erased(ADELE, "Ann Lee") if is_erased else Discretion(Privacy(KEY))
    text = f'[null,"Ann Lee",{{"id":"sp-1","type":"ServicePrincipal","modifiedProperties":{changed}}}]'
    [kept] = discretion.audits([text])
    assert [one["id"] for one in json.loads(kept or "")] == ["sp-1"]
    assert "Ann Lee" not in (kept or "")


@pytest.mark.parametrize("is_erased", [True, False])
@pytest.mark.parametrize("text", ['""', '"[{}"', '{"a":"Ann Lee"}', '"Ann Lee"', "7", "null", "", "[" * 100_000])
def test_an_audit_without_a_list_of_targets_is_left_out(text: str, is_erased: bool) -> None:
    """Nobody can tell names in it from what else it says, however deep it goes."""
    discretion = erased(ADELE) if is_erased else Discretion(Privacy(KEY))
    assert discretion.audits([text]) == [None]


@pytest.mark.parametrize("is_text", [True, False])
@pytest.mark.parametrize("is_erased", [True, False])
def test_a_list_that_a_text_holds_is_read(is_erased: bool, is_text: bool) -> None:
    """Targets and properties may be JSON in quotes: their history stays, and nobody is named in it."""
    discretion = erased(ADELE) if is_erased else Discretion(Privacy(KEY))
    properties = [{"displayName": "AppId", "newValue": '"x"'}, {"displayName": "AppAddress", "newValue": [ADELE]}]
    targets = [
        {"id": "sp-1", "type": "Application", "modifiedProperties": json.dumps(properties)},
        {"id": ADELE, "type": "User"},
    ]
    text = json.dumps(targets)
    [kept] = discretion.audits([json.dumps(text) if is_text else text])
    app, _ = json.loads(kept or "")
    assert app["modifiedProperties"][0] == properties[0]
    assert ADELE not in (kept or "") or not is_erased


def test_a_property_without_a_name_is_not_kept_under_pseudonyms() -> None:
    """A list in the place of its name is none that the models read."""
    text = '[{"id":"sp-1","modifiedProperties":[{"displayName":["AppId"],"newValue":"Ann Lee"},{}]}]'
    [kept] = Discretion(Privacy(KEY)).audits([text])
    assert json.loads(kept or "")[0]["modifiedProperties"] == []


def changed_to(discretion: Discretion, name: str, value: Any) -> Any:
    """What a changed property is kept as."""
    properties = [{"displayName": name, "oldValue": None, "newValue": value, "note": "Ann Lee"}]
    target = {"id": "sp-1", "type": "Application", "modifiedProperties": properties}
    [kept] = discretion.audits([json.dumps([target])])
    return json.loads(kept or "")[0]["modifiedProperties"][0]["newValue"]


ADELE_KEPT = Pseudonyms(KEY).ids([ADELE])[0]
BO = "b5a1c1de-0000-4000-8000-000000000002"
BO_KEPT = Pseudonyms(KEY).ids([BO])[0]


@pytest.mark.parametrize(
    ("value", "pseudonymous", "without_adele"),
    [
        (f'"{ADELE}"', f'"{ADELE_KEPT}"', '""'),
        (ADELE, f'"{ADELE_KEPT}"', '""'),
        (f'["{ADELE.upper()}"]', f'["{ADELE_KEPT}"]', '[""]'),
        ([ADELE], f'["{ADELE_KEPT}"]', '[""]'),
        (rf'"[\"{ADELE}\"]"', f'["{ADELE_KEPT}"]', '[""]'),
        (rf'"[\u0022{ADELE}\u0022]"', f'["{ADELE_KEPT}"]', '[""]'),
        (f'["{ADELE}","{BO}"]', f'["{ADELE_KEPT}","{BO_KEPT}"]', f'["","{BO}"]'),
        (f'"{ADELE};{BO}"', f'"{ADELE_KEPT} {BO_KEPT}"', f'";{BO}"'),
        ('"[]"', '"[]"', '"[]"'),
        ("[]", "[]", "[]"),
        ('""', '""', '""'),
        ("", "", ""),
        ("null", "null", "null"),
        ('"00000000-0000-0000-0000-000000000000"',) * 3,
        ('"Adele Vance"', '""', '""'),
        ('["Adele Vance"]', '[""]', '[""]'),
        ("Adele Vance", '""', '""'),
        ('"Adele Vance', '""', '""'),
    ],
)
def test_the_people_of_a_grant_are_ids_and_nothing_else(value: Any, pseudonymous: str, without_adele: str) -> None:
    """Each id is turned however it is written, one of who was erased goes, and what is empty stays empty."""
    name = "DelegatedPermissionGrant.PrincipalId"
    assert changed_to(Discretion(Privacy(KEY)), name, value) == pseudonymous
    assert changed_to(erased(ADELE, "Adele Vance"), name, value) == without_adele


FEDERATION = {
    "Name": "of Ann Lee",
    "Issuer": "https://token.example",
    "Subject": f"repo:x of {ADELE} and {BO} or adele@contoso.example",
    "Description": "asked for by Ann Lee",
    "Id": "f-1",
    "Audiences": ["Ann Lee"],
    "ClaimsMatchingExpressionValue": None,
}


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_federated_credential_keeps_whom_it_trusts(times: int) -> None:
    """Under pseudonyms names, descriptions and what nobody looked at go; an app's id stays in a subject, and a person's is turned."""
    with duckdb.connect() as connection:
        connection.execute(
            f"create schema raw; create table raw.erased_people (tenant_id text, salt text, digest text); create table raw.groups (tenant_id text, id text); create table raw.users (tenant_id text, display_name text); create table raw.service_principals as select 't' as tenant_id, '{BO}' as id"
        )
        discretion = Discretion(Privacy(KEY), Rows(connection, "t"))
        value: Any = [None, "Ann Lee", FEDERATION]
        for _ in range(times):
            value = json.dumps(value)
        kept = changed_to(discretion, "FederatedIdentityCredentials", value)
        address = Pseudonyms(KEY).name("adele@contoso.example")
        assert json.loads(kept) == [
            {
                "Issuer": "https://token.example",
                "Subject": f"repo:x of {ADELE_KEPT} and {BO} or {address}",
                "ClaimsMatchingExpressionValue": None,
                "Id": "f-1",
            }
        ]
        discretion.erased = Erasures("salt", frozenset({digest("salt", ADELE)}))
        assert "repo:x of (erased) and" in changed_to(discretion, "FederatedIdentityCredentials", value)


@pytest.mark.parametrize("value", ["Ann Lee", '"Ann Lee"', '{"Subject":"Ann Lee"}', '"[Ann Lee]"', "7"])
def test_federated_credentials_that_are_no_list_are_dropped(value: str) -> None:
    """Nobody can tell names from what was trusted in them."""
    assert changed_to(Discretion(Privacy(KEY)), "FederatedIdentityCredentials", value) is None


@pytest.mark.parametrize("quote", ['"', r"\u0022"])
def test_a_federated_credential_trusts_nobody_who_was_erased(quote: str) -> None:
    """Without pseudonyms it stays as it is but for their ids."""
    value = f"[{{{quote}Name{quote}:{quote}ci{quote},{quote}Subject{quote}:{quote}{ADELE}{quote}}}]"
    kept = changed_to(erased(ADELE), "FederatedIdentityCredentials", value)
    assert kept == value.replace(ADELE, "(erased)")


def test_coarse_addresses_leave_new_properties_of_people_alone() -> None:
    """What Graph adds to sign-ins may be a place; what it adds to people is left out under pseudonyms alone."""
    rows = table(id=["1"], brand_new=["something"])
    assert "brand_new" in Discretion(Privacy(ip_addresses="truncate")).applied("users", rows).column_names
    assert "brand_new" not in Discretion(Privacy(KEY)).applied("users", rows).column_names


def test_what_the_models_read_of_audits_is_kept() -> None:
    """Each property that a model asks for by its name is among those that pseudonyms leave."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SQL.rglob("*.sql"))
    asked = re.findall(r"property_name (?:= ('[^']+')|in \(([^)]*)\))", text)
    names = {name for pair in asked for name in re.findall(r"'([^']+)'", "".join(pair))}
    assert len(names) > 10
    assert names <= READ


def test_each_named_column_is_one() -> None:
    """A misspelt column would keep a person's name; so would one of people that nobody thought about."""
    for name in personal.tables():
        known = schema.types(name)
        assert {one.column for one in personal.columns(name)} <= known.keys()
        assert {one.type_column for one in personal.columns(name) if one.type_column} <= known.keys()
    telling = re.compile(r"name|mail|phone|ip_address|city|latitude|user_id|principal_id|surname|identif|employee_id")
    innocent = re.compile(r"policy_name|home_tenant_name|company_name|domain_name|net_bios|type|token_issuer|agent")
    lacking = {
        f"{table_}.{column}"
        for table_ in ("users", "sign_ins", "directory_audits", "summarized_sign_ins")
        for column in schema.types(table_)
        if telling.search(column) and not innocent.search(column)
    } - {f"{table_}.{one.column}" for table_ in personal.tables() for one in personal.columns(table_)}
    assert lacking == {
        "directory_audits.activity_display_name",
        "directory_audits.initiated_by__app__service_principal_id",
        "sign_ins.resource_service_principal_id",
        "sign_ins.service_principal_id",
        "summarized_sign_ins.service_principal_id",
    }
