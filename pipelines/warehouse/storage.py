"""A folder for exports, on this machine or in a storage account: each file in it is replaced whole, or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import fsspec
import fsspec.core

from pipelines.errors import ExportFailed, SettingsError
from pipelines.warehouse.database import flush

OBJECT_STORES: Final = frozenset({"abfs", "abfss", "adl", "az", "gcs", "gs", "s3", "s3a"})
"""Where an upload shows when it is whole; elsewhere it is made aside and renamed."""

AZURE: Final = frozenset({"abfs", "abfss", "adl", "az"})
AZURE_HOST: Final = re.compile(r"(?P<account>[^.]+)\.(dfs|blob)\.(?P<cloud>.+)")
ASIDE: Final = ".tmp"
"""How the names of files end that are being made; no reader takes them for Parquet."""


class Store(Protocol):
    """A folder whose files have paths with slashes, relative to it."""

    def put(self, file: Path, path: str) -> None:
        """Put a copy of a file there, in the place of what is there."""

    def fetch(self, path: str, file: Path) -> None:
        """Copy what is there into a file."""

    def remove(self, path: str) -> None:
        """Remove a file; one that is not there is none the less gone."""

    def read(self, path: str) -> bytes | None:
        """Return what a file holds, or None where there is none."""

    def paths(self, folder: str) -> list[str]:
        """Return all files of a folder and the folders in it."""

    def guard(self, folder: str) -> None:
        """Let those read the files of a folder that the settings of now name, whoever might when they were written."""


class Disk:
    """A folder on this machine.

    Args:
        root: the folder; it need not be there.
        mode: of each file; whoever may read a file may open its folder.
    """

    def __init__(self, root: Path, mode: int):
        self._root = root
        self._mode = mode

    def put(self, file: Path, path: str) -> None:
        """Put a file there by renaming; where the disk allows it, its content is not copied."""
        target = self._root / path
        self._make(target.parent)
        aside = target.with_name(f".{target.name}.{uuid.uuid4().hex}{ASIDE}")
        try:
            _link_or_copy(file, aside)
            aside.chmod(self._mode)
            flush(aside)
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)

    def fetch(self, path: str, file: Path) -> None:
        """Copy what is there into a file."""
        shutil.copyfile(self._root / path, file)

    def remove(self, path: str) -> None:
        """Remove a file, and its folder where it was the last in it."""
        target = self._root / path
        target.unlink(missing_ok=True)
        with suppress(OSError):  # others are in it
            target.parent.rmdir()

    def read(self, path: str) -> bytes | None:
        """Return what a file holds, or None where there is none."""
        target = self._root / path
        return target.read_bytes() if target.exists() else None

    def paths(self, folder: str) -> list[str]:
        """Return all files of a folder and the folders in it."""
        found = (self._root / folder).rglob("*")
        return [path.relative_to(self._root).as_posix() for path in found if path.is_file()]

    def guard(self, folder: str) -> None:
        """Give its files and folders the mode of the settings of now; what others own is theirs."""
        top = self._root / folder
        for path in (top, *top.rglob("*")):
            if path.stat().st_uid == os.getuid():
                self._open_folder(path) if path.is_dir() else path.chmod(self._mode)

    def _make(self, folder: Path) -> None:
        if folder.exists():
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        self._open_folder(folder)

    def _open_folder(self, folder: Path) -> None:
        """Let a folder be opened by whoever may read its files. The bit by which new files are the group's stays."""
        kept = folder.stat().st_mode & stat.S_ISGID
        folder.chmod(kept | self._mode | (self._mode & 0o444) >> 2)


class Remote:
    """A folder that fsspec reaches.

    Args:
        filesystem: of fsspec, with its credentials.
        root: the folder's path there.
        is_whole: whether an upload shows only when it is whole.
    """

    def __init__(self, filesystem: Any, root: str, *, is_whole: bool):
        self._filesystem = filesystem
        self._root = root
        self._is_whole = is_whole

    def put(self, file: Path, path: str) -> None:
        """Upload a file."""
        target = self._at(path)
        if self._is_whole:
            self._filesystem.put_file(str(file), target)
            return
        aside = f"{target}{ASIDE}"
        self._filesystem.makedirs(target.rpartition("/")[0], exist_ok=True)
        self._filesystem.put_file(str(file), aside)
        self._filesystem.mv(aside, target)

    def fetch(self, path: str, file: Path) -> None:
        """Download what is there into a file."""
        self._filesystem.get_file(self._at(path), str(file))

    def remove(self, path: str) -> None:
        """Remove a file; one that is not there is none the less gone."""
        with suppress(FileNotFoundError):
            self._filesystem.rm_file(self._at(path))

    def read(self, path: str) -> bytes | None:
        """Return what a file holds, or None where there is none."""
        try:
            return bytes(self._filesystem.cat_file(self._at(path)))
        except FileNotFoundError:
            return None

    def paths(self, folder: str) -> list[str]:
        """Return all files of a folder and the folders in it."""
        self._filesystem.invalidate_cache()
        above = self._root.lstrip("/") + "/"
        return [found.lstrip("/").removeprefix(above) for found in self._filesystem.find(self._at(folder))]

    def guard(self, folder: str) -> None:
        """Do nothing: who may read there is the account's to say."""

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


@contextmanager
def opened(address: str, mode: int) -> Iterator[Store]:
    """Open the folder at an address for the block.

    Args:
        address: an absolute path, or a URL without secrets.
        mode: of files on this machine.

    Raises:
        SettingsError: the address is of a kind that is not understood here.
        ExportFailed: something in the block failed that has to do with the folder.
    """
    try:
        yield _store(address, mode)
    except (SettingsError, ExportFailed):
        raise
    except Exception as fault:
        raise ExportFailed(
            f"Parquet could not be written to {address}: {_telling(fault)}. {_advice(address)}"
        ) from fault


def _store(address: str, mode: int) -> Store:
    parts = urlsplit(address)
    if parts.scheme in ("", "file"):
        return Disk(Path(parts.path), mode)
    try:
        filesystem, root = fsspec.core.url_to_fs(
            address, skip_instance_cache=True, **_options(parts.scheme, parts.netloc)
        )
    except (ImportError, ValueError) as fault:
        raise SettingsError(f"{parts.scheme}:// cannot be used: {_telling(fault)}. See docs/publish.md.") from fault
    return Remote(filesystem, root.rstrip("/"), is_whole=parts.scheme in OBJECT_STORES)


def _options(scheme: str, host: str) -> dict[str, Any]:
    """Return what fsspec has to be told beside the address; credentials are not among it."""
    found = AZURE_HOST.fullmatch(host.rpartition("@")[2])
    if scheme not in AZURE or not found:
        return {}
    return {"account_name": found["account"], "account_host": f"{found['account']}.blob.{found['cloud']}"}


def _telling(fault: BaseException) -> str:
    """Return the first line of what a library says, without what stands in addresses behind the question mark."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return re.sub(r"\?\S+", "?…", lines[0]).rstrip(". ") if lines else type(fault).__name__


def _advice(address: str) -> str:
    if urlsplit(address).scheme in AZURE:
        return "Does the identity that runs this have the role Storage Blob Data Contributor there? docs/publish.md shows how it is named; what was there before stays."
    return "Correct that, and run `consentry publish`; what was there before stays."


def _link_or_copy(file: Path, aside: Path) -> None:
    try:
        os.link(file, aside)
    except OSError:  # another disk, or one without links
        shutil.copyfile(file, aside)


def document(content: Any) -> bytes:
    """Return what a JSON file holds."""
    return json.dumps(content, indent=1, ensure_ascii=False).encode()
