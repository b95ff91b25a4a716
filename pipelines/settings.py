"""Environment and `.env` -> Settings. The only reader of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values

from pipelines.errors import SettingsError

AUTHORITY_URL: Final = "https://login.microsoftonline.com"
GRAPH_URL: Final = "https://graph.microsoft.com"
GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_OVERLAP_MINUTES: Final = 30 * 24 * 60  # Graph keeps sign-ins no longer
QUOTAS: Final = ("auto", "published", "off")

MEANINGS: Final = {
    "CONSENTRY_TENANT_ID": "the tenant's id, a GUID (Entra admin center > Overview > Tenant ID)",
    "CONSENTRY_CLIENT_ID": "the app registration's Application (client) ID, a GUID",
    "CONSENTRY_CLIENT_SECRET": "a client secret of that app registration, or set CONSENTRY_CLIENT_CERTIFICATE",
}


@dataclass(frozen=True)
class Tenant:
    """How to reach one tenant.

    Attributes:
        tenant_id: the tenant's GUID, lower case.
        client_id: the app registration's id.
        client_secret: its secret, or None where a certificate is used.
        client_certificate: a PEM file with private key and certificate, or None.
        authority_url: where tokens come from, without a trailing slash.
        graph_url: Microsoft Graph's origin, without a trailing slash or version.
        ca_file: certificate authorities to trust instead of the system's, or None.
        quota: whether Graph's published limits are kept: `auto` (at Microsoft's hosts), `published` or `off`.
    """

    tenant_id: str
    client_id: str
    client_secret: str | None = field(repr=False)
    client_certificate: Path | None
    authority_url: str = AUTHORITY_URL
    graph_url: str = GRAPH_URL
    ca_file: Path | None = None
    quota: str = "auto"


@dataclass(frozen=True)
class Home:
    """The folder that holds everything Consentry writes.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def warehouse(self) -> Path:
        """The private file that the job writes."""
        return self.path / "warehouse.duckdb"

    @property
    def simulator(self) -> Path:
        """The folder of the tenant that the demo makes up."""
        return self.path / "simulator"

    @property
    def published(self) -> Path:
        """The file that readers open."""
        return self.path / "consentry.duckdb"


def environment(folder: Path | None = None) -> dict[str, str]:
    """Return the `CONSENTRY_` settings of the environment, over those of `.env` in the folder (default: here).

    A variable that is empty counts as not set.

    Raises:
        SettingsError: the file is not text in UTF-8.
    """
    from_file = _env_file((folder or Path.cwd()) / ".env")
    pairs = [*from_file.items(), *os.environ.items()]
    return {name: value.strip() for name, value in pairs if name.startswith("CONSENTRY_") and value and value.strip()}


def _env_file(path: Path) -> dict[str, str | None]:
    try:
        return dict(dotenv_values(path))
    except UnicodeDecodeError as fault:
        raise SettingsError(f"The file {path} is not UTF-8 text; save it again with the encoding UTF-8.") from fault


def home(env: Mapping[str, str]) -> Home:
    """Return the folder of `CONSENTRY_HOME`, `data/` where it is not set."""
    return Home(Path(env.get("CONSENTRY_HOME", "data")).expanduser().resolve())


def overlap_minutes(env: Mapping[str, str]) -> int:
    """Return how many minutes of logs are read again for rows that land late.

    Raises:
        SettingsError: the setting is not a whole number of minutes.
    """
    value = env.get("CONSENTRY_OVERLAP_MINUTES", "60")
    if not value.isdecimal() or int(value) > LONGEST_OVERLAP_MINUTES:
        raise SettingsError(
            f"CONSENTRY_OVERLAP_MINUTES is {value!r}; set it to a whole number of minutes up to {LONGEST_OVERLAP_MINUTES:,} (30 days), for example 60."
        )
    return int(value)


def tenant(env: Mapping[str, str]) -> Tenant:
    """Return the tenant that the settings name.

    Raises:
        SettingsError: settings are missing (one message lists them all) or make no sense.
    """
    _require(env)
    return Tenant(
        tenant_id=_guid(env, "CONSENTRY_TENANT_ID"),
        client_id=env["CONSENTRY_CLIENT_ID"],
        client_secret=env.get("CONSENTRY_CLIENT_SECRET"),
        client_certificate=_file(env, "CONSENTRY_CLIENT_CERTIFICATE"),
        authority_url=_url(env, "CONSENTRY_AUTHORITY_URL", AUTHORITY_URL),
        graph_url=re.sub(r"/(v1\.0|beta)$", "", _url(env, "CONSENTRY_GRAPH_URL", GRAPH_URL)),
        ca_file=_file(env, "CONSENTRY_CA_FILE"),
        quota=_choice(env, "CONSENTRY_QUOTA", QUOTAS),
    )


def _require(env: Mapping[str, str]) -> None:
    both = {"CONSENTRY_CLIENT_SECRET", "CONSENTRY_CLIENT_CERTIFICATE"} & env.keys()
    if len(both) > 1:
        raise SettingsError(
            "Both CONSENTRY_CLIENT_SECRET and CONSENTRY_CLIENT_CERTIFICATE are set; keep one and remove the other."
        )
    missing = [name for name in MEANINGS if name not in env and not (name == "CONSENTRY_CLIENT_SECRET" and both)]
    if missing:
        lines = "\n".join(f"  {name}: {MEANINGS[name]}" for name in missing)
        raise SettingsError(
            f"Settings are missing:\n{lines}\nSet them in the environment or in a .env file here, or try `consentry demo`, which needs none."
        )


def _guid(env: Mapping[str, str], name: str) -> str:
    if not GUID.fullmatch(env[name]):
        raise SettingsError(f"{name} is {env[name]!r}, which is not a GUID; it should be {MEANINGS[name]}.")
    return env[name].lower()


def _url(env: Mapping[str, str], name: str, default: str) -> str:
    url = env.get(name, default).rstrip("/")
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise SettingsError(f"{name} is {url!r}; it must be an https:// address (tokens never travel in clear).")
    if not _has_valid_port(parts):
        raise SettingsError(
            f"{name} is {url!r}, whose port is not a number from 0 to 65535; correct it or leave it out."
        )
    return url


def _has_valid_port(parts: SplitResult) -> bool:
    try:
        _ = parts.port  # checked by urllib when it is read
    except ValueError:
        return False
    return True


def _file(env: Mapping[str, str], name: str) -> Path | None:
    if name not in env:
        return None
    path = Path(env[name]).expanduser()
    if not path.is_file():
        raise SettingsError(f"{name} names {str(path)!r}, and there is no such file; correct the path.")
    return path


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = env.get(name, choices[0])
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
    return value
