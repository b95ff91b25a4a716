"""Rounds: whatever pieces and repetitions a delta query's objects come in, the table holds what a plain reading of them says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

import msgspec
import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.entra.collections import named
from pipelines.entra.extraction import Extraction
from pipelines.entra.outcomes import Outcome
from pipelines.entra.rounds import Round
from pipelines.settings import Home
from pipelines.warehouse.load import Loader

USERS: Final = named("users")
Item = dict[str, Any]
State = dict[str, dict[str, Any]]
"""By id, the properties of an object, and under `gone` why it is."""

tenants: Final = count()


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    """Return a loader on a warehouse; each example has a tenant of its own."""
    with Loader.on(Home(tmp_path_factory.mktemp("rounds") / "home")) as opened:
        yield opened


def read(loader: Loader, tenant_id: str, pages: Sequence[Sequence[Item]], *, is_full: bool, is_whole: bool) -> int:
    """Read a round into the warehouse. Return how many live objects it says that there are."""
    x = Extraction(None, Outcome(tenant_id, "run", USERS), loader.held(tenant_id), loader.spool)  # type: ignore[arg-type]
    round_ = Round(x, is_full=is_full)
    for page in pages:
        round_.add([msgspec.Raw(json.dumps(item).encode()) for item in page])
    loader.load(x.parcel(round_.close(is_whole=is_whole)))
    return round_.live


def told(state: State, pages: Sequence[Sequence[Item]], *, is_full: bool, is_whole: bool) -> State:
    """Return the state after a round, by its plain meaning: of two tellings of a property the later one holds."""
    after = {key: dict(value) for key, value in state.items()}
    seen: set[str] = set()
    for item in (item for page in pages for item in page):
        key = item["id"]
        if "@removed" in item:
            if key in after:
                after[key]["gone"] = item["@removed"]["reason"]
        else:
            is_fresh = is_full and key not in seen
            after[key] = {**({} if is_fresh else after.get(key, {})), **item, "gone": None}
        seen.add(key)
    absent = set(after) - seen if is_full and is_whole else set()
    return {key: {**v, "gone": v["gone"] or "absent"} if key in absent else v for key, v in after.items()}


def held(loader: Loader, tenant_id: str) -> State:
    """Return the state in the warehouse."""
    query = (
        "select id, display_name, department, _removed_reason, _deleted_at is null from raw.users where tenant_id = $1"
    )
    rows = loader.connection.execute(query, [tenant_id]).fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    assert all((row[3] is None) == row[4] for row in rows)
    return {row[0]: {"displayName": row[1], "department": row[2], "gone": row[3]} for row in rows}


def plain(state: State) -> State:
    """Return the state with every property, null where nothing was told."""
    return {key: {name: v.get(name) for name in ("displayName", "department", "gone")} for key, v in state.items()}


TEXT: Final = st.sampled_from(["one", "two", None])
ID: Final = st.sampled_from(["a", "b", "c"])
ITEM: Final = st.one_of(
    st.fixed_dictionaries({"id": ID, "displayName": TEXT, "department": TEXT}),
    st.fixed_dictionaries({"id": ID}, optional={"displayName": TEXT, "department": TEXT}),
    st.builds(
        lambda key, reason: {"id": key, "@removed": {"reason": reason}}, ID, st.sampled_from(["changed", "deleted"])
    ),
)
PAGES: Final = st.lists(st.lists(ITEM, max_size=4), min_size=1, max_size=4)


@given(rounds=st.lists(st.tuples(st.booleans(), st.booleans(), PAGES), min_size=1, max_size=3))
@hypothesis_settings(deadline=None, max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_the_table_holds_what_was_told_last(loader: Loader, rounds: list[tuple[bool, bool, list[list[Item]]]]) -> None:
    """After full rounds, whole or not, and rounds of changes in any order, with objects in pieces, repeated, removed and back, each object is there once, as it was told last, and the number of the living is right."""
    tenant_id, state, lived = f"tenant {next(tenants)}", State(), set[str]()
    for number, (is_full, is_whole, pages) in enumerate(rounds):
        full = is_full or number == 0
        state = told(state, pages, is_full=full, is_whole=is_whole)
        live = read(loader, tenant_id, pages, is_full=full, is_whole=is_whole)
        lived |= {key for key, value in state.items() if value["gone"] is None}
        rows = held(loader, tenant_id)
        assert {key: row for key, row in rows.items() if key in lived} == plain({key: state[key] for key in lived})
        assert all(row["gone"] for key, row in rows.items() if key not in lived)  # what came and went may leave a trace
        assert live == sum(value["gone"] is None for value in state.values())
