"""Who was erased: recognised when Graph names them again, and named nowhere."""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

BLOCK: Final = 16
ERASED: Final = "(erased)"
"""What stands in a text in the place of somebody's name or address."""


def digest(salt: str, text: str) -> str:
    """Return the keyed hash (HMAC-SHA-256) of an id, address or name; case makes no difference."""
    return hmac.digest(salt.encode(), text.strip().casefold().encode(), "sha256").hex()


@dataclass(frozen=True)
class Erasures:
    """The people of a tenant who were erased.

    Attributes:
        salt: what their hashes are keyed with.
        digests: the hashes of their ids, addresses and names.
    """

    salt: str = ""
    digests: frozenset[str] = frozenset()
    _known: dict[str, bool] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return bool(self.digests)

    def digest(self, text: str) -> str:
        """Return the hash of an object's id."""
        return digest(self.salt, text)

    def holds(self, text: str) -> bool:
        """Return whether it is the id, an address or the name of somebody who was erased."""
        if not self.digests or not text:
            return False
        if len(self._known) > 200_000:  # noqa: PLR2004 - a bound on memory
            self._known.clear()
        if text not in self._known:
            self._known[text] = digest(self.salt, text) in self.digests
        return self._known[text]

    def holds_any(self, texts: Iterable[str]) -> bool:
        """Return whether any of them is."""
        return any(self.holds(text) for text in texts)

    def holds_key(self, key: str) -> bool:
        """Return whether an opaque id is one of theirs, or holds one: those of grants and assignments are GUIDs in base64."""
        return bool(self.digests) and (self.holds(key) or self.holds_any(_guids(key)))


def _guids(key: str) -> Iterator[str]:
    try:
        packed = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    except (binascii.Error, ValueError):
        return
    for start in range(0, len(packed) - BLOCK + 1, BLOCK):
        yield str(uuid.UUID(bytes_le=packed[start : start + BLOCK]))
