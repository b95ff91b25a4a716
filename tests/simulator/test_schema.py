"""The simulator answers what Microsoft's metadata declares, and nothing else."""

from __future__ import annotations

import base64
import re
from typing import Any
from uuid import UUID

import pytest

from simulator import instants, schema
from simulator.routes import COLLECTIONS, DIRECTORY_OBJECT, Collection
from tests.simulator.reader import Reader

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")
_KINDS = ("interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity")
_WHOLE_NUMBER_BITS = {"Edm.Int32": 31, "Edm.Int64": 63}


def problems(value: Any, type_name: str, version: str, where: str) -> list[str]:
    """What is wrong with a value of a declared type; nothing when it is null or right."""
    if value is None:
        return []
    if inner := schema.COLLECTION.fullmatch(type_name):
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no collection"]
        return [problem for item in value for problem in problems(item, inner.group(1), version, where)]
    if type_name in schema.types():
        return object_problems(value, type_name, version, where)
    if type_name in schema.enums():
        return [] if value in schema.enums()[type_name][version] else [f"{where}: {value!r} is no {type_name}"]
    return [] if is_plain(value, type_name) else [f"{where}: {value!r} is no {type_name}"]


def object_problems(row: Any, type_name: str, version: str, where: str) -> list[str]:
    """What is wrong with an object: undeclared properties, and values that do not fit."""
    declared = schema.types()[type_name]
    found = []
    for key, value in row.items():
        if key.startswith("@odata.") or key in schema.UNDECLARED.get(type_name, frozenset()):
            continue
        if key not in declared or not declared[key].exists_in(version):
            found.append(f"{where}/{key}: {type_name} has no such property in {version}")
        else:
            found += problems(value, declared[key].type, version, f"{where}/{key}")
    return found


def is_plain(value: Any, type_name: str) -> bool:
    """Whether a value fits a primitive type; types the data file does not describe are objects or enumerations."""
    if type_name in _WHOLE_NUMBER_BITS:
        return type(value) is int and abs(value) < 1 << _WHOLE_NUMBER_BITS[type_name]
    checks = {
        "Edm.String": lambda: isinstance(value, str),
        "Edm.Boolean": lambda: isinstance(value, bool),
        "Edm.Double": lambda: type(value) in {int, float},
        "Edm.DateTimeOffset": lambda: bool(_INSTANT.fullmatch(value)) and instants.parse(value) is not None,
        "Edm.Guid": lambda: str(UUID(value)) == value,
        "Edm.Binary": lambda: base64.b64decode(value, validate=True) is not None,
    }
    return bool(checks[type_name]()) if type_name in checks else isinstance(value, dict | str)


def paths(reader: Reader, collection: Collection, version: str) -> list[str]:
    """Addresses that together show every kind of row of a collection, with every property."""
    if collection.argument:
        base = f"/{version}/{'/'.join(collection.path[:-1])}"
        return [f"{base}({collection.argument}='{value}')" for value in collection.arguments]
    if "{id}" in collection.path:
        parents = reader.server.tenant.rows(collection.path[0], select=("id",))
        return [f"/{version}/" + "/".join(collection.path).replace("{id}", row["id"]) for row in parents]
    base = f"/{version}/" + "/".join(collection.path)
    if collection.type == "signIn" and version == "beta":
        return [f"{base}?$filter=signInEventTypes/any(t: t eq '{kind}')" for kind in _KINDS]
    known = schema.names(collection.type, version) & stored(reader, collection)
    return [base, f"{base}?$select={','.join(sorted(known))}"]


def stored(reader: Reader, collection: Collection) -> set[str]:
    """Every property the tenant knows for a collection."""
    rows = reader.server.tenant.rows(collection.names[1], select=())
    return {key for row in rows for key in row} | {"id"}


VERSIONS = [
    pytest.param(collection, version, id=f"{collection.names[1]}-{version}")
    for collection in COLLECTIONS
    for version in collection.versions
    if collection.type != DIRECTORY_OBJECT
]


@pytest.mark.parametrize(("collection", "version"), VERSIONS)
def test_every_property_is_declared(crowd: Reader, collection: Collection, version: str) -> None:
    """Each property of each row exists in that version of Graph, and its value has the declared type."""
    rows = [row for path in paths(crowd, collection, version) for row in crowd.rows(path)]
    assert rows, "nothing was checked"
    found = {problem for row in rows for problem in object_problems(row, collection.type, version, collection.name)}
    assert not found


@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("groups/members", {"user", "group"}),
        ("groups/owners", {"user"}),
        ("applications/owners", {"user", "servicePrincipal"}),
        ("servicePrincipals/owners", {"user", "servicePrincipal"}),
    ],
)
def test_members_and_owners_are_declared(crowd: Reader, name: str, expected: set[str], version: str) -> None:
    """Each member and owner has the properties of the type it says it has."""
    parents, relation = name.split("/")
    keys = [row["id"] for row in crowd.server.tenant.rows(parents, select=("id",))]
    rows = [row for key in keys for row in crowd.rows(f"/{version}/{parents}/{key}/{relation}")]
    types = {row["@odata.type"].removeprefix("#microsoft.graph.") for row in rows}
    assert types == expected
    assert not [
        p for row in rows for p in object_problems(row, row["@odata.type"].rsplit(".", 1)[1], version, "members")
    ]


def test_sign_ins_are_as_rich_as_real_ones(crowd: Reader) -> None:
    """Sign-ins have more than fifty properties and about three kilobytes."""
    for kind in _KINDS:
        answer = crowd.get(f"/beta/auditLogs/signIns?$filter=signInEventTypes/any(t: t eq '{kind}')")
        rows = answer.json()["value"]
        assert min(len(row) for row in rows) > 50
        assert 2_400 < len(answer.content) / len(rows) < 4_500


def test_undeclared_property_is_found() -> None:
    """The check itself notices an unknown property, a wrong type and a wrong version."""
    assert object_problems({"colour": "red"}, "user", "v1.0", "users")
    assert object_problems({"accountEnabled": "yes"}, "user", "v1.0", "users")
    assert object_problems({"signInEventTypes": ["interactiveUser"]}, "signIn", "v1.0", "signIns")
    assert object_problems({"location": {"geoCoordinates": {"latitude": "north"}}}, "signIn", "beta", "signIns")
