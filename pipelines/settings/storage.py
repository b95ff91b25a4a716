"""Text -> the address of a folder for exports, on this machine or in a storage account, and who may read what is published."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pipelines.errors import SettingsError
from pipelines.settings.secrecy import HIDDEN, shown

NEVER_KEPT: Final = frozenset({"memory", "http", "https", "data"})
"""Where nothing can be written, or nothing stays."""

OWNER_ONLY: Final = "0600"
MODES: Final = {OWNER_ONLY: 0o600, "0640": 0o640, "0644": 0o644}
"""Who may read published files: whoever runs the job, also his group, everybody on the machine."""


def address(name: str, value: str) -> str:
    """Return the address of a folder, without a slash at its end; a path becomes an absolute one.

    Args:
        name: the setting or option that names it.
        value: a path, or a URL that fsspec knows.

    Raises:
        SettingsError: it holds a secret, or nothing can be kept there. What may be a secret is not shown.
    """
    if "://" not in value:
        return str(Path(value).expanduser().resolve())
    if why := _wrong(value):
        raise SettingsError(f"{name} {why}")
    return value.rstrip("/")


def _wrong(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return f"is no address ({HIDDEN}); write it as abfss://container@account.dfs.core.windows.net/folder."
    if password is not None or parts.query or parts.fragment:
        return (
            "holds a secret or a query, which logs and the shell's history would keep "
            f"({HIDDEN}). Write the address alone; credentials come from the environment or a managed identity (docs/publish.md). Replace a secret that was written there."
        )
    if "::" in url:
        return "joins several addresses; write one."
    if parts.scheme in NEVER_KEPT:
        return f"begins with {parts.scheme}://, where no folder can be written; name a path, or a storage account as in abfss://, s3:// or gs://."
    return None if parts.netloc or parts.scheme == "file" else "names no container or host; write it behind the ://."


def mode(value: str) -> int:
    """Return the file mode of what is published.

    Raises:
        SettingsError: it is none of those that make sense.
    """
    if value not in MODES:
        raise SettingsError(f"CONSENTRY_PUBLISHED_MODE {shown(value)}; it must be one of {', '.join(MODES)}.")
    return MODES[value]
