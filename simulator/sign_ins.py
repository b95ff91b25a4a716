"""The sign-in log: compact columns per kind, sorted by time; rows of JSON exist only while a page is made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.outcomes import KINDS

Mask = NDArray[np.bool_]
Entry = TypeVar("Entry")
Found = TypeVar("Found")
_FAR = 2**62
_MINUTE = 600_000_000


class Actor(NamedTuple):
    """A user as sign-ins show one."""

    id: str
    display_name: str
    user_principal_name: str
    is_guest: bool
    home_tenant_id: str

    @property
    def sign_in_name(self) -> str:
        """The user principal name as the log keeps it: in lower case, and that of a guest as it is at home."""
        local, marked, _ = self.user_principal_name.lower().partition("#ext#")
        return "@".join(local.rsplit("_", 1)) if marked else local


class Client(NamedTuple):
    """An app as sign-ins show one.

    Attributes:
        app_id: The client id.
        display_name: The name of the service principal.
        service_principal_id: Empty for apps without one in the tenant.
        owner_tenant_id: Where the app is registered.
        scopes: Graph scopes its tokens carry.
        key_id: The credential it proves itself with; empty when it has none of its own.
        key_type: `clientSecret` or `certificate`.
    """

    app_id: str
    display_name: str
    service_principal_id: str
    owner_tenant_id: str
    scopes: tuple[str, ...] = ()
    key_id: str = ""
    key_type: str = "clientSecret"


class Entries(list[Entry], Generic[Entry]):
    """Users or apps of a log, each with a number of its own: its place in the list."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[str, int] = {}

    def number(self, key: str, entry: Entry) -> int:
        """The number of the entry with a key, added when there is none."""
        if key not in self.numbers:
            self.numbers[key] = len(self)
            self.append(entry)
        return self.numbers[key]


class Key(NamedTuple):
    """The place of a sign-in in the log: nothing else has the same one."""

    ticks: int
    kind: int
    number: int


@dataclass(frozen=True)
class Columns:
    """Sign-ins of one kind; arrays of the same length n, sorted by (ticks, number).

    Attributes:
        ticks: When each began, in ticks.
        number: What tells it from the others of its kind.
        actor: Index of the user, -1 when there is none.
        client: Index of the app.
        resource: Index of the app that was signed in to.
        error: The result code.
        delay: Seconds until the log shows it.
    """

    ticks: NDArray[np.int64]
    number: NDArray[np.int64]
    actor: NDArray[np.int32]
    client: NDArray[np.int32]
    resource: NDArray[np.int32]
    error: NDArray[np.int32]
    delay: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ticks)

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """All rows of `parts`, in order."""
        whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _names()}
        order = np.lexsort((whole["number"], whole["ticks"]))
        return cls.of(**{name: values[order] for name, values in whole.items()})

    @classmethod
    def of(cls, **values: Sequence[int] | NDArray[Any]) -> Columns:
        """Columns from plain values, in any order."""
        wide = {"ticks", "number"}
        arrays: dict[str, Any] = {k: np.asarray(v, np.int64 if k in wide else np.int32) for k, v in values.items()}
        return cls(**arrays)


def _names() -> list[str]:
    return [field.name for field in fields(Columns)]


_EMPTY = Columns.of(**{name: [] for name in _names()})


@dataclass(frozen=True)
class Query:
    """Which sign-ins to read, and in which direction.

    Attributes:
        kinds: Indexes into `KINDS`.
        since: First tick of the window.
        until: First tick behind the window.
        visible_at: The present; what arrives later is not there yet.
        newest_first: The direction of reading.
        equal: Further conditions: name of a column → accepted values.
    """

    kinds: tuple[int, ...]
    visible_at: int
    since: int = -_FAR
    until: int = _FAR
    newest_first: bool = True
    equal: dict[str, frozenset[int]] = field(default_factory=dict)


class SignInLog:
    """Every sign-in of a tenant, past and to come."""

    def __init__(self) -> None:
        self.actors: Entries[Actor] = Entries()
        self.clients: Entries[Client] = Entries()
        self.resources: Entries[Client] = Entries()
        # Every n-th row is held back this many ticks longer: (n, ticks).
        self.held_back: tuple[int, int] | None = None
        self._columns: list[Columns] = [_EMPTY] * len(KINDS)
        self._fresh: list[list[Columns]] = [[] for _ in KINDS]
        self._next_number = [0] * len(KINDS)
        self._dropped: list[list[Columns]] = [[] for _ in KINDS]
        self._memory_of: tuple[object, ...] = ()
        self._memory: dict[Hashable, Any] = {}

    def numbers(self, kind: int, count: int) -> NDArray[np.int64]:
        """Take the next `count` row numbers of a kind."""
        first = self._next_number[kind]
        self._next_number[kind] = first + count
        return np.arange(first, first + count, dtype=np.int64)

    def extend(self, kind: int, rows: Columns, *, dropped: bool = False) -> None:
        """Add sign-ins of one kind, in any order; or such that the log has dropped and only reports of use remember."""
        (self._dropped if dropped else self._fresh)[kind].append(rows)

    def dropped(self, kind: int) -> Columns:
        """Sign-ins of one kind that are too old for the log."""
        return Columns.joined([_EMPTY, *self._dropped[kind]])

    def columns(self, kind: int) -> Columns:
        """All sign-ins of one kind, visible or not."""
        if self._fresh[kind]:
            self._columns[kind] = Columns.joined([self._columns[kind], *self._fresh[kind]])
            self._fresh[kind] = []
        return self._columns[kind]

    def count(self, query: Query) -> int:
        """How many sign-ins a query has."""
        return sum(int(self._matches(kind, *self._range(kind, query, None), query).sum()) for kind in query.kinds)

    def read(self, query: Query, after: Key | None = None, batch: int = 1000) -> Iterator[Key]:
        """The places of the sign-ins a query has, behind `after`, in its direction."""
        while True:
            found = [key for kind in query.kinds for key in self._first(kind, query, after, batch)]
            found.sort(reverse=query.newest_first)
            yield from found[:batch]
            if len(found) < batch:
                return
            after = found[batch - 1]

    def remember(self, what: Hashable, visible_at: int, find: Callable[[int], Found]) -> Found:
        """What `find` finds as of the last full minute; kept until the next one, or until a sign-in is added."""
        at = visible_at - visible_at % _MINUTE
        state = (at, *self._next_number, self.held_back)
        if self._memory_of != state:
            self._memory_of, self._memory = state, {}
        if what not in self._memory:
            self._memory[what] = find(at)
        found: Found = self._memory[what]
        return found

    def resource_of(self, key: Key) -> int:
        """The number of the API that a sign-in was to, dropped ones included."""
        columns = self.columns(key.kind)
        place = int(np.searchsorted(columns.ticks, key.ticks, "left"))
        if place == len(columns) or columns.ticks[place] != key.ticks:
            columns = self.dropped(key.kind)
            place = int(np.searchsorted(columns.ticks, key.ticks, "left"))
        return int(columns.resource[self._at(columns, place, key.number)])

    def positions(self, kind: int, keys: Sequence[Key]) -> NDArray[np.int64]:
        """Where keys of one kind stand in its columns."""
        columns = self.columns(kind)
        starts = np.searchsorted(columns.ticks, [key.ticks for key in keys], "left")
        return np.array(
            [self._at(columns, int(start), key.number) for start, key in zip(starts, keys, strict=True)], dtype=np.int64
        )

    @staticmethod
    def _at(columns: Columns, start: int, number: int) -> int:
        while columns.number[start] != number:
            start += 1
        return start

    def _first(self, kind: int, query: Query, after: Key | None, wanted: int) -> list[Key]:
        low, high = self._range(kind, query, after)
        columns = self.columns(kind)
        found: list[Key] = []
        while low < high and len(found) < wanted:
            step = max(2 * wanted, 4096)
            cut = max(low, high - step) if query.newest_first else min(high, low + step)
            part = (cut, high) if query.newest_first else (low, cut)
            places = np.flatnonzero(self._matches(kind, *part, query)) + part[0]
            places = places[::-1] if query.newest_first else places
            pairs = zip(columns.ticks[places].tolist(), columns.number[places].tolist(), strict=True)
            found += [Key(ticks, kind, number) for ticks, number in pairs]
            low, high = (low, cut) if query.newest_first else (cut, high)
        return found[:wanted]

    def _range(self, kind: int, query: Query, after: Key | None) -> tuple[int, int]:
        columns = self.columns(kind)
        low = int(np.searchsorted(columns.ticks, query.since, "left"))
        high = int(np.searchsorted(columns.ticks, query.until, "left"))
        if after is None:
            return low, high
        bound = self._bound(columns, kind, after, past_it=not query.newest_first)
        return (low, min(high, bound)) if query.newest_first else (max(low, bound), high)

    @staticmethod
    def _bound(columns: Columns, kind: int, key: Key, *, past_it: bool) -> int:
        left = int(np.searchsorted(columns.ticks, key.ticks, "left"))
        right = int(np.searchsorted(columns.ticks, key.ticks, "right"))
        if kind != key.kind:
            return right if kind < key.kind else left
        side = "right" if past_it else "left"
        return left + int(np.searchsorted(columns.number[left:right], key.number, side))  # type: ignore[call-overload]

    def _matches(self, kind: int, low: int, high: int, query: Query) -> Mask:
        columns = self.columns(kind)
        mask = self.visible(columns, slice(low, high), query.visible_at)
        for name, accepted in query.equal.items():
            mask &= np.isin(getattr(columns, name)[low:high], list(accepted))
        return mask

    def visible(self, columns: Columns, part: slice, at: int) -> Mask:
        """Which rows of a part of the columns can be seen at a time."""
        arrival = columns.ticks[part] + columns.delay[part].astype(np.int64) * 10_000_000
        if self.held_back is not None:
            every, ticks = self.held_back
            arrival = arrival + np.where(columns.number[part] % every == 0, ticks, 0)
        mask: Mask = arrival <= at
        return mask
