"""The table of collections: everything that it names exists, here and in Graph as the simulator plays it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from pipelines import settings
from pipelines.entra import schema, shapes
from pipelines.entra.collections import COLLECTIONS, Collection, named
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import Page, pages
from simulator import Server, serve
from simulator.graph import find
from simulator.schema import names
from tests.odd_tenant import odd_tenant

BY_NAME = pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: c.name)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a served tenant."""
    with serve(odd_tenant()) as served:
        yield served


def first_page(server: Server, collection: Collection) -> Page:
    """Return the first page of a collection, asked for as its row says."""
    with GraphClient(settings.tenant(server.settings)) as client:
        parent = str(server.tenant.graph.id) if collection.parent else ""
        return next(pages(client, shapes.listing(collection, parent=parent), Traffic()))


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
    """Path, query options, headers and `$top` of the row get a page of rows, counted where the row asks for a count."""
    page = first_page(server, collection)
    assert page.rows
    assert (page.count is not None) == ("$count" in collection.params)


@BY_NAME
def test_columns_are_those_of_graph(server: Server, collection: Collection) -> None:
    """Every selected property and every served one has a column, and no column is made up."""
    columns = set(schema.tree(collection.table)) - {schema.ODATA_TYPE}
    selected = {name for name in collection.params.get("$select", "").split(",") if name}
    served = {name for row in first_page(server, collection).rows for name in msgspec.json.decode(row)}
    assert served <= columns
    assert columns == selected or not selected
    assert columns <= documented(collection)


@BY_NAME
def test_parents_and_cursors_exist(collection: Collection) -> None:
    """Parents are collections that are read earlier, a cursor is a time, and a table has one kind of shape."""
    earlier = [c.name for c in COLLECTIONS[: COLLECTIONS.index(collection)]]
    assert (collection.parent is not None) == (collection.shape == "per_parent") == ("{id}" in collection.path)
    assert collection.parent is None or collection.parent in earlier
    assert (collection.cursor is not None) == (collection.shape == "window")
    assert collection.cursor is None or schema.tree(collection.table)[collection.cursor] == "timestamp"
    assert len({c.shape for c in COLLECTIONS if c.table == collection.table}) == 1


@BY_NAME
def test_the_permission_is_enough(collection: Collection) -> None:
    """An app that holds nothing but the named permission may read the collection."""
    with serve(odd_tenant(roles=(collection.permission,))) as server:
        assert first_page(server, collection).rows
