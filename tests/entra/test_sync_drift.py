"""Drift: Graph adds properties, changes their types and their values; each loads, nothing is lost, and later runs go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pytest

from pipelines.entra import schema
from pipelines.entra.collections import Collection
from simulator import Server, Tenant
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import users

USERS: Final = small("users")
SIGN_INS: Final = small("sign_ins_interactive")
ROLES: Final = small("role_definitions")


@dataclass(frozen=True)
class Drift:
    """What happens to one property from run to run.

    Attributes:
        collection: whose.
        property: its name.
        values: what Graph sends, run by run.
        columns: where that must be found, as text, run by run; of all these columns those that are not named are null.
    """

    collection: Collection
    property: str
    values: tuple[Any, ...]
    columns: tuple[dict[str, str], ...]


def kept(name: str, *texts: str) -> tuple[dict[str, str], ...]:
    """Return the columns of values that stay in one."""
    return tuple({name: text} for text in texts)


FIT, BESIDE = "", schema.VARIANT


def moved(name: str, *texts: tuple[str, str]) -> tuple[dict[str, str], ...]:
    """Return the columns of values that fit their column, or move beside it."""
    return tuple({name + suffix: text} for text, suffix in texts)


FUTURE: Final = {"deep": [1, {"er": None}]}
DRIFTS: Final[dict[str, Drift]] = {
    "a new object": Drift(ROLES, "brandNew", (FUTURE, FUTURE), kept("brand_new", *['{"deep":[1,{"er":null}]}'] * 2)),
    "a new property whose type changes": Drift(
        USERS, "brandNew", (1, "one", [1], True), kept("brand_new", "1", '"one"', "[1]", "true")
    ),
    "a new property named like one of ours": Drift(USERS, "tenantId", ("x", "y"), kept("tenant_id__v_json", '"x"', '"y"')),
    "an enum value from the future": Drift(
        USERS, "userType", ("Member", "Hologram", "Member"), kept("user_type", "Member", "Hologram", "Member")
    ),
    "a string that is an object and back": Drift(
        USERS, "jobTitle", ("a", {"b": 1}, "c"), kept("job_title", "a", '{"b":1}', "c")
    ),
    "an object that is a string and back": Drift(
        ROLES, "resourceScopes", (["/"], "all", ["/"]), kept("resource_scopes", '["/"]', '"all"', '["/"]')
    ),
    "a flag that is a word and back": Drift(
        USERS,
        "accountEnabled",
        (True, "sometimes", False, True),
        moved("account_enabled", ("true", FIT), ("sometimes", BESIDE), ("false", FIT), ("true", FIT)),
    ),
    "a time that is none and back": Drift(
        USERS, "createdDateTime", ("soon", "2026-01-01T00:00:00Z"), moved("created_date_time", ("soon", BESIDE), ("2026-01-01 00:00:00+00", FIT))
    ),
    "a log's object that is a string": Drift(
        SIGN_INS, "deviceDetail", ("a phone", {"browser": "x"}), ({"device_detail__v_text": '"a phone"'}, {"device_detail__browser": "x"})
    ),
    "a log's number that is a string": Drift(
        SIGN_INS, "status", ({"errorCode": "E1"}, {"errorCode": 7}), ({"status__error_code__v_text": "E1"}, {"status__error_code": "7"})
    ),
}  # fmt: skip
PATHS: Final = {"users": "/users/delta", "role_definitions": "/roleDefinitions", "sign_ins_interactive": "/signIns"}


def found(job: Job, collection: Collection, columns: list[str]) -> list[dict[str, str]]:
    """Return which texts the columns hold, nulls left out, in the rows that the last run brought."""
    query = f"select column_name from information_schema.columns where table_name = '{collection.table}'"
    present = [column for column in columns if (column,) in job.query(query)]
    texts = ", ".join(f"{column}::varchar" for column in present)
    newest = f"select max(_dlt_load_id) from raw.{collection.table} where _collection = '{collection.name}'"
    rows = job.query(f"select distinct {texts} from raw.{collection.table} where _dlt_load_id = ({newest})")
    return [{column: text for column, text in zip(present, row, strict=True) if text is not None} for row in rows]


@pytest.mark.parametrize("name", DRIFTS)
def test_nothing_is_lost_when_a_property_changes(job: Job, server: Server, truth: Tenant, name: str) -> None:
    """Each run loads whole; the property's newest value is where it belongs, none of its earlier ones is left beside it, and no other property is touched."""
    drift = DRIFTS[name]
    collection, columns = drift.collection, sorted({column for run in drift.columns for column in run})
    for value, wanted in zip(drift.values, drift.columns, strict=True):
        server.faults.clear()
        server.faults.extra_property(PATHS[collection.name], name=drift.property, value=value)
        for user in users(truth):
            user.update(department=f"told again with {value}")
        assert job.run(collection)[collection.name].is_complete
        assert found(job, collection, columns) == [wanted]
        part = schema.snake_case(drift.property)
        rows = [told.held(job.home.warehouse, collection, truth), told.expected(truth, collection)]
        held, expected = ([{k: v for k, v in r.items() if k.partition("__")[0] != part} for r in of] for of in rows)
        assert held == expected
