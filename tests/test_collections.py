"""The table of collections: everything that it names exists, here and in Graph as the simulator plays it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from pipelines import settings
from pipelines.entra import schema
from pipelines.entra.collection import CHANGES, MEMBERS, RELATED, SNAPSHOT, WINDOW
from pipelines.entra.collections import COLLECTIONS, Collection, named
from pipelines.entra.extraction import expanded, listing
from pipelines.entra.logs import PAGE_ROWS
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import Listing, Page, pages
from simulator import Server, serve
from simulator.graph import find
from simulator.schema import names
from tests import truth as told
from tests.odd_tenant import odd_tenant

BY_NAME = pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: c.name)
FOLLOWED = pytest.mark.parametrize("collection", [c for c in COLLECTIONS if c.shape == CHANGES], ids=lambda c: c.name)
RELATIONS = pytest.mark.parametrize("collection", [c for c in COLLECTIONS if c.shape == RELATED], ids=lambda c: c.name)

UNDECLARED = {"summarized_sign_ins": {"userId"}}
"""Columns that the simulator's metadata does not declare; they wait for Graph to fill them."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a served tenant."""
    with serve(odd_tenant()) as served:
        yield served


def first_page(server: Server, asked: Listing) -> Page:
    """Return the first page of a listing."""
    with GraphClient(settings.tenant(server.settings)) as client:
        return next(pages(client, asked, Traffic()))


def own_list(server: Server, collection: Collection) -> Listing:
    """Return the listing of a collection as its row says, of a parent that has such rows."""
    if collection.parent is None:
        return listing(collection)
    by_parent = server.tenant.rows_by_parent(collection.path.split("/", 2)[2].replace("/{id}", ""))
    return listing(collection, parent=next(parent for parent, rows in by_parent.items() if rows))


def documented(collection: Collection) -> frozenset[str]:
    """Return the properties that Graph documents for a collection's rows, in either version."""
    version, *segments = collection.path.strip("/").split("/")
    type_ = find(version, segments).collection.type
    return frozenset(names(type_, "v1.0") | names(type_, "beta"))


def test_names_are_unique() -> None:
    """A name stands for one collection, in the cursors, the outcomes and the reports."""
    found = [collection.name for collection in COLLECTIONS]
    assert len(found) == len(set(found))
    assert [named(name).name for name in found] == found


@BY_NAME
def test_graph_serves_what_the_table_asks(server: Server, collection: Collection) -> None:
    """Path, query options, headers and `$top` of the row get a page of rows."""
    assert first_page(server, own_list(server, collection)).rows


@FOLLOWED
def test_graph_tells_the_changes_of_what_is_followed(server: Server, collection: Collection) -> None:
    """The row's options are ones that a delta query takes, and its round ends with a link to the next one."""
    whole = listing(collection)
    page = first_page(server, replace(whole, path=f"{whole.path}/delta"))
    assert page.rows
    assert page.delta_link


@RELATIONS
def test_graph_expands_what_is_related(server: Server, collection: Collection) -> None:
    """The list of the parents brings the related rows with it, whole rows where they have a meaning of their own."""
    property_ = collection.path.rpartition("/")[2]
    page = first_page(server, expanded(collection, named(str(collection.parent))))
    found = [row for parent in page.rows for row in msgspec.json.decode(parent)[property_]]
    wanted = told.served(server.tenant, collection)
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in wanted)
    assert collection.parent_key or {row["id"]: row for row in found} == {row["id"]: row for row in wanted}


@BY_NAME
def test_columns_are_those_of_graph(server: Server, collection: Collection) -> None:
    """Every selected property and every served one has a column, and no column is made up; of relations only the ends are kept."""
    columns = set(schema.tree(collection.table)) - {schema.ODATA_TYPE, schema.REMOVED}
    if collection.parent_key:
        assert columns == {"id", collection.parent_key}
        return
    selected = {name for name in collection.params.get("$select", "").split(",") if name}
    page = first_page(server, own_list(server, collection))
    served = {name for row in page.rows for name in msgspec.json.decode(row)} - {schema.ODATA_TYPE}
    assert {name for name in served if schema.snake_case(name) not in schema.OWN} <= columns
    assert columns == selected or not selected
    assert columns - UNDECLARED.get(collection.table, set()) <= documented(collection)


@BY_NAME
def test_parents_and_cursors_exist(collection: Collection) -> None:
    """Parents are followed collections that are read earlier, a cursor is a time, and a table has one kind of shape."""
    earlier = [c.name for c in COLLECTIONS[: COLLECTIONS.index(collection)]]
    assert (collection.parent is not None) == (collection.shape in (MEMBERS, RELATED)) == ("{id}" in collection.path)
    assert collection.parent is None or collection.parent in earlier
    assert collection.parent is None or named(collection.parent).shape == CHANGES
    assert (collection.cursor is not None) == (collection.shape == WINDOW) == (collection.retention_days > 0)
    assert collection.cursor is None or schema.tree(collection.table)[collection.cursor] == "timestamp"
    assert len({c.shape for c in COLLECTIONS if c.table == collection.table}) == 1


@BY_NAME
def test_keys_are_columns_that_graph_always_fills(server: Server, collection: Collection) -> None:
    """What makes a row one has a column, and with it no two rows of a tenant are the same."""
    assert set(collection.key) <= schema.types(collection.table).keys()
    rows = told.expected(server.tenant, collection)
    keys = [tuple(row[name] for name in collection.key) for row in rows]
    assert None not in {part for key in keys for part in key}
    assert len(keys) == len(set(keys))


@BY_NAME
def test_a_better_source_is_read_before_its_stand_in(collection: Collection) -> None:
    """What stands in for another collection is a list of its own that is asked for after it, in the same quota's lane."""
    if collection.instead_of is None:
        return
    better = named(collection.instead_of)
    assert (collection.shape, better.shape) == (SNAPSHOT, WINDOW)
    assert COLLECTIONS.index(better) < COLLECTIONS.index(collection)
    assert better.bucket == collection.bucket
    assert better.table != collection.table


def test_logs_ask_for_the_largest_pages(server: Server) -> None:
    """The quota of logs counts requests: each asks for as many rows as Graph gives, which time estimates build on."""
    tops = {c.name: int(c.params["$top"]) for c in COLLECTIONS if c.shape == WINDOW}
    assert {name for name, top in tops.items() if top != PAGE_ROWS} == {"directory_audits"}
    assert tops["directory_audits"] == PAGE_ROWS - 1


@BY_NAME
def test_the_permission_is_enough(collection: Collection) -> None:
    """An app that holds the named permission, and that of the list it adds to, may read the collection in each way in which it is read."""
    added_to = [c.permission for c in COLLECTIONS if c.path == collection.path and c.shape == CHANGES]
    with serve(odd_tenant(roles=(collection.permission, *added_to))) as server:
        assert first_page(server, own_list(server, collection)).rows
        if collection.shape == CHANGES:
            whole = listing(collection)
            assert first_page(server, replace(whole, path=f"{whole.path}/delta")).rows
        if collection.shape == RELATED:
            assert first_page(server, expanded(collection, named(str(collection.parent)))).rows
