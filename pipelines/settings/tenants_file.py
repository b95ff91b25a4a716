"""A TOML file with the settings of several tenants.

    cloud = "usgov-l4"                      # on top: for all tenants that do not say otherwise
    client_id = "…"

    [[tenant]]
    name = "Contoso"                        # for people
    tenant_id = "…"
    client_secret = "env:CONTOSO_SECRET"    # taken from the environment; or "prefect:block-name", for runs of Prefect's

    [[tenant]]
    tenant_id = "…"
    client_certificate = "fabrikam.pem"     # beside this file

The keys are the settings of a tenant, in lower case and without `CONSENTRY_`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipelines.errors import SettingsError
from pipelines.settings import names, paths, tenant_settings
from pipelines.settings.credentials import PASSPHRASE, SECRETS, SETTINGS, ClientSecret, ManagedIdentity
from pipelines.settings.secrecy import HIDDEN
from pipelines.settings.tenant_settings import Tenant
from pipelines.settings.values import BLOCK, FILE, Values, Vault

FROM_ENVIRONMENT: Final = "env:"


@dataclass
class _Entry:
    """One tenant's table.

    Attributes:
        name: what people call the tenant, or "".
        given: its own settings and the defaults, by the names they have in the environment.
        unread: the settings that are there, but cannot be read.
        wrong: a sentence for each of them, and for each key that is no setting.
    """

    name: str
    given: dict[str, str] = field(default_factory=dict, repr=False)
    unread: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def take(self, setting: str, value: Any, environment: Mapping[str, str]) -> None:
        """Keep the value of a setting, or note why it cannot be read."""
        if isinstance(value, str) and not value.startswith(FROM_ENVIRONMENT):
            self.given[setting] = value.strip()
        elif isinstance(value, str) and (found := environment.get(value.removeprefix(FROM_ENVIRONMENT))):
            self.given[setting] = found
        else:
            self.unread.add(setting)
            self.wrong.append(f"{key(setting)} {_why_unread(value)}")


def _why_unread(value: Any) -> str:
    if not isinstance(value, str):
        return "must be text in quotes."
    name = value.removeprefix(FROM_ENVIRONMENT)
    named = f"is {value!r}" if name.isidentifier() else f"is {FROM_ENVIRONMENT} and no name ({HIDDEN})"
    return f"{named}, and the environment has no such variable; set it."


def key(setting: str) -> str:
    """Return what the file calls a setting."""
    return setting.removeprefix(names.PREFIX).lower()


KEYS: Final = {key(setting): setting for setting in names.OF_A_TENANT}


def read(path: Path, environment: Mapping[str, str], vault: Vault | None = None) -> tuple[Tenant, ...]:
    """Return the tenants of a file, in its order.

    Args:
        path: the file; relative paths in it start from its folder.
        environment: where values that begin with `env:` are looked up.
        vault: opens the blocks that values which begin with `prefect:` name.

    Raises:
        SettingsError: one message with everything that is wrong with any tenant.
    """
    content = _parse(path)
    tables = content.pop("tenant", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(f"{path} names no tenant; begin each one with a line [[tenant]].")
    defaults = _entry(content, environment)
    problems = [f"  {sentence}" for sentence in defaults.wrong]
    found = []
    for number, table in enumerate(tables, start=1):
        entry = _entry(table, environment)
        values = Values(_merged(defaults.given, entry.given), path.parent, vault)
        found.append(tenant_settings.read(values, entry.name))
        label = entry.name or found[-1].name or f"tenant {number}"
        missing = _missing(values, entry.unread | defaults.unread)
        problems += [f"  {label}: {sentence}" for sentence in (*entry.wrong, *missing, *values.wrong)]
    problems += [f"  {sentence}" for sentence in _twice(found)]
    if problems:
        raise SettingsError(_in_its_words(f"Correct {path}:\n" + "\n".join(problems)))
    _insist_on_privacy(path, [content, *tables])
    return tuple(found)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as fault:
        raise SettingsError(f"The file {path} is not UTF-8 text; save it again with the encoding UTF-8.") from fault
    except OSError as fault:
        raise SettingsError(paths.unreadable(path, fault)) from fault
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"The file {path} is not TOML ({fault}); correct it there.") from fault


def _entry(table: Mapping[str, Any], environment: Mapping[str, str]) -> _Entry:
    entry = _Entry(str(table.get("name", "")))
    entry.wrong += names.unknown((name for name in table if name != "name"), KEYS)
    for name, setting in KEYS.items():
        if name in table:
            entry.take(setting, table[name], environment)
    return entry


def _merged(defaults: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a tenant; a credential of its own takes the place of the default one."""
    replaced = {*SETTINGS, PASSPHRASE, PASSPHRASE + FILE} if own.keys() & set(SETTINGS) else set()
    if ManagedIdentity.setting in own:
        replaced.add("CONSENTRY_CLIENT_ID")
    kept = {name: value for name, value in defaults.items() if name not in replaced}
    return {name: value for name, value in {**kept, **own}.items() if value}


def _missing(values: Values, unread: set[str]) -> list[str]:
    """Return what is needed and not there; a value that cannot be read has its own sentence."""
    told = {*unread, ClientSecret.setting} if unread & set(SETTINGS) else unread
    return [f"{name} is missing: {meaning}." for name, meaning in values.missing.items() if name not in told]


def _twice(tenants: list[Tenant]) -> list[str]:
    times = Counter(found.tenant_id for found in tenants if found.tenant_id)
    return [f"tenant_id {name} is there {count} times; keep one." for name, count in times.items() if count > 1]


def _in_its_words(message: str) -> str:
    """Return a message with the settings called as the file calls them."""
    return re.sub(
        r"\bCONSENTRY_[A-Z_]+", lambda found: key(found[0]) if found[0] in names.OF_A_TENANT else found[0], message
    )


def _insist_on_privacy(path: Path, tables: list[dict[str, Any]]) -> None:
    """Refuse a secret in a file that others may read."""
    secrets = [table[key(name)] for table in tables for name in SECRETS if key(name) in table]
    holds_one = any(value and not value.startswith((FROM_ENVIRONMENT, BLOCK)) for value in secrets)
    if os.name == "posix" and holds_one and path.stat().st_mode & 0o077:
        raise SettingsError(
            f"{path} holds a secret, and other users may read it. Run `chmod 600 {path}`, or write env:NAME in its place and set NAME in the environment."
        )
