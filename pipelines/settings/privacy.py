"""What may be kept of people: the settings that say so."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipelines.errors import SettingsError
from pipelines.settings.values import BLOCK, Values, Vault

KEY: Final = "CONSENTRY_PSEUDONYM_KEY"
ADDRESSES: Final = ("keep", "truncate", "drop")
LOCATIONS: Final = ("keep", "country", "drop")
SHORTEST_KEY: Final = 32
"""In bytes: what a key of AES-256 needs; a word that somebody thought of is shorter."""


@dataclass(frozen=True)
class Privacy:
    """What is changed before anything reaches the disk.

    Attributes:
        pseudonym_key: what people are pseudonymised with, or None where they are kept as Graph names them.
        ip_addresses: `keep`, `truncate` (to /24, of IPv6 to /48) or `drop`.
        locations: of sign-ins: `keep`, `country` or `drop`.
        fault: why the key that is set cannot be had: whoever only reads what is published may not read its file.
    """

    pseudonym_key: bytes | None = field(default=None, repr=False)
    ip_addresses: str = ADDRESSES[0]
    locations: str = LOCATIONS[0]
    fault: str | None = None

    def key(self) -> bytes | None:
        """Return the key that people are pseudonymised with, or None.

        Raises:
            SettingsError: one is set, and cannot be had.
        """
        if self.fault:
            raise SettingsError(self.fault)
        return self.pseudonym_key


def read(env: Mapping[str, str], vault: Vault | None = None) -> Privacy:
    """Return what the settings say.

    Args:
        env: the settings.
        vault: opens blocks of Prefect's that hold secrets.

    Raises:
        SettingsError: a setting makes no sense; one message tells all that do not.
    """
    values = Values(env)
    addresses = values.choice("CONSENTRY_IP_ADDRESSES", ADDRESSES)
    locations = values.choice("CONSENTRY_LOCATIONS", LOCATIONS)
    if values.wrong:
        raise SettingsError("\n".join(values.wrong))
    sealed = Values(env, vault=vault)
    secret = sealed.secret(KEY)
    key = _bytes(secret) if secret else None
    if secret and (key is None or len(key) < SHORTEST_KEY):
        sealed.wrong.append(
            f"The key of {KEY} or {KEY}_FILE is not {SHORTEST_KEY} bytes or more in base64 or hexadecimal digits; make one with `openssl rand -base64 32`. It is not shown here."
        )
    return Privacy(key, addresses, locations, "\n".join(sealed.wrong) or None)


def is_in_a_block(env: Mapping[str, str]) -> bool:
    """Return whether the key stands in a block of Prefect's."""
    return env.get(KEY, "").startswith(BLOCK)


def _bytes(secret: str) -> bytes | None:
    """Return the bytes that a text stands for, or None where it is neither base64 nor hexadecimal."""
    try:
        return bytes.fromhex(secret)
    except ValueError:
        pass
    try:
        return base64.b64decode(secret, altchars=b"-_" if set(secret) & {"-", "_"} else None, validate=True)
    except (binascii.Error, ValueError):
        return None
