"""One round of a delta query: objects and members, whole, whatever pieces and repetitions they came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from pipelines.entra.extraction import BATCH_ROWS, Extraction
from pipelines.entra.held import Held
from pipelines.entra.ledger import ERASED_OBJECTS, Note
from pipelines.entra.overlay import overlaid, with_first_times
from pipelines.entra.parcel import Landed, Landing
from pipelines.entra.relations import belonging
from pipelines.entra.rows import Json, RowReader
from pipelines.entra.schema import REMOVED
from pipelines.errors import BadAnswer

MEMBERS = "members@delta"
Properties = dict[str, msgspec.Raw]


class _Head(msgspec.Struct):
    """What must be known of a row before it is read."""

    id: str
    removed: dict[str, Any] | None = msgspec.field(name=REMOVED, default=None)


class _Principal(msgspec.Struct):
    """Whom a grant is for."""

    principal: str | None = msgspec.field(name="principalId", default=None)


_head = msgspec.json.Decoder(_Head)
_principal = msgspec.json.Decoder(_Principal)
_properties = msgspec.json.Decoder(Properties)
_members = msgspec.json.Decoder(list[msgspec.Raw])


class Round:
    """Takes a round's rows as they come.

    In a full round the first row of an object is the object; what follows, and all of a round of changes, are pieces that
    are laid over what is there. Of two pieces the later wins, property by property.

    Args:
        x: what it is read with.
        is_full: whether everything comes, or only what changed.

    Attributes:
        live: how many objects there are once the closed round is loaded, those included that it did not name, and those that
            were erased here and that Graph still has.
    """

    def __init__(self, x: Extraction, *, is_full: bool):
        self._x = x
        self._is_full = is_full
        self._reader, self._landing = x.of(x.collection)
        self._members = [_Members(x.held, *x.of(outcome.collection)) for outcome in x.companions]
        self._seen: set[str] = set()
        self._pieces: dict[str, Properties] = {}
        self._erased: dict[str, bool] = {}
        self.live = 0

    def clear(self) -> None:
        """Forget what came; the round starts over."""
        self._seen.clear()
        self._pieces.clear()
        self._erased.clear()
        self._landing.clear()
        for members in self._members:
            members.clear()

    def add(self, rows: Iterable[msgspec.Raw]) -> None:
        """Take a page's rows.

        Raises:
            BadAnswer: a row is no object with an id.
        """
        try:
            whole = [own for row in rows if (own := self._whole(row)) is not None]
        except msgspec.MsgspecError as fault:
            raise BadAnswer(
                f"Graph sent a change of {self._x.collection.path} that cannot be read: {fault}. Run the same command again, and report it where it stays so."
            ) from fault
        self._landing.add(self._reader.read(whole))

    @property
    def named(self) -> int:
        """How many objects a full round has named and not removed again."""
        return len((self._seen | self._pieces.keys()) - self._removed()) + sum(self._erased.values())

    def notes(self, *, is_whole: bool) -> list[Note]:
        """Return which of the erased objects Graph still lists; one that a full round does not name is gone, if it is whole."""
        gone = self._x.held.erased(self._x.collection) - self._erased.keys() if self._is_full and is_whole else set()
        listed = {**self._erased, **dict.fromkeys(gone, False)}
        told = {"tenant_id": self._x.outcome.tenant_id, "collection": self._x.collection.name}
        return [(ERASED_OBJECTS, {**told, "digest": digest, "is_listed": is_it}) for digest, is_it in listed.items()]

    def close(self, *, is_whole: bool) -> list[Landed]:
        """Return the rows: what came, what was laid over, and what a full round no longer names, if it is whole."""
        held = self._lay_over() if self._pieces else set[str]()
        self.live = self._living(is_whole=is_whole) if self._is_full else self._living_on(held)
        landings = [self._landing, *(members.landing for members in self._members)]
        for members, outcome in zip(self._members, self._x.companions, strict=True):
            members.flush()
            outcome.rows += members.landing.rows
        if self._is_full and is_whole:
            for landing in landings:
                self._x.add_absent(landing)
        return [landed for landing in landings for landed in landing.close()]

    def _whole(self, row: msgspec.Raw) -> Json | None:
        """Return the row if it is an object seen for the first time; keep it as a piece otherwise."""
        own = self._without_members(row) if self._members else row
        head = _head.decode(own)
        if self._is_erased(head.id, own):
            self._erased[self._x.discretion.erased.digest(head.id)] = head.removed is None
            return None
        if self._is_full and head.removed is None and head.id not in self._seen and head.id not in self._pieces:
            self._seen.add(head.id)
            return own
        piece = self._pieces.setdefault(head.id, {})
        piece.update(_properties.decode(own))
        if head.removed is None:
            piece.pop(REMOVED, None)
        return None

    def _is_erased(self, id_: str, row: Json) -> bool:
        """Return whether the object is somebody who was erased, or what somebody consented to who was."""
        erased = self._x.discretion.erased
        if not erased or self._x.collection.table not in ("users", "oauth2_permission_grants"):
            return False
        return erased.holds_key(id_) or erased.holds(_principal.decode(row).principal or "")

    def _removed(self) -> set[str]:
        return {id_ for id_, piece in self._pieces.items() if REMOVED in piece}

    def _living(self, *, is_whole: bool) -> int:
        """Return how many objects there are after a full round; those that it does not name live on where it is not whole."""
        if is_whole:
            return self.named
        held = set(self._x.held.ids(self._x.collection.table))
        unnamed = self._x.held.erased(self._x.collection) - self._erased.keys()
        return self.named + len(held - self._kept(self._seen | self._pieces.keys())) + len(unnamed)

    def _living_on(self, held: set[str]) -> int:
        """Return how many objects there are after a round of changes, of which these were held before."""
        removed = self._kept(self._removed())
        came, went = self._kept(self._pieces) - removed - held, removed & held
        erased = self._x.held.erased(self._x.collection)
        erased_came = {digest for digest, is_listed in self._erased.items() if is_listed} - erased
        erased_went = {digest for digest, is_listed in self._erased.items() if not is_listed} & erased
        before = self._x.held.live(self._x.collection)
        return before + len(came) - len(went) + len(erased_came) - len(erased_went)

    def _kept(self, ids: Iterable[str]) -> set[str]:
        return set(self._reader.kept(list(ids)))

    def _without_members(self, row: msgspec.Raw) -> bytes:
        properties = _properties.decode(row)
        found = properties.pop(MEMBERS, None)
        if found is not None:
            parent = _head.decode(row).id
            for members in self._members:
                members.add(parent, _members.decode(found))
        return msgspec.json.encode(properties)

    def _lay_over(self) -> set[str]:
        """Land the pieces, whole. Return which of their objects were there before."""
        pieces = self._reader.read([msgspec.json.encode(piece) for piece in self._pieces.values()])
        base = self._base(list(self._pieces))
        self._landing.add(overlaid(pieces, [list(piece) for piece in self._pieces.values()], base))
        return set(base.filter(base["_deleted_at"].is_null())["id"].to_pylist())

    def _base(self, ids: Sequence[str]) -> pa.Table:
        """Return what the pieces are laid over: this round's own rows, else the held ones."""
        own = self._landing.rows_of(self._reader.kept([id_ for id_ in ids if id_ in self._seen]))
        held = self._x.held.rows(self._x.collection, self._reader.kept([id_ for id_ in ids if id_ not in self._seen]))
        return pa.concat_tables([own, held], promote_options="default") if own is not None else held


class _Members:
    """Takes the members that come with their groups.

    Args:
        held: what the warehouse has of the tenant.
        reader: of their rows.
        landing: where they go.
    """

    def __init__(self, held: Held, reader: RowReader, landing: Landing):
        self.landing = landing
        self._held = held
        self._reader = reader
        self._waiting: list[Json] = []

    def add(self, parent: str, rows: Iterable[msgspec.Raw]) -> None:
        """Take a slice of a group's members."""
        self._waiting.extend(belonging(self.landing.collection.parent_key or "", parent, rows))
        if len(self._waiting) >= BATCH_ROWS:
            self.flush()

    def clear(self) -> None:
        """Forget them."""
        self._waiting.clear()
        self.landing.clear()

    def flush(self) -> None:
        """Land what waits; a member that was gone already keeps the time at which that was first told."""
        rows = self._reader.read(self._waiting)
        gone = rows.filter(rows["_deleted_at"].is_valid())["id"].to_pylist()
        if gone:
            collection = self.landing.collection
            rows = with_first_times(rows, self._held.rows(collection, gone), collection.key)
        self.landing.add(rows)
        self._waiting.clear()
