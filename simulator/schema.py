"""What Microsoft Graph declares: the types, their properties and which of them a filter may use."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

COLLECTION = re.compile(r"Collection\((.*)\)")

# What the texts of the metadata say in prose: operators on parts of an object, and two that work though not listed.
_PROSE_FILTERS: dict[str, dict[str, str]] = {
    "signIn": {
        "createdDateTime": "eq ge gt le lt",
        "deviceDetail/browser": "eq startswith",
        "deviceDetail/operatingSystem": "eq startswith",
        "location/city": "eq startswith",
        "location/state": "eq startswith",
        "location/countryOrRegion": "eq startswith",
        "servicePrincipalId": "eq startswith",
        "servicePrincipalName": "eq startswith",
        "status/errorCode": "eq",
        "userAgent": "eq startswith",
    },
    "directoryAudit": {
        "activityDateTime": "eq ge gt le lt",
        "initiatedBy/user/id": "eq",
        "initiatedBy/user/displayName": "eq",
        "initiatedBy/user/userPrincipalName": "eq startswith",
        "initiatedBy/app/appId": "eq",
        "initiatedBy/app/displayName": "eq",
        "targetResources/id": "eq",
        "targetResources/displayName": "eq startswith",
    },
    "user": {
        "assignedLicenses/skuId": "eq",
        "signInActivity/lastSignInDateTime": "ge le",
        "signInActivity/lastNonInteractiveSignInDateTime": "ge le",
        "signInActivity/lastSuccessfulSignInDateTime": "ge le",
    },
    "summarizedSignIn": {"agent/agentType": "eq", "managedServiceIdentity/msiType": "eq", "status/errorCode": "eq"},
    "servicePrincipal": {
        "createdDateTime": "eq ge le",
        "servicePrincipalType": "eq",
        "verifiedPublisher/displayName": "eq",
    },
    "group": {"createdDateTime": "eq ge le"},
}

# On the wire though the metadata does not declare it: Graph answers, selects and sorts by it.
UNDECLARED = {"servicePrincipal": frozenset({"createdDateTime"})}


@dataclass(frozen=True)
class Property:
    """One declared property: the versions that have it, its type, the filter operators it supports."""

    versions: str
    type: str
    operators: frozenset[str]

    def exists_in(self, version: str) -> bool:
        """Whether Graph's `version` (`v1.0` or `beta`) declares the property."""
        return self.versions in {"both", version}


@cache
def types() -> dict[str, dict[str, Property]]:
    """Every known type: name → property name → declaration."""
    return {name: {key: _property(value) for key, value in body.items()} for name, body in _document()["types"].items()}


@cache
def enums() -> dict[str, dict[str, list[str]]]:
    """Every known enumeration: name → version → members."""
    return _document()["enums"]  # type: ignore[no-any-return]


@cache
def names(type_name: str, version: str) -> frozenset[str]:
    """The properties a type has on the wire in a version."""
    declared = (key for key, value in types()[type_name].items() if value.exists_in(version))
    return UNDECLARED.get(type_name, frozenset()).union(declared)


@cache
def filters(type_name: str, version: str) -> dict[str, frozenset[str]]:
    """The property paths of a type that `$filter` may use, and the operators of each."""
    declared = {key: value.operators for key, value in types()[type_name].items() if value.exists_in(version)}
    prose = {path: frozenset(text.split()) for path, text in _PROSE_FILTERS.get(type_name, {}).items()}
    return {path: operators for path, operators in {**declared, **prose}.items() if operators}


def pruned(row: dict[str, Any], type_name: str, version: str) -> dict[str, Any]:
    """The row with only what `version` declares, objects inside it included."""
    properties = types()[type_name]
    return {
        key: _pruned_value(value, properties[key].type, version)
        for key, value in row.items()
        if key in properties and properties[key].exists_in(version)
    }


def _pruned_value(value: Any, type_name: str, version: str) -> Any:
    inner = COLLECTION.fullmatch(type_name)
    if inner is not None and value is not None:
        return [_pruned_value(item, inner.group(1), version) for item in value]
    if isinstance(value, dict) and type_name in types():
        return pruned(value, type_name, version)
    return value


def _property(body: dict[str, str]) -> Property:
    return Property(body["in"], body["type"], frozenset(body.get("filter", "").split()))


@cache
def _document() -> dict[str, Any]:
    text = files("simulator").joinpath("data/graph-schema.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]
