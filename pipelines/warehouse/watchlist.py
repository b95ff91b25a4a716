"""The user's own list of abused apps: a JSON or CSV file -> `raw.app_watchlist`, which the models take in place of the shipped list.

JSON is the format of Huntress's list of rogue apps: a list of objects with `appId`, `appDisplayName` and `references`; what else
they hold is ignored. CSV has the columns `app_id`, `label`, `reference_url` and `source`, of which the last two may be left out.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import duckdb

from pipelines.errors import SettingsError

SETTING: Final = "CONSENTRY_WATCHLIST"
TABLE: Final = "raw.app_watchlist"
GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WANTED: Final = ("app_id", "label")
COLUMNS: Final = (*WANTED, "reference_url", "source")


class Listed(NamedTuple):
    """An app on the list.

    Attributes:
        app_id: in lower case.
        label: the name it was seen under.
        reference_url: where the abuse is described, or None.
        source: the list it comes from.
    """

    app_id: str
    label: str
    reference_url: str | None
    source: str


@dataclass(frozen=True)
class _Place:
    """A row of the file, for what is said of it."""

    file: Path
    row: str

    def wrong(self, what: str) -> SettingsError:
        return SettingsError(f"{SETTING} names {self.file}, and {self.row} {what}.")

    def text(self, value: object, name: str) -> str:
        """Return a value that has to be text, without the white space around it; "" where there is none."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(f"has no text as its {name}; write one in quotes")
        return value.strip()

    def listed(self, app_id: object, label: object, reference: object, source: object) -> Listed:
        """Return an app whose values are what they should be."""
        identity = self.text(app_id, "app id").lower()
        if not GUID.fullmatch(identity):
            raise self.wrong(f"has the app id {identity!r}, which is no GUID; correct it or remove the row")
        url = self.text(reference, "reference")
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise self.wrong(f"has the reference {url!r}, which is no web address; correct it or leave it empty")
        return Listed(
            identity, self.text(label, "name") or identity, url or None, self.text(source, "source") or self.file.name
        )


def load(connection: duckdb.DuckDBPyConnection, file: Path | None) -> None:
    """Put the list into the warehouse, or take an earlier one away where there is no file.

    Args:
        connection: the warehouse.
        file: the list.

    Raises:
        SettingsError: the file is not such a list; the one in the warehouse stays.
    """
    rows = None if file is None else read(file)
    connection.execute(f"drop table if exists {TABLE}")
    if rows is None:
        return
    connection.execute("create schema if not exists raw")
    connection.execute(f"create table {TABLE} ({', '.join(f'{name} varchar' for name in COLUMNS)})")
    if rows:
        connection.executemany(f"insert into {TABLE} values (?, ?, ?, ?)", rows)


def read(file: Path) -> list[Listed]:
    """Return the apps on a list.

    Raises:
        SettingsError: it cannot be read, or is not such a list; the message names the row.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise SettingsError(
            f"{SETTING} names {file}, which cannot be read ({fault.strerror}); let the user who runs this read it."
        ) from fault
    except UnicodeDecodeError as fault:
        raise SettingsError(
            f"{SETTING} names {file}, which is not UTF-8 text; save it again with the encoding UTF-8."
        ) from fault
    is_json = text.lstrip()[:1] in ("[", "{")
    return list(_of_json(file, text) if is_json else _of_csv(file, text))


def _of_json(file: Path, text: str) -> Iterator[Listed]:
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as fault:
        raise _Place(file, f"line {fault.lineno}").wrong(f"is not JSON ({fault.msg}); correct it") from fault
    if not isinstance(entries, list):
        raise _Place(file, "it").wrong("holds no list; write the apps between [ and ]")
    for number, entry in enumerate(entries, start=1):
        place = _Place(file, f"entry {number}")
        if not isinstance(entry, dict):
            raise place.wrong("is no object; write it as {appId: …, appDisplayName: …, references: […]}")
        yield _of_entry(place, entry)


def _of_entry(place: _Place, entry: Mapping[str, Any]) -> Listed:
    references = entry.get("references") or []
    if not isinstance(references, list):
        raise place.wrong("has references that are no list; write them between [ and ]")
    return place.listed(entry.get("appId"), entry.get("appDisplayName"), _telling(references), entry.get("source"))


def _telling(references: list[Any]) -> Any:
    """Return the reference that tells of the abuse: the vendor's own site, which often comes first, is but a host."""
    pages = [one for one in references if isinstance(one, str) and urlsplit(one).path.strip("/")]
    return (pages or references or [None])[0]


def _of_csv(file: Path, text: str) -> Iterator[Listed]:
    reader = csv.DictReader(StringIO(text, newline=""))
    lacking = [name for name in WANTED if name not in (reader.fieldnames or [])]
    if lacking:
        raise _Place(file, "its first line").wrong(
            f"lacks {' and '.join(lacking)}; it should be {','.join(COLUMNS)}, or the file a JSON list"
        )
    for row in reader:
        place = _Place(file, f"line {reader.line_num}")
        if None in row:
            raise place.wrong(f"has more than the {len(reader.fieldnames or [])} values of the first line")
        yield place.listed(row["app_id"], row["label"], row.get("reference_url"), row.get("source"))
