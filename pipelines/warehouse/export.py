"""The published file -> a folder of Parquet that other tools read.

    latest.json                                        says what is whole, and which files it is
    files/app_overview/20261125T101500123456Z.parquet  never changed; named by latest.json
    files/fct_app_day/month=2026-11-01/….parquet
    latest/app_overview/app_overview.parquet           the same under names that stay
    latest/fct_app_day/month=2026-11-01/fct_app_day.parquet

First the files that differ from those that are there are added, then latest.json is replaced: from one moment to the next
it names the new ones, all of them. Then the files under `latest/` are replaced, one by one, each whole. What nobody needs
any longer goes last, an hour after it was replaced: somebody may be reading it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final

import duckdb

from pipelines.errors import ExportFailed
from pipelines.settings import Home
from pipelines.warehouse import database, parquet, storage
from pipelines.warehouse.database import fetch
from pipelines.warehouse.parquet import Part
from pipelines.warehouse.storage import Store

POINTER: Final = "latest.json"
FILES: Final = "files"
LATEST: Final = "latest"
STATE: Final = f"{LATEST}/_published.json"
"""Says which files are under `latest/`; it is not there while they are being replaced."""

GRACE: Final = timedelta(hours=1)
STAMP: Final = "%Y%m%dT%H%M%S%fZ"
SUFFIX: Final = ".parquet"
OURS: Final = re.compile(rf"{LATEST}/(\w+)/({parquet.MONTH}=[\d-]+/)?\1{SUFFIX}")
"""What is called otherwise was put there by somebody else, and stays."""


@dataclass(frozen=True)
class Exported:
    """What an export did.

    Attributes:
        address: where to.
        files: how many there are.
        written: how many of them were not there yet.
    """

    address: str
    files: int
    written: int


@dataclass(frozen=True)
class _File:
    """A part, and where it is.

    Attributes:
        part: which rows.
        path: of the file that holds them.
        made: the file on this machine that was written for it just now, or None if it was there.
    """

    part: Part
    path: str
    made: Path | None = None

    @property
    def latest(self) -> str:
        """Its path under `latest/`."""
        return f"{LATEST}/{self.part.folder}/{self.part.mart}{SUFFIX}"

    def told(self) -> dict[str, Any]:
        """Return what latest.json says of it."""
        month = str(self.part.month) if self.part.month else None
        about = {"mart": self.part.mart, "month": month, "path": self.path, "latest": self.latest}
        return {**about, "rows": self.part.rows, "fingerprint": self.part.fingerprint}


def export(home: Home, address: str, grace: timedelta = GRACE) -> Exported:
    """Write the published file's marts as Parquet to a folder, in the place of what an earlier export wrote there.

    Args:
        home: where the published file is.
        address: of the folder: an absolute path, or a URL without secrets.
        grace: how long files stay that were replaced.

    Raises:
        NothingPublished: there is no published file yet.
        WarehouseError: it cannot be read.
        SettingsError: nothing here understands the kind of address.
        ExportFailed: the folder cannot be written to; what it held before can still be read.
    """
    with (
        database.published(home.published) as connection,
        storage.opened(address, home.published_mode) as store,
        _workbench(home) as bench,
    ):
        return _Export(connection, store, bench, datetime.now(UTC)).run(address, grace)


@dataclass(frozen=True)
class _Export:
    """One export.

    Attributes:
        connection: the published file, open.
        store: the folder.
        bench: what names of files made on the way begin with.
        now: when it began.
    """

    connection: duckdb.DuckDBPyConnection
    store: Store
    bench: Path
    now: datetime

    def run(self, address: str, grace: timedelta) -> Exported:
        """Add, point, replace, remove: in this order, so that at no moment something is missing."""
        before = self._read(POINTER) or {"files": [], "retired": []}
        there = {(file["mart"], file["fingerprint"]): file["path"] for file in before["files"]}
        files = [self._add(part, there) for part in parquet.parts(self.connection)]
        retired = self._retired(before, files, grace)
        state = {**self._stamp(), "marts": self._marts(files), "files": [file.told() for file in files]}
        self._write(POINTER, {**state, "retired": retired})
        self._replace_latest(files, state)
        self._clear(files, retired, grace)
        for folder in (FILES, LATEST):
            self.store.guard(folder)
        return Exported(address, len(files), sum(file.made is not None for file in files))

    def _add(self, part: Part, there: Mapping[tuple[str, str], str]) -> _File:
        known = there.get((part.mart, part.fingerprint))
        if known is not None and PurePosixPath(known).parent == PurePosixPath(FILES, part.folder):
            return _File(part, known)
        path = f"{FILES}/{part.folder}/{self.now:{STAMP}}{SUFFIX}"
        made = self._aside(path)
        parquet.write(self.connection, part, made)
        self.store.put(made, path)
        return _File(part, path, made)

    def _retired(self, before: Mapping[str, Any], files: Sequence[_File], grace: timedelta) -> list[dict[str, str]]:
        """Return the files that were named before and are not any longer, and stay for a while, with when that ended."""
        named = {file.path for file in files}
        ended = {file["path"]: self.now for file in before["files"]}
        ended |= {file["path"]: datetime.fromisoformat(file["since"]) for file in before["retired"]}
        staying = {path: since for path, since in ended.items() if path not in named and self.now - since < grace}
        return [{"path": path, "since": since.isoformat()} for path, since in staying.items()]

    def _replace_latest(self, files: Sequence[_File], state: Mapping[str, Any]) -> None:
        there = self._read(STATE) or {"files": []}
        same = {(file["latest"], file["fingerprint"]) for file in there["files"]}
        changed = [file for file in files if (file.latest, file.part.fingerprint) not in same]
        self.store.remove(STATE)
        for file in changed:
            self.store.put(self._at_hand(file), file.latest)
        for path in set(self.store.paths(LATEST)) - {file.latest for file in files}:
            if OURS.fullmatch(path) or path.endswith(storage.ASIDE):
                self.store.remove(path)
        self._write(STATE, state)

    def _clear(self, files: Sequence[_File], retired: Sequence[Mapping[str, str]], grace: timedelta) -> None:
        """Remove what was replaced long enough ago, and what an export that died had added."""
        since = {file["path"]: datetime.fromisoformat(file["since"]) for file in retired}
        for path in set(self.store.paths(FILES)) - {file.path for file in files}:
            if self.now - since.get(path, _added_at(path)) >= grace:
                self.store.remove(path)

    def _at_hand(self, file: _File) -> Path:
        """Return a file on this machine with the same content; one that an earlier export wrote is fetched."""
        if file.made:
            return file.made
        fetched = self._aside(file.path)
        self.store.fetch(file.path, fetched)
        return fetched

    def _aside(self, path: str) -> Path:
        return self.bench.with_name(f"{self.bench.name}.{path.replace('/', '-')}")

    def _stamp(self) -> dict[str, Any]:
        names = ("published_at", "run_id", "as_of", "version", "schema_version")
        values = fetch(self.connection, f"select {', '.join(names)} from main.published")[0]
        return {name: _plain(value) for name, value in zip(names, values, strict=True)}

    def _marts(self, files: Sequence[_File]) -> dict[str, Any]:
        names = dict.fromkeys(file.part.mart for file in files)
        return {name: parquet.description(self.connection, name) for name in names}

    def _read(self, path: str) -> dict[str, Any] | None:
        content = self.store.read(path)
        if content is None:
            return None
        try:
            return dict(json.loads(content))
        except ValueError as fault:
            raise ExportFailed(
                f"{path} in the folder for Parquet is not what an export writes; name an empty folder, or remove everything in this one."
            ) from fault

    def _write(self, path: str, content: Mapping[str, Any]) -> None:
        made = self._aside(path)
        made.write_bytes(storage.document(content))
        self.store.put(made, path)


def _added_at(path: str) -> datetime:
    """Return when a file was added, by its name; what has another name is no file of ours and stays."""
    if path.endswith(storage.ASIDE):  # of a writer that died: there is one at a time
        return datetime.min.replace(tzinfo=UTC)
    try:
        return datetime.strptime(PurePosixPath(path).stem, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


@contextmanager
def _workbench(home: Home) -> Iterator[Path]:
    """Return the way to files that are made in passing; they are removed, also those of an export that was killed by the next publish."""
    bench = home.published.with_suffix(f".{os.getpid()}{storage.ASIDE}")
    try:
        yield bench
    finally:
        for made in bench.parent.glob(f"{bench.name}.*"):
            made.unlink()
