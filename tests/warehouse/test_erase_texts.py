"""What is taken out of texts is the person who is erased, and nobody whose name or address only holds theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import duckdb
import pytest

from pipelines.settings import Home
from pipelines.warehouse import erase
from pipelines.warehouse.people import Person

TENANT = "11111111-1111-4111-8111-111111111111"
ANN = Person(
    TENANT,
    "22222222-2222-4222-8222-222222222222",
    ("ann.lee@contoso.com", "o'lee@contoso.com"),
    'Ann "Bee" Lee',
)
GONE = "(erased)"


def cleaned(
    text: str,
    column: str = "notes",
    kind: str = "varchar",
    person: Person = ANN,
    others: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> str:
    """The text of a column after the erasure, where others have names in the columns that name people."""
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create table raw.erased_people (salt varchar)")
        connection.execute(
            "create table raw.users (tenant_id varchar, display_name varchar, user_principal_name varchar)"
        )
        connection.execute(f"create table raw.applications (tenant_id varchar, notes {kind})")
        connection.execute("create table raw.sign_ins (tenant_id varchar, user_display_name varchar)")
        connection.execute(
            "create table raw.directory_audits (tenant_id varchar, initiated_by__user__display_name varchar)"
        )
        for place, names in others.items():
            named, called = place.split(".")
            for name in names:
                connection.execute(f"insert into raw.{named} (tenant_id, {called}) values ($1, $2)", [TENANT, name])
        table = "users" if column != "notes" else "applications"
        connection.execute(f"insert into raw.{table} (tenant_id, {column}) values ($1, $2)", [TENANT, text])
        erase._Erasure(connection, Home(Path("nowhere")), person)._clean_texts()
        [(after,)] = connection.execute(f"select {column}::varchar from raw.{table}").fetchall()
        return str(after)


@pytest.mark.parametrize(
    "text",
    [
        "joann.lee@contoso.com",
        "jo.ann.lee@contoso.com",
        "jo-ann.lee@contoso.com",
        "éann.lee@contoso.com",
        "ann.lee@contoso.com.au",
        "ann.lee@contoso.community",
        "ann.lee@contoso.com-old.example",
    ],
)
def test_longer_addresses_stay(text: str) -> None:
    """Those that end or begin with the person's are somebody else's."""
    assert cleaned(text) == text
    assert cleaned(f"ask {text}, or wait") == f"ask {text}, or wait"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Ann.Lee@contoso.com", GONE),
        ("ask ann.lee@contoso.com.", f"ask {GONE}."),
        ("'ann.lee@contoso.com'", f"'{GONE}'"),
        ("smtp:ann.lee@contoso.com-", f"smtp:{GONE}-"),
        ("ann.lee@contoso.com ANN.LEE@contoso.com,ann.lee@contoso.com", f"{GONE} {GONE},{GONE}"),
        (f"of {ANN.id}, o'lee@contoso.com", f"of {GONE}, {GONE}"),
        ('Ann "Bee" Lee and Joann "Bee" Lee', f'{GONE} and Joann "Bee" Lee'),
    ],
)
def test_the_person_goes(text: str, after: str) -> None:
    """In whatever case and between whatever signs, also twice with one sign between."""
    assert cleaned(text) == after


@pytest.mark.parametrize("is_ascii", [True, False])
def test_json_stays_json(is_ascii: bool) -> None:
    """Also where the text is written with escapes, after a new line, or a name holds quotes."""
    told = ['by Ann "Bee" Lee', "x\nann.lee@contoso.com\ny", "joann.lee@contoso.com", "é: ann.lee@contoso.com"]
    after = json.loads(cleaned(json.dumps(told, ensure_ascii=is_ascii), kind="json"))
    assert after == [f"by {GONE}", f"x\n{GONE}\ny", "joann.lee@contoso.com", f"é: {GONE}"]
    assert json.loads(cleaned(r'["\u0027ann.lee@contoso.com\u0027"]', kind="json")) == [f"'{GONE}'"]


def test_names_of_others_are_compared_whole() -> None:
    """A person of two first names keeps hers."""
    ann = Person(TENANT, ANN.id, ANN.addresses, "Ann Lee")
    for column, text in (("display_name", "Jo Ann Lee"), ("user_principal_name", "joann.lee@contoso.com")):
        assert cleaned(text, column, person=ann) == text
    assert cleaned("Ann.Lee@contoso.com", "user_principal_name") == GONE


@pytest.mark.parametrize(
    "where", ["users.display_name", "sign_ins.user_display_name", "directory_audits.initiated_by__user__display_name"]
)
@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Jo Ann Lee", "Jo Ann Lee"),
        ("ask JO ANN LEE, ann lee or Ann Lee", f"ask JO ANN LEE, {GONE} or {GONE}"),
        ("Jo Ann Lee Jo Ann Lee Ann Lee", f"Jo Ann Lee Jo Ann Lee {GONE}"),
        ("Ann Lee O'Hara, Ann Lee", f"Ann Lee O'Hara, {GONE}"),
        ("Zoë (Ann Lee) Quist and Zoë (Ann Lee)", f"Zoë (Ann Lee) Quist and Zoë ({GONE})"),
        ("Ann Leeson and Joann Lee", "Ann Leeson and Joann Lee"),
        ("Mary Ann Lee", f"Mary {GONE}"),
    ],
)
def test_names_of_known_people_stay_whole(text: str, after: str, where: str) -> None:
    """Somebody's full name that holds the person's is left alone in free text; where nobody is called so, the person's goes."""
    ann = Person(TENANT, ANN.id, ANN.addresses, "Ann Lee")
    others = {where: ["Jo Ann Lee", "Ann Lee O'Hara", "Zoë (Ann Lee) Quist"]}
    assert cleaned(text, person=ann, others=others) == after
    for is_ascii in (True, False):
        told = json.dumps([f"x\n{text}"], ensure_ascii=is_ascii)
        assert json.loads(cleaned(told, kind="json", person=ann, others=others)) == [f"x\n{after}"]


def test_a_shared_name_stays() -> None:
    """Whom a text means is not to be told where two people are called alike."""
    ann = Person(TENANT, ANN.id, ANN.addresses, "Ann Lee")
    assert cleaned("ask Ann Lee", person=ann, others={"users.display_name": ["ann lee"]}) == "ask Ann Lee"
