"""Rows: every value of every row reaches the table, whatever Graph adds or changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.entra import schema
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.rows import RowReader
from pipelines.errors import BadAnswer

NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
DEEP: Final = '{"a":' * 5000


def read(*rows: dict[str, Any], indent: int | None = None) -> list[dict[str, Any]]:
    """Return what becomes of sign-in rows, without the columns that are null."""
    reader = RowReader("sign_ins", {"tenant_id": "t", "_collection": "c"}, NOW)
    raw = [msgspec.Raw(json.dumps(row, indent=indent, ensure_ascii=False).encode()) for row in rows]
    own = {"tenant_id", "_collection", "_arrival"}
    return [{k: v for k, v in row.items() if v is not None and k not in own} for row in reader.read(raw).to_pylist()]


def test_documented_properties_get_their_types() -> None:
    """Objects become columns, lists become JSON, times are UTC to the microsecond."""
    row = {
        "id": "1",
        "createdDateTime": "2026-11-01T00:00:00.1234567Z",
        "isInteractive": True,
        "status": {"errorCode": 50126, "failureReason": "Größe 🚀"},
        "location": {"geoCoordinates": {"latitude": 47.6, "longitude": None}},
        "riskEventTypes_v2": ["a", "b"],
        "mfaDetail": None,
    }
    assert read(row) == [
        {
            "id": "1",
            "created_date_time": datetime(2026, 11, 1, 0, 0, 0, 123456, tzinfo=UTC),
            "is_interactive": True,
            "status__error_code": 50126,
            "status__failure_reason": "Größe 🚀",
            "location__geo_coordinates__latitude": 47.6,
            "risk_event_types_v2": '["a","b"]',
        }
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"brandNew": {"a": 1}}, {"brand_new": '{"a":1}'}),
        ({"status": {"errorCode": 0, "brandNew": "x"}}, {"status__error_code": 0, "status__brand_new": '"x"'}),
        ({"status": "text"}, {"status__v_text": '"text"'}),
        ({"status": "{text"}, {"status__v_text": '"{text"'}),
        pytest.param({"status": DEEP}, {"status__v_text": json.dumps(DEEP)}, id="text nested too deeply"),
        ({"status": '{"errorCode": "50140"}'}, {"status__error_code": 50140}),
        ({"status": {"errorCode": "E1"}}, {"status__error_code__v_text": "E1"}),
        ({"createdDateTime": "2026-01-01T00:00:00-8:00"}, {"created_date_time__v_text": "2026-01-01T00:00:00-8:00"}),
        ({"appDisplayName": {"now": "object"}}, {"app_display_name": '{"now":"object"}'}),
        ({"@odata.type": "#microsoft.graph.signIn"}, {"odata_type": "#microsoft.graph.signIn"}),
        ({"status@odata.context": "https://x"}, {}),
        ({"status": {"@odata.type": "#x", "errorCode": 0}}, {"status__error_code": 0}),
        ({"isInteractive": "yes"}, {"is_interactive__v_text": "yes"}),
        ({"isInteractive": 1}, {"is_interactive__v_text": "1"}),
        ({"status": {"errorCode": 1.5}}, {"status__error_code__v_text": "1.5"}),
    ],
)
def test_what_was_not_expected_is_kept(row: dict[str, Any], expected: dict[str, Any]) -> None:
    """A new property widens the table; a value of another type, but an object's text, moves to a column of its own; only annotations go."""
    assert read({"id": "1", **row}, {"id": "2"}) == [{"id": "1", **expected}, {"id": "2"}]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"tenantId": "x"}, {"tenant_id__v_json": '"x"'}),
        ({"AppID": "x", "appId": "a"}, {"app_id": "a", "app_id__v_json": '"x"'}),
        ({"appid": "x", "appId": "a"}, {"app_id": "a", "appid__v_json": '"x"'}),
        (
            {"riskEventTypesV2": [], "riskEventTypes_v2": ["a"]},
            {"risk_event_types_v2": '["a"]', "risk_event_types_v2__v_json": "[]"},
        ),
        ({"status": {"ErrorCode": 1, "errorCode": 0}}, {"status__error_code": 0, "status__error_code__v_json": "1"}),
        ({"newThing": 1, "NewThing": 2}, {"new_thing": "1", "new_thing__v_json": "2"}),
    ],
)
def test_two_properties_never_share_a_column(row: dict[str, Any], expected: dict[str, Any]) -> None:
    """A new property whose column's name is taken gets another, the same in every row, and spoils no other column."""
    reader = RowReader("sign_ins", {"tenant_id": "t", "_collection": "c"}, NOW)
    table = reader.read([msgspec.Raw(json.dumps({"id": "1", **row}).encode())] * 2)
    assert len(set(table.column_names)) == table.num_columns
    own = {"_collection": "c", "tenant_id": "t"}
    assert [{k: v for k, v in found.items() if v is not None} for found in table.to_pylist()] == [
        {"id": "1", **expected, **own, "_arrival": place} for place in (0, 1)
    ]


@pytest.mark.parametrize(
    "row",
    [
        b"null",
        b'"text"',
        b'{"id":"\xff"}',
        b'{"id":"1","brandNew":"\xff"}',
        b'{"id":"\\ud800"}',
    ],
)
def test_a_row_that_cannot_be_read_is_graphs_fault(row: bytes) -> None:
    """What is no JSON object ends as a bad answer of Graph's that names the table, not as trouble with the warehouse."""
    reader = RowReader("sign_ins", {"tenant_id": "t", "_collection": "c"}, NOW)
    with pytest.raises(BadAnswer, match="sign_ins"):
        reader.read([msgspec.Raw(row)])


def test_line_breaks_between_tokens_do_not_matter() -> None:
    """A pretty-printed answer gives the same rows as a compact one."""
    row = {"id": "1", "userAgent": "two\r\nlines", "status": {"errorCode": 0}}
    assert read(row, {"id": "2"}, indent=2) == read(row, {"id": "2"})


def test_columns_come_in_the_order_of_the_raw_table() -> None:
    """Declared columns stand in the raw table's order, newcomers behind them: dlt takes such a file as it is."""
    reader = RowReader("sign_ins", {"tenant_id": "t", "_collection": "c"}, NOW)
    read_ = reader.read([msgspec.Raw(b'{"status": {"errorCode": 0}, "newcomer": 1, "id": "a"}')])
    assert read_.column_names == [*schema.types("sign_ins"), "newcomer"]


def test_arrival_goes_on_over_batches() -> None:
    """Rows carry their place in the run, so that of two versions the later one can win."""
    reader = RowReader("users", {"tenant_id": "t", "_collection": "users"}, NOW)
    places = [reader.read([msgspec.Raw(b'{"id":"1"}')] * 3)["_arrival"].to_pylist() for _ in range(2)]
    assert places == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("reason", ["changed", "deleted"])
def test_what_is_removed_says_when_and_why(reason: str) -> None:
    """A row that Graph reports as removed carries its reason and the time of the run; a row that is there carries neither."""
    reader = RowReader("users", {"tenant_id": "t", "_collection": "users"}, NOW)
    rows = [{"id": "1", "@removed": {"reason": reason}}, {"id": "2"}]
    found = reader.read([msgspec.Raw(json.dumps(row).encode()) for row in rows])
    assert found.select(["id", "_deleted_at", "_removed_reason"]).to_pylist() == [
        {"id": "1", "_deleted_at": NOW, "_removed_reason": reason},
        {"id": "2", "_deleted_at": None, "_removed_reason": None},
    ]


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
values = st.one_of(text, st.none())


@given(
    rows=st.lists(
        st.fixed_dictionaries({"id": text, "appDisplayName": values, "userAgent": values}), min_size=1, max_size=20
    )
)
@hypothesis_settings(deadline=None, max_examples=40)
def test_text_survives_whatever_it_holds(rows: list[dict[str, Any]]) -> None:
    """Any text that JSON can carry comes out as it went in, row for row."""
    got = RowReader("sign_ins", {}, NOW).read([msgspec.Raw(json.dumps(row).encode()) for row in rows]).to_pylist()
    assert [(row["id"], row["app_display_name"], row["user_agent"]) for row in got] == [
        (row["id"], row["appDisplayName"], row["userAgent"]) for row in rows
    ]


@pytest.mark.parametrize("table", sorted({collection.table for collection in COLLECTIONS}))
def test_column_names_are_dlts(table: str) -> None:
    """The names of our columns are the ones that dlt would give, so that it changes none of them."""
    names = list(schema.types(table))
    assert len(names) == len(set(names))
    assert all(schema.snake_case(part) == part for name in names for part in name.split("__"))
