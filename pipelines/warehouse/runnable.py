"""Settings -> a complaint about what every run would fail of, before there is a run."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines import settings
from pipelines.settings import Home, Tenant
from pipelines.settings.privacy import is_in_a_block
from pipelines.settings.values import Vault
from pipelines.warehouse import retention


def insist(env: Mapping[str, str], home: Home, vault: Vault | None = None) -> None:
    """Refuse settings of the folder that no run gets along with.

    Args:
        env: the settings.
        home: what they say of the folder.
        vault: opened the blocks of Prefect's that hold secrets; without one, a key in a block is a run's to open.

    Raises:
        SettingsError: the key of the pseudonyms cannot be had, or something would be kept for too short a time.
    """
    if vault or not is_in_a_block(env):
        home.privacy.key()
    retention.insist(home)


def tenants(vault: Vault | None = None) -> tuple[Tenant, ...]:
    """Return the tenants of the settings here, once a run would get along with what else is set.

    Args:
        vault: opens blocks of Prefect's that hold secrets.

    Raises:
        SettingsError: it would not, or they make no sense.
    """
    env = settings.environment()
    found = settings.tenants(env, vault)
    insist(env, settings.home(env, vault), vault)
    return found
