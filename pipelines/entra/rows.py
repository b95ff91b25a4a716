"""Raw rows -> Arrow, without a Python object per value.

The rows' bytes go to DuckDB's JSON functions as they are. Explicit columns would silently drop a property that Graph adds one
day, so every row is first checked against a compiled model of the columns; a row that does not fit widens them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import compute

from pipelines.entra import schema
from pipelines.entra.discretion import UNREAD, Discretion
from pipelines.entra.schema import Tree
from pipelines.errors import BadAnswer

CASTS: Final = {
    "boolean": "case {0} when 'true' then true when 'false' then false end",
    "integer": "case when try_cast({0} as bigint) = try_cast({0} as double) then try_cast({0} as bigint) end",
    "double": "try_cast({0} as double)",
    "timestamp": "try_cast({0} as timestamptz)",
}
"""How a value's text becomes a column's type, or null: a bare cast would take `yes` for true and round fractions."""
Json = bytes | msgspec.Raw
Keys = tuple[str, ...]
"""A property's path: its objects' names from the row downwards, then its own."""
_null = msgspec.Raw(b"null")


class RowReader:
    """Turns the rows of one collection into Arrow tables of its raw table's columns.

    Args:
        table: the raw table.
        constants: values of our own text columns.
        at: the time that removed objects are marked with.
        discretion: what may be kept of people; by default everything.
    """

    def __init__(self, table: str, constants: dict[str, str], at: datetime, discretion: Discretion | None = None):
        self._table = table
        self._tree = schema.tree(table)
        self._annotations: set[str] = set()
        self._names: dict[Keys, str] = {}
        self._constants = constants
        self._at = at
        self.discretion = discretion or Discretion()
        self._arrived = 0
        # One thread: a second one makes the wait a little shorter and the work half as much again.
        self._connection = duckdb.connect(config={"threads": 1})
        # What Graph sent is never put aside on the disk: nothing of it was made what it may be kept as.
        self._connection.execute("set TimeZone = 'UTC'; set temp_directory = ''")
        self._sample: dict[str, Any] = {}
        self._compile()

    def _compile(self) -> None:
        self._check = msgspec.json.Decoder(_model(_in_order(self._tree, self._sample), self._annotations))
        self._query = _query(self._tree)

    def _look_at(self, row: Json) -> None:
        """Compile for the order that the first row's properties come in: checking the others takes two thirds of the time."""
        self._sample = msgspec.json.decode(row, type=dict[str, Any])
        self._compile()

    def read(self, rows: Sequence[Json]) -> pa.Table:
        """Return the rows as Arrow, in their order, as they may be kept.

        Raises:
            BadAnswer: Graph sent a row that is no JSON object in UTF-8.
        """
        try:
            if rows and not self._sample:
                self._look_at(rows[0])
            fitting = [self._fitting(row) for row in rows]  # may widen the columns
            self._connection.register("arrived", _texts(fitting))
            read = self._connection.sql(self._query).to_arrow_table()
        except (msgspec.MsgspecError, UnicodeError, duckdb.Error) as fault:
            reason = str(fault).strip().partition("\n")[0]
            raise BadAnswer(
                f"Graph sent a row of {self._table} that cannot be read: {reason.rstrip('.')}. Run the same command again, and report it where it stays so."
            ) from fault
        finally:
            self._connection.unregister("arrived")
        return self.discretion.applied(self._table, self._with_own_columns(_without_empty_variants(read)))

    def kept(self, ids: Sequence[str]) -> list[str]:
        """Return the ids of rows as they are kept."""
        return self.discretion.ids(self._table, ids)

    def _fitting(self, row: Json) -> Json:
        try:
            self._check.decode(row)
        except msgspec.ValidationError:
            return self._made_to_fit(bytes(row))
        return row

    def _made_to_fit(self, row: bytes) -> bytes:
        known = len(self._names), len(self._annotations)
        fitted = dict(self._fit(msgspec.json.decode(row, type=dict[str, Any]), self._tree))
        if known != (len(self._names), len(self._annotations)):
            self._compile()
        return msgspec.json.encode(fitted)

    def _fit(self, values: dict[str, Any], tree: Tree, path: Keys = ()) -> Iterator[tuple[str, Any]]:
        """Yield the row's properties; one that should be an object and is not moves to a variant of its name."""
        for key, value in values.items():
            kind = tree.get(key)
            if kind is None:
                yield self._named((*path, key)), value
            elif not isinstance(kind, dict) or value is None:
                yield key, value
            elif (held := _object(value)) is not None:
                yield key, dict(self._fit(held, kind, (*path, key)))
            else:
                yield self._named((*path, f"{key}{schema.VARIANT}")), value

    def _named(self, path: Keys) -> str:
        """Return the name that a property goes by, one whose column no other has; a new one widens the columns."""
        if "@odata." in path[-1]:
            self._annotations.add(path[-1])
            return path[-1]
        if path not in self._names:
            name: str = path[-1]
            while _is_taken((*path[:-1], name), self._tree):
                name += schema.HOMONYM
            _branch(self._tree, path)[name] = "json"
            self._names[path] = name
        return self._names[path]

    def _with_own_columns(self, read: pa.Table) -> pa.Table:
        count = read.num_rows
        arrival = pa.array(range(self._arrived, self._arrived + count), pa.int64())
        self._arrived += count
        own = {name: pa.repeat(pa.scalar(value, pa.string()), count) for name, value in self._constants.items()}
        gone = pa.scalar(self._at, schema.ARROW["timestamp"])
        deleted = compute.if_else(read["_removed_reason"].is_valid(), gone, pa.scalar(None, gone.type))
        for name, values in {**own, "_arrival": arrival, "_deleted_at": deleted}.items():
            read = read.append_column(name, values)
        # In the order of the raw table: a file whose columns come in another order is written anew by dlt.
        places = {name: place for place, name in enumerate(schema.types(self._table))}
        return read.select(sorted(read.column_names, key=lambda name: places.get(name, len(places))))


def _texts(rows: Sequence[Json]) -> pa.Table:
    """Return the rows as the one column of a table; their bytes are put behind one another, and not copied again."""
    ends = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    texts = pa.LargeStringArray.from_buffers(len(rows), pa.py_buffer(ends), pa.py_buffer(b"".join(rows)))
    return pa.table({"row": texts})


def _in_order(tree: Tree, sample: Any) -> Tree:
    """Return the tree with its properties in the order of the sample's, those that it lacks behind them."""
    if not isinstance(sample, dict):
        return tree
    names = [*(name for name in sample if name in tree), *(name for name in tree if name not in sample)]
    kinds = ((name, tree[name]) for name in names)
    return {name: _in_order(kind, sample.get(name)) if isinstance(kind, dict) else kind for name, kind in kinds}


def _model(tree: Tree, annotations: set[str], name: str = "Row") -> type[msgspec.Struct]:
    """Return a struct that accepts exactly the tree's properties; values other than objects stay unparsed."""
    fields: list[tuple[str, Any, Any]] = []
    for number, (key, kind) in enumerate([*tree.items(), *((key, "") for key in sorted(annotations - tree.keys()))]):
        nested = isinstance(kind, dict)
        type_ = _model(kind, annotations, f"{name}{number}") | None if nested else msgspec.Raw
        fields.append((f"f{number}", type_, msgspec.field(name=key, default=None if nested else _null)))
    return msgspec.defstruct(name, fields, forbid_unknown_fields=True, gc=False)


def _object(value: Any) -> dict[str, Any] | None:
    """Return the object that a value is, or that it holds as text, as exports of logs have it."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = msgspec.json.decode(value)
        except UNREAD:
            return None
    return value if isinstance(value, dict) else None


def _branch(tree: Tree, path: Keys) -> Tree:
    """Return the part of the tree that a property of this path stands in."""
    for part in path[:-1]:
        tree = tree[part]
    return tree


def _is_taken(path: Keys, tree: Tree) -> bool:
    """Return whether a new property would share its column with another, or with one of ours; case makes no difference to DuckDB."""
    siblings = {key.casefold() for key in _branch(tree, path)}
    taken = {column.name.casefold() for column in schema.columns(tree)} | schema.OWN.keys()
    return path[-1].casefold() in siblings or schema.Column(path, "json").name.casefold() in taken


def _query(tree: Tree) -> str:
    """Return the statement that reads `arrived` as the tree's columns.

    Values are read as text and cast here: DuckDB's reader parses typed columns more slowly, and fails on the first value that
    does not fit, where a cast can be tried and the text kept.
    """
    selected = ", ".join(expression for column in schema.columns(tree) for expression in _expressions(column))
    structure = _text(msgspec.json.encode(_declared(tree)).decode())
    return f"select {selected} from (select unnest(from_json(row, {structure})) from arrived)"


def _expressions(column: schema.Column) -> Iterator[str]:
    value = ".".join(_name(part) for part in column.path)
    if column.type not in CASTS:
        yield f"{value}::varchar as {_name(column.name)}"
        return
    cast = CASTS[column.type].format(value)
    yield f"{cast} as {_name(column.name)}"
    yield f"case when {cast} is null then {value} end as {_name(column.name + schema.VARIANT)}"


def _without_empty_variants(read: pa.Table) -> pa.Table:
    empty = [
        name for name in read.column_names if name.endswith(schema.VARIANT) and read[name].null_count == read.num_rows
    ]
    return read.drop_columns(empty)


def _declared(kind: Any) -> Any:
    if isinstance(kind, dict):
        return {key: _declared(value) for key, value in kind.items()}
    return "JSON" if kind == "json" else "VARCHAR"


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(string: str) -> str:
    return "'" + string.replace("'", "''") + "'"
