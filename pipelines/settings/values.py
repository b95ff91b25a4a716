"""Text -> ids, addresses, files: each kind of value is checked here, and what is wrong is kept until all is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from pipelines.errors import SettingsError
from pipelines.settings import addresses, paths
from pipelines.settings.names import KNOWN
from pipelines.settings.secrecy import HIDDEN, shown

Vault = Callable[[str], str]
"""Opens a Prefect Secret block: its name -> the secret. It raises `SettingsError` where there is none."""

BLOCK: Final = "prefect:"
"""What a secret begins with that stands in a block of Prefect's; its name follows."""

FILE: Final = "_FILE"
"""What is appended to the name of a secret for the file that holds it."""

GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Values:
    """The settings of one tenant, read one by one.

    A value that is missing or wrong is noted and reads as nothing, so that one message can tell everything that is to be corrected.

    Args:
        given: the settings by their names.
        folder: what relative paths start from.
        vault: opens blocks; only a flow of Prefect's has one.

    Attributes:
        wrong: a sentence for each value that makes no sense.
    """

    def __init__(self, given: Mapping[str, str], folder: Path | None = None, vault: Vault | None = None):
        self._given = given
        self._folder = folder or Path()
        self._vault = vault
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

    def has_secret(self, name: str) -> bool:
        """Return whether a secret is set, itself or by a file."""
        return name in self._given or name + FILE in self._given

    def secret(self, name: str) -> str | None:
        """Return a secret: the value itself, what a block of Prefect's holds, or what a file does; None where it is not set."""
        if name in self._given and name + FILE in self._given:
            self.wrong.append(f"Both {name} and {name}{FILE} are set; keep one of them.")
            return None
        try:
            return self._opened(name) if name in self._given else self._read(name + FILE)
        except SettingsError as error:
            self.wrong.append(str(error))
            return None

    def _opened(self, name: str) -> str:
        value = self._given[name]
        if not value.startswith(BLOCK):
            return value
        if self._vault is None:
            raise SettingsError(
                f"{name} names a block of Prefect's, which only a run of Prefect's can open; set {name}{FILE} to a file that holds the secret, or run it by a deployment."
            )
        return self._vault(value.removeprefix(BLOCK))

    def _read(self, name: str) -> str | None:
        path = self.file(name)
        if path is None:
            return None
        try:
            held = path.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise SettingsError(
                f"The file {path} of {name} is not text; write the secret to it, and nothing else."
            ) from None
        except OSError as fault:
            raise SettingsError(paths.unreadable(path, fault)) from None
        if not held:
            raise SettingsError(f"The file {path} of {name} is empty; write the secret to it.")
        return held

    def guid(self, name: str) -> str:
        """Return an id in lower case, or "" where it is not set or none."""
        if name not in self._given:
            self.lacks(name)
            return ""
        value = self._given[name].lower()
        if GUID.fullmatch(value):
            return value
        self.wrong.append(f"{name} is not a GUID ({HIDDEN}); it should be {KNOWN[name]}.")
        return ""

    def url(self, name: str, default: str, clear: frozenset[str] = frozenset()) -> str:
        """Return an address without a trailing slash.

        Args:
            name: the setting.
            default: the address where it is not set.
            clear: the hosts that may be asked without encryption.
        """
        url = self._given.get(name, default)
        if wrong := addresses.wrong(url, clear):
            self.wrong.append(f"{name} {wrong}")
        return url.rstrip("/")

    def file(self, name: str) -> Path | None:
        """Return the path of a file that is there, or None where the setting is not set or names none."""
        if name not in self._given:
            return None
        try:
            return paths.file(name, self._given[name], self._folder)
        except SettingsError as error:
            self.wrong.append(str(error))
            return None

    def choice(self, name: str, choices: Collection[str]) -> str:
        """Return one of the choices; the first where the setting is not set."""
        value = self._given.get(name, next(iter(choices)))
        if value not in choices:
            self.wrong.append(f"{name} {shown(value)}; it must be one of {', '.join(choices)}.")
            return next(iter(choices))
        return value
