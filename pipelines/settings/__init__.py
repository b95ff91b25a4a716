"""Environment, `.env` and tenants file -> settings. The only reader of the environment, with three exceptions.

MSAL itself reads where a managed identity's endpoint is: `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`, which App Service and its
kin set, and `AZURE_POD_IDENTITY_AUTHORITY_HOST` in place of the address of a virtual machine's. requests reads the proxies. The libraries
that speak to storage accounts read their credentials, `AZURE_…` or `AWS_…`, so that they pass through no hands of ours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from pipelines.errors import SettingsError
from pipelines.settings import addresses, names, paths, privacy, storage, tenant_settings, tenants_file
from pipelines.settings.credentials import (
    ClientCertificate,
    ClientSecret,
    Credential,
    ManagedIdentity,
    WorkloadIdentity,
)
from pipelines.settings.privacy import Privacy
from pipelines.settings.secrecy import HIDDEN, shown
from pipelines.settings.tenant_settings import Tenant
from pipelines.settings.values import Values, Vault

__all__ = [
    "ClientCertificate",
    "ClientSecret",
    "Credential",
    "Home",
    "ManagedIdentity",
    "Privacy",
    "Tenant",
    "WorkloadIdentity",
    "environment",
    "home",
    "keep_sign_ins",
    "reread",
    "tenant",
    "tenants",
    "webhook",
]

LONGEST_REREAD_HOURS: Final = 30 * 24  # Graph keeps sign-ins no longer
REREAD_HOURS: Final = "24"
KEEP_SIGN_INS_DAYS: Final = "90"
LONGEST_KEEP_DAYS: Final = 100 * 365


@dataclass(frozen=True)
class Home:
    """The folder that holds everything Consentry writes.

    Attributes:
        path: the folder.
        keep_sign_ins: how long single sign-ins are kept there.
        reread: the age below which windows of logs are read again.
        watchlist: the user's own list of abused apps, or None for the one that comes with the project.
        published_mode: the file mode of what is published.
        publish_to: the address of the folder to which each publish also writes Parquet, or None.
        privacy: what is changed before it is written there.
        keep_audits: how long directory audits are kept; None for ever. So it is of the others.
        keep_gone: how long objects are kept that Graph no longer has.
        keep_outcomes: how long the outcomes of runs are kept.
    """

    path: Path
    keep_sign_ins: timedelta = timedelta(days=int(KEEP_SIGN_INS_DAYS))
    reread: timedelta = timedelta(hours=int(REREAD_HOURS))
    watchlist: Path | None = None
    published_mode: int = storage.MODES[storage.OWNER_ONLY]
    publish_to: str | None = None
    privacy: Privacy = field(default_factory=Privacy)
    keep_audits: timedelta | None = None
    keep_gone: timedelta | None = None
    keep_outcomes: timedelta | None = None

    @property
    def warehouse(self) -> Path:
        """The private file that the job writes."""
        return self.path / "warehouse.duckdb"

    @property
    def unproven(self) -> Path:
        """The file that is there while the warehouse's marts have not passed their tests."""
        return self.path / "warehouse.unproven"

    @property
    def erasing(self) -> Path:
        """The file that is there while somebody is out of the warehouse's tables and not yet out of every file."""
        return self.path / "warehouse.erasing"

    @property
    def told(self) -> Path:
        """The file that says what of the published file Prefect's runs have told."""
        return self.path / "warehouse.told"

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
        SettingsError: the file cannot be read, is not text in UTF-8, or a name is none of the settings'.
    """
    found = {name: value for name, value in _surroundings(folder).items() if name.startswith(names.PREFIX)}
    if complaints := names.unknown(found, names.KNOWN):
        raise SettingsError("\n".join(complaints))
    return found


def _surroundings(folder: Path | None = None) -> dict[str, str]:
    pairs = [*_env_file((folder or Path.cwd()) / ".env").items(), *os.environ.items()]
    return {name: value.strip() for name, value in pairs if value and value.strip()}


def _env_file(path: Path) -> dict[str, str | None]:
    try:
        return dict(dotenv_values(path))
    except UnicodeDecodeError as fault:
        raise SettingsError(f"The file {path} is not UTF-8 text; save it again with the encoding UTF-8.") from fault
    except OSError as fault:
        raise SettingsError(paths.unreadable(path, fault)) from fault


def home(env: Mapping[str, str], vault: Vault | None = None) -> Home:
    """Return the folder of `CONSENTRY_HOME`, `data/` where it is not set, with what is kept there, what is built and for whom.

    Args:
        env: the settings.
        vault: opens blocks of Prefect's that hold secrets.

    Raises:
        SettingsError: the setting cannot be a path, the time is none, `CONSENTRY_WATCHLIST` names no file,
            `CONSENTRY_PUBLISH_TO` is no address or holds a secret, or those of privacy make no sense.
    """
    watchlist, publish_to = env.get("CONSENTRY_WATCHLIST"), env.get("CONSENTRY_PUBLISH_TO")
    return Home(
        paths.folder("CONSENTRY_HOME", env.get("CONSENTRY_HOME", "data")),
        keep_sign_ins(env),
        reread(env),
        paths.file("CONSENTRY_WATCHLIST", watchlist) if watchlist else None,
        storage.mode(env.get("CONSENTRY_PUBLISHED_MODE", storage.OWNER_ONLY)),
        storage.address("CONSENTRY_PUBLISH_TO", publish_to) if publish_to else None,
        privacy.read(env, vault),
        *(_kept(env, f"CONSENTRY_KEEP_{name}_DAYS") for name in ("AUDITS", "GONE", "OUTCOMES")),
    )


def keep_sign_ins(env: Mapping[str, str]) -> timedelta:
    """Return how long single sign-ins are kept. How short that may be, the warehouse knows.

    Raises:
        SettingsError: the setting is not a whole number of days.
    """
    return _days(env.get("CONSENTRY_KEEP_SIGN_INS_DAYS", KEEP_SIGN_INS_DAYS), "CONSENTRY_KEEP_SIGN_INS_DAYS")


def _kept(env: Mapping[str, str], name: str) -> timedelta | None:
    """Return how long something is kept that is kept for ever where nothing is said."""
    return _days(env[name], name) if name in env else None


def _days(value: str, name: str) -> timedelta:
    if not value.isdecimal() or not 0 < int(value) <= LONGEST_KEEP_DAYS:
        raise SettingsError(
            f"{name} {shown(value)}; set it to a whole number of days from 1 to {LONGEST_KEEP_DAYS}, for example {KEEP_SIGN_INS_DAYS}."
        )
    return timedelta(days=int(value))


def reread(env: Mapping[str, str]) -> timedelta:
    """Return the age below which windows of logs are read again, for rows that land late.

    Raises:
        SettingsError: the setting is not a whole number of hours.
    """
    value = env.get("CONSENTRY_REREAD_HOURS", REREAD_HOURS)
    if not value.isdecimal() or int(value) > LONGEST_REREAD_HOURS:
        raise SettingsError(
            f"CONSENTRY_REREAD_HOURS {shown(value)}; set it to a whole number of hours from 0 to {LONGEST_REREAD_HOURS} (30 days), for example {REREAD_HOURS}."
        )
    return timedelta(hours=int(value))


def webhook(env: Mapping[str, str]) -> str | None:
    """Return the address that Prefect tells of failed runs and dangerous apps, or None where nobody is told.

    Raises:
        SettingsError: it is no address; the sentence never shows it, as whoever knows a webhook's address may write there.
    """
    url = env.get("CONSENTRY_WEBHOOK_URL")
    if url and addresses.wrong(url, addresses.LOOPBACK):
        raise SettingsError(
            f"CONSENTRY_WEBHOOK_URL is no https:// address that names a host ({HIDDEN}); set it to the address of the webhook, or remove it."
        )
    return url


def tenant(env: Mapping[str, str], vault: Vault | None = None) -> Tenant:
    """Return the one tenant that the settings name.

    Args:
        env: the settings.
        vault: opens blocks of Prefect's that hold secrets.

    Raises:
        SettingsError: settings are missing or make no sense; one message tells all of them.
    """
    values = Values(env, vault=vault)
    found = tenant_settings.read(values)
    if values.missing or values.wrong:
        raise SettingsError("\n".join([*_missing(values.missing), *values.wrong]))
    return found


def _missing(settings: Mapping[str, str]) -> list[str]:
    if not settings:
        return []
    lines = "\n".join(f"  {name}: {meaning}" for name, meaning in settings.items())
    return [
        f"Settings are missing:\n{lines}\nSet them in the environment or in a .env file here, or try `consentry demo`, which needs none."
    ]


def tenants(env: Mapping[str, str], vault: Vault | None = None) -> tuple[Tenant, ...]:
    """Return the tenants of `CONSENTRY_TENANTS_FILE`, or the one that the settings themselves name.

    Args:
        env: the settings.
        vault: opens blocks of Prefect's that hold secrets.

    Raises:
        SettingsError: settings are missing or make no sense; one message tells all of them, of all tenants.
    """
    if "CONSENTRY_TENANTS_FILE" not in env:
        return (tenant(env, vault),)
    beside = [name for name in names.OF_A_TENANT if name in env]
    if beside:
        raise SettingsError(
            f"CONSENTRY_TENANTS_FILE is set, and so is {', '.join(beside)}. Write in the file what is for its tenants (above the first [[tenant]] what is for all), and remove it here; a secret may be taken from any variable that does not begin with CONSENTRY_."
        )
    path = paths.file("CONSENTRY_TENANTS_FILE", env["CONSENTRY_TENANTS_FILE"])
    return tenants_file.read(path, {**_surroundings(), **env}, vault)
