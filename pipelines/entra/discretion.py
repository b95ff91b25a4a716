"""Columns as Graph sends them -> as they may be kept. Nothing reaches the disk before.

Distinct values are changed, not rows: of ten thousand sign-ins some hundred people and addresses are left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Final

import msgspec
import pyarrow as pa
from pyarrow import compute

from pipelines.entra import personal, schema
from pipelines.entra.addresses import LIKELY, Coarse
from pipelines.entra.erasures import ERASED, Erasures
from pipelines.entra.held import Held
from pipelines.entra.personal import EVENTS, OF_PEOPLE, Personal
from pipelines.pseudonyms import DOMAIN, NOBODY, Pseudonyms
from pipelines.settings import Privacy

MAIL: Final = re.compile(r"[\w.+#'%-]+@[\w-]+(?:\.[\w-]+)+")
GUID: Final = re.compile(r"(?:\b|(?<=\\u[0-9a-fA-F]{4}))[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
"""Also one that follows an escape: .NET writes a quotation mark in JSON as \\u0022."""

GRANT: Final = re.compile(r"\bId: ([^,\]]*), (ClientId: [^,\]]*), PrincipalId: ([^,\]]*)")
"""How an audit writes a grant: its id holds the person's."""

PEOPLE: Final = frozenset({"user", "#microsoft.graph.user"})
CALLED: Final = frozenset({"application", "directory", "group", "policy", "role", "serviceprincipal"})
"""Kinds of targets of audits whose names are kept where people are pseudonymised."""

READ: Final = frozenset(
    {
        "AccountEnabled",
        "AppAddress",
        "AppId",
        "AppPrincipalId",
        "AppRole.Id",
        "AppRole.Value",
        "Application.AppId",
        "Application.ObjectID",
        "ConsentAction.Permissions",
        "ConsentContext.IsAdminConsent",
        "DelegatedPermissionGrant.ConsentType",
        "DelegatedPermissionGrant.PrincipalId",
        "DelegatedPermissionGrant.Scope",
        "FederatedIdentityCredentials",
        "Group.ObjectID",
        "KeyDescription",
        "Role.DisplayName",
        "Role.ObjectID",
        "Role.TemplateId",
        "ServicePrincipal.AppId",
        "ServicePrincipal.ObjectID",
        "TargetId.ServicePrincipalNames",
    }
)
"""The changed properties that the models read; with pseudonyms no others are kept."""

PERSON: Final = "DelegatedPermissionGrant.PrincipalId"
"""The changed property whose value is a person's id, or a list of them."""

FEDERATED: Final = "FederatedIdentityCredentials"
"""The changed property whose value is a list of whom an app trusts in place of a secret."""

TRUST: Final = ("Issuer", "Subject", "ClaimsMatchingExpressionValue", "Id")
"""What is kept of each of them where people are pseudonymised: names and descriptions are free text."""

UNREAD: Final = (msgspec.MsgspecError, RecursionError)
"""What reading JSON raises: of a text that is none, and of one that is nested too deeply."""

Texts = list[str | None]


class Discretion:
    """Changes the columns of raw tables as the settings say, and leaves out who was erased.

    Args:
        privacy: the settings.
        held: what the warehouse has of the tenant; None where it is not asked, as by a check.

    Raises:
        SettingsError: the key of the pseudonyms cannot be had.
    """

    def __init__(self, privacy: Privacy | None = None, held: Held | None = None):
        settings = privacy or Privacy()
        key = settings.key()
        self._names = Pseudonyms(key) if key else None
        self._coarse = Coarse(settings)
        self._held = held
        self.erased = held.erasures() if held else Erasures()
        self._called: dict[str, str] = {}
        self._repeated: re.Pattern[str] | None = None
        self._repeating = Lock()

    @property
    def is_pseudonymous(self) -> bool:
        """Whether people are pseudonymised."""
        return self._names is not None

    def ids(self, table: str, ids: Sequence[str]) -> list[str]:
        """Return the ids of a table's rows as they are kept."""
        kind = next((one.kind for one in personal.columns(table) if one.column == "id"), "")
        if self._names and kind == "user":
            return self._names.ids(ids)
        return [self._names.key(id_) for id_ in ids] if self._names and kind == "key" else list(ids)

    def applied(self, table: str, rows: pa.Table) -> pa.Table:
        """Return rows of a raw table as they may be kept."""
        if not (self._names or self.erased) and self._coarse.is_idle:
            return rows
        known = [one for one in personal.columns(table) if one.column in rows.column_names]
        rows = self._without_erased(table, known, rows)
        of_type = {one.type_column: rows[one.type_column] for one in known if one.type_column}
        for one in known:
            types = of_type.get(one.type_column) if one.type_column else None
            changed = self._changed(one, rows[one.column], types)
            if changed is not None:
                rows = _with(rows, one.column, changed)
        return self._others(table, {one.column for one in known if one.kind != "drop"}, rows)

    def _changed(self, one: Personal, values: pa.ChunkedArray, types: pa.ChunkedArray | None) -> pa.Array | None:
        """Return a column's new values, or None where they stay."""
        if one.kind in ("address", "network", "country", "place"):
            return self._made_coarse(one.kind, values)
        if one.kind == "title":
            return _mapped(values, self._titles)
        if one.kind == "name" and types is not None:
            return self._names_of(values, types)
        if one.kind == "audit":
            return _mapped(values, self.audits)
        return self._pseudonymous(one.kind, values, types) if self._names else None

    def _made_coarse(self, kind: str, values: pa.ChunkedArray) -> pa.Array | None:
        if self._coarse.leaves_out(kind):
            return pa.nulls(len(values), values.type)
        if kind == "address" and self._coarse.privacy.ip_addresses == "truncate":
            return _mapped(values, self._coarse.addresses)
        return None

    def _pseudonymous(self, kind: str, values: pa.ChunkedArray, types: pa.ChunkedArray | None) -> pa.Array | None:
        names = self._names
        assert names is not None  # noqa: S101 - asked for by `_changed` only then
        if kind == "drop":
            return pa.nulls(len(values), values.type)
        if kind == "key":
            return _mapped(values, lambda texts: [names.key(text) for text in texts])
        if kind == "keep":
            return None
        turned = _mapped(values, names.ids if kind in ("user", "principal") else names.names)
        if kind == "principal":
            return compute.if_else(self._are_people(values, types), turned, values)
        return turned

    def _names_of(self, values: pa.ChunkedArray, types: pa.ChunkedArray) -> pa.Array:
        """Return names that are people's or apps', as another column says: an app may be called like a person."""
        titles = _mapped(values, self._titles)
        if not self._names:
            return titles
        return compute.if_else(self._are_people(values, types), _mapped(values, self._names.names), titles)

    def _are_people(self, values: pa.ChunkedArray, types: pa.ChunkedArray | None) -> pa.ChunkedArray:
        """Return which of the ids or names are people's. Where nothing says so, whatever is no known group or app is one."""
        unknown = pa.array(self._unknown(values), pa.bool_())
        if types is None:
            return unknown
        told = compute.is_in(compute.utf8_lower(types), pa.array(sorted(PEOPLE)))
        return compute.if_else(types.is_valid(), told, unknown)

    def _unknown(self, values: pa.ChunkedArray) -> list[bool]:
        ids = [value or "" for value in values.to_pylist()]
        known = self._held.others(sorted(set(ids))) if self._held else set()
        return [id_ not in known for id_ in ids]

    def _titles(self, texts: Sequence[str]) -> Texts:
        """Return names that may be a person's; where people are pseudonymised, and nobody is known yet, none is kept."""
        for text in filter(self.erased.holds, texts):
            self._repeat({text: ERASED, **{name: name for name in self._longer(text)}})
        plain: Texts = [self._mentions(text) for text in texts]
        if not self._names:
            return plain
        turned = self._names.names(texts)
        called = self._held.called(turned) if self._held else None
        if called is None:
            return [None] * len(texts)
        self._repeat({text: name for text, name in zip(texts, turned, strict=True) if name in called})
        return [name if name in called else text for text, name in zip(plain, turned, strict=True)]

    def _longer(self, name: str) -> list[str]:
        """Return the names of people that hold the name of somebody who was erased; texts keep them whole."""
        return self._held.longer(name) if self._held else []

    def _others(self, table: str, done: set[str], rows: pa.Table) -> pa.Table:
        """Return the rows with their other texts searched for what tells of people."""
        types = schema.types(table)
        for column in rows.column_names:
            if column in done or column in schema.OWN or column == "_removed_reason":
                continue
            if column not in types and self._may_tell(table):
                rows = rows.drop_columns([column])
            elif types.get(column, "json") in ("string", "json"):
                rows = self._searched(table, column, rows)
        return self._searched_for_places(table, types, rows)

    def _may_tell(self, table: str) -> bool:
        """Return whether a property that nobody has looked at may tell what is not to be kept."""
        return (self.is_pseudonymous and table in OF_PEOPLE) or (not self._coarse.is_idle and table in EVENTS)

    def _searched(self, table: str, column: str, rows: pa.Table) -> pa.Table:
        """Return the rows with the addresses of mail in a column changed, and people's names that apps have, which they repeat."""
        if not (self._names or self.erased) or (column == "id" and table in EVENTS):
            return rows
        for sign in ("@", *self._called):
            likely = compute.match_substring(rows[column], sign)
            rows = _where(rows, column, likely, lambda texts: [self._mentions(text) for text in texts])
        return rows

    def _searched_for_places(self, table: str, types: dict[str, str], rows: pa.Table) -> pa.Table:
        if table not in EVENTS or self._coarse.is_idle:
            return rows
        for column in (name for name in rows.column_names if types.get(name) == "json"):
            likely = compute.match_substring_regex(rows[column], LIKELY)
            rows = _where(rows, column, likely, self._coarse.texts)
        return rows

    def _mentions(self, text: str) -> str:
        """Return a text with the addresses of mail in it changed, and people's names that apps have."""
        if self._repeated:
            text = self._repeated.sub(lambda found: self._called[found[0]], text)
        return MAIL.sub(lambda found: self._mention(found[0]), text) if "@" in text else text

    def _repeat(self, names: Mapping[str, str]) -> None:
        """Change these names in texts from now on: as words of their own; where people are pseudonymised, in the midst of words as well."""
        if not names:
            return
        with self._repeating:  # several collections are read at once
            self._called = {**self._called, **names}
            any_of = "|".join(map(re.escape, sorted(self._called, key=lambda name: (-len(name), name))))
            self._repeated = re.compile(any_of if self._names else rf"(?<!\w)(?:{any_of})(?!\w)")

    def _mention(self, address: str) -> str:
        if self.erased.holds(address):
            return ERASED
        if address.endswith(f"@{DOMAIN}"):
            return address
        return self._names.name(address) if self._names else address

    def audits(self, texts: Sequence[str]) -> Texts:
        """Return what audits changed, as JSON, as it may be kept."""
        return [self._audit(text) for text in texts]

    def _audit(self, text: str) -> str | None:
        """Return what an audit changed; what cannot be read is left out."""
        if not (self._names or self.erased):
            return text
        targets = _listed(text)
        if targets is None:
            return None
        return _encode([self._target(target) for target in targets])

    def _target(self, target: dict[str, Any]) -> dict[str, Any]:
        kind = str(target.get("type") or "").casefold()
        told = [str(target.get(name) or "") for name in ("id", "userPrincipalName", "displayName")]
        is_person = kind in PEOPLE or bool(told[1]) or (not kind and self._is_unknown(told[0]))
        if is_person and self.erased.holds_any(told[:2]):
            return {"type": target.get("type")}
        changed = _listed(target.get("modifiedProperties")) or []
        named = self._person(told) if is_person else {"displayName": self._titles(told[2:])[0] if told[2] else None}
        if (
            self._names
        ):  # devices are called after who carries them, and what else an audit may tell nobody has looked at
            target = {name: target.get(name) for name in ("id", "type", "groupType")}
            named["displayName"] = named["displayName"] if is_person or kind in CALLED else None
        return {**target, **named, "modifiedProperties": [self._property(one) for one in changed if self._is_read(one)]}

    def _is_unknown(self, id_: str) -> bool:
        return bool(id_) and not (self._held and self._held.others([id_]))

    def _person(self, told: Sequence[str]) -> dict[str, Any]:
        if not self._names:
            return {}
        return {
            "id": self._names.ids(told[:1])[0],
            "userPrincipalName": self._names.name(told[1]) or None,
            "displayName": self._names.name(told[2]) or None,
        }

    def _is_read(self, changed: dict[str, Any]) -> bool:
        return self._names is None or str(changed.get("displayName")) in READ

    def _property(self, changed: dict[str, Any]) -> dict[str, Any]:
        """Return a changed property with its values as texts, and with nothing beside them where people are pseudonymised."""
        name = changed.get("displayName")
        turn = {PERSON: self._person_id, FEDERATED: self._federations}.get(str(name), self._value)
        values = {side: changed[side] for side in ("oldValue", "newValue") if changed.get(side) is not None}
        turned = {side: turn(value if isinstance(value, str) else _encode(value)) for side, value in values.items()}
        kept = {key: changed[key] for key in ("displayName", "oldValue", "newValue") if key in changed}
        return {**(kept if self._names else changed), **turned}

    def _person_id(self, text: str) -> str:
        """Return a value with the ids of people in it turned; where people are pseudonymised, nothing but ids is kept."""
        value = _decoded(text)
        turned = [self._people(one) for one in value] if isinstance(value, list) else self._people(value)
        return text if turned == value else _encode(turned)

    def _people(self, value: Any) -> str | None:
        """Return the text of a decoded value with the ids of people in it turned."""
        if value is None:
            return None
        text = value if isinstance(value, str) else _encode(value)
        if self.erased.holds(text.strip('"')):  # a text that was cut off has one quotation mark
            return ""
        kept = " ".join(GUID.findall(text)) if self._names else self._mentions(text)
        return GUID.sub(lambda found: self._id(found[0], erased=""), kept)

    def _id(self, id_: str, erased: str) -> str:
        """Return the id of a person as it is kept, or what stands in the place of one who was erased."""
        if self.erased.holds(id_):
            return erased
        return self._names.ids([id_])[0] if self._names else id_

    def _federations(self, text: str) -> str | None:
        """Return whom an app trusts; where people are pseudonymised, without names and descriptions, and nothing that is no list."""
        if not self._names:
            return self._value(text)
        found = _listed(text)
        if found is None:
            return None
        return _encode([{name: self._trusted(name, one[name]) for name in TRUST if name in one} for one in found])

    def _trusted(self, name: str, value: Any) -> str | None:
        """Return who is trusted: an app of the tenant, whose id stays, or a person."""
        if not isinstance(value, str):
            return None
        text = ERASED if self.erased.holds(value) else self._within(value)
        return text if name in ("Issuer", "Id") else GUID.sub(self._unless_known, text)

    def _unless_known(self, found: re.Match[str]) -> str:
        return self._id(found[0], ERASED) if self._is_unknown(found[0].lower()) else found[0]

    def _value(self, text: str) -> str:
        return f'"{ERASED}"' if self.erased.holds(text.strip('"')) else self._within(text)

    def _within(self, text: str) -> str:
        """Return a text with the people in it changed: addresses, who a grant is for, and ids of those who were erased."""
        text = GRANT.sub(self._grant, self._mentions(text))
        return (
            GUID.sub(lambda found: ERASED if self.erased.holds(found[0]) else found[0], text) if self.erased else text
        )

    def _grant(self, found: re.Match[str]) -> str:
        id_, client, principal = found.groups()
        if self.erased.holds(principal):
            return f"Id: , {client}, PrincipalId: "
        if self._names and principal:
            id_, principal = self._names.key(id_), self._names.ids([principal])[0]
        return f"Id: {id_}, {client}, PrincipalId: {principal}"

    def _without_erased(self, table: str, known: Sequence[Personal], rows: pa.Table) -> pa.Table:
        """Return the rows without who was erased: of what they did the event stays, nameless; of what they were, nothing."""
        if not self.erased or not rows.num_rows:
            return rows
        theirs = self._theirs(table, known, rows)
        if table not in EVENTS:
            return rows.filter(compute.invert(theirs))
        for one in known:
            if one.kind not in ("title", "audit"):
                values = rows[one.column]
                rows = _with(rows, one.column, compute.if_else(theirs, pa.scalar(None, values.type), values))
        return rows

    def _theirs(self, table: str, known: Sequence[Personal], rows: pa.Table) -> pa.Array:
        """Return which rows are theirs: by the id, which nobody inherits, or by the address where an event names no id."""
        theirs, nobody = pa.array([False] * rows.num_rows), pa.array([True] * rows.num_rows)
        for one in known:
            holds = self.erased.holds_key if one.kind == "key" else self.erased.holds
            if one.kind in ("user", "principal", "key"):
                theirs = compute.or_(theirs, _flags(rows[one.column], holds))
                nobody = compute.and_(nobody, compute.invert(_flags(rows[one.column], _is_somebody)))
        for one in known:
            if one.kind == "name" and table in EVENTS:
                named = _flags(rows[one.column], lambda text: "@" in text and self.erased.holds(text))
                theirs = compute.or_(theirs, compute.and_(nobody, named))
        return theirs


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _decoded(text: str) -> Any:
    """Return what a text holds as JSON, also a list that it holds in quotes; a text that is none stays."""
    try:
        value = msgspec.json.decode(text)
    except UNREAD:
        return text
    if not isinstance(value, str):
        return value
    inner = _decoded(value)
    return inner if isinstance(inner, list) else value


def _listed(value: Any) -> list[dict[str, Any]] | None:
    """Return the objects of a list, or of one that a text holds, without what is no object; None where there is no list."""
    decoded = _decoded(value) if isinstance(value, str) else value
    return [one for one in decoded if isinstance(one, dict)] if isinstance(decoded, list) else None


def _is_somebody(id_: str) -> bool:
    return id_ not in ("", NOBODY)


def _flags(values: pa.ChunkedArray, holds: Callable[[str], bool]) -> pa.Array:
    """Return for which of the values it holds."""
    encoded = _encoded(values)
    flags = pa.array([holds(text) for text in encoded.dictionary.to_pylist()], pa.bool_())
    return flags.take(encoded.indices).fill_null(False)


def _mapped(values: pa.ChunkedArray, turn: Callable[[list[str]], Iterable[str | None]]) -> pa.Array:
    """Return the values with each distinct one turned once."""
    encoded = _encoded(values)
    return pa.array(list(turn(encoded.dictionary.to_pylist())), pa.string()).take(encoded.indices)


def _encoded(values: pa.ChunkedArray) -> pa.DictionaryArray:
    whole = (
        pa.concat_arrays([chunk.cast(pa.string()) for chunk in values.chunks])
        if values.num_chunks
        else pa.array([], pa.string())
    )
    return whole.dictionary_encode()


def _where(
    rows: pa.Table, column: str, likely: pa.ChunkedArray, turn: Callable[[list[str]], Iterable[str | None]]
) -> pa.Table:
    """Return the rows with a column turned where it is likely to hold something."""
    if not compute.any(likely).as_py():
        return rows
    chosen = compute.if_else(likely.fill_null(False), rows[column], pa.scalar(None, pa.string()))
    return _with(rows, column, compute.if_else(likely.fill_null(False), _mapped(chosen, turn), rows[column]))


def _with(rows: pa.Table, column: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    place = rows.column_names.index(column)
    return rows.set_column(place, rows.schema.field(place), values)
