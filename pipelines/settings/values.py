"""Text -> ids, addresses, files: each kind of value is checked here, and what is wrong is kept until all is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pipelines.settings.names import KNOWN

GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Values:
    """The settings of one tenant, read one by one.

    A value that is missing or wrong is noted and reads as nothing, so that one message can tell everything that is to be corrected.

    Args:
        given: the settings by their names.
        folder: what relative paths start from.

    Attributes:
        wrong: a sentence for each value that makes no sense.
    """

    def __init__(self, given: Mapping[str, str], folder: Path | None = None):
        self._given = given
        self._folder = folder or Path()
        self._missing: set[str] = set()
        self.wrong: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._given

    @property
    def missing(self) -> dict[str, str]:
        """The settings that are needed and not set, with what each should be."""
        return {name: meaning for name, meaning in KNOWN.items() if name in self._missing}

    def lacks(self, name: str) -> None:
        """Note that a setting is needed and not set."""
        self._missing.add(name)

    def get(self, name: str) -> str | None:
        """Return the value, or None where it is not set."""
        return self._given.get(name)

    def guid(self, name: str) -> str:
        """Return an id in lower case."""
        if name not in self._given:
            self.lacks(name)
            return ""
        value = self._given[name]
        if not GUID.fullmatch(value):
            self.wrong.append(f"{name} is {value!r}, which is not a GUID; it should be {KNOWN[name]}.")
        return value.lower()

    def url(self, name: str, default: str) -> str:
        """Return an address without a trailing slash."""
        url = self._given.get(name, default).rstrip("/")
        parts = _split(url)
        if parts is None:
            self.wrong.append(
                f"{name} is {url!r}, whose port is not a number from 0 to 65535; correct it or leave it out."
            )
        elif not _is_safe(parts):
            self.wrong.append(f"{name} is {url!r}; it must be an https:// address (tokens never travel in clear).")
        return url

    def file(self, name: str) -> Path | None:
        """Return the path of a file that is there, or None where the setting is not set."""
        if name not in self._given:
            return None
        path = self._folder / Path(self._given[name]).expanduser()
        if not path.is_file():
            self.wrong.append(f"{name} names {str(path)!r}, and there is no such file; correct the path.")
        return path

    def choice(self, name: str, choices: Collection[str]) -> str:
        """Return one of the choices; the first where the setting is not set."""
        value = self._given.get(name, next(iter(choices)))
        if value not in choices:
            self.wrong.append(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
            return next(iter(choices))
        return value


def _split(url: str) -> SplitResult | None:
    """Return the parts of an address, or None where its port is no port."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # checked by urllib when it is read
    except ValueError:
        return None
    return parts


def _is_safe(parts: SplitResult) -> bool:
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_local)
