"""A key -> names that stand for people's own, the same one each time, which only the key turns back.

Ids stay ids: a GUID is one block of AES-256 under a key of its own, a permutation of all GUIDs, so that two people never share one
and tables join as before. Everything else is text: AES-SIV (RFC 5297), whose first half is a keyed hash of the text and whose
second is the text encrypted with it. docs/adr/0012-pseudonyms.md says why.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DOMAIN: Final = "pseudonym.invalid"
"""What stands behind the @ of an address: a name that RFC 2606 gives to nobody."""

PERSON: Final = "Person "
GUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""What Entra writes in place of an id where there is none."""

CODE: Final = re.compile(r"[a-z2-7]{26,}")
BLOCK: Final = 16
MOST_REMEMBERED: Final = 200_000
"""How many texts are remembered: an encryption takes microseconds, and the same people come page after page."""


class Pseudonyms:
    """Turns ids and texts into pseudonyms, and those back.

    Args:
        key: the secret, 32 bytes or more.
    """

    def __init__(self, key: bytes):
        self._text = AESSIV(_derived(key, b"consentry text", 64))
        self._ids = Cipher(algorithms.AES256(_derived(key, b"consentry id", 32)), modes.ECB())  # noqa: S305 - one block each: see ADR 12
        self._known: dict[str, str] = {}
        self.fingerprint = _derived(key, b"consentry fingerprint", 8).hex()

    def ids(self, ids: Sequence[str]) -> list[str]:
        """Return a GUID for each GUID; the empty text and the GUID of zeros stay, and another text becomes a pseudonym of text."""
        lowered = [id_.lower() for id_ in ids]
        plain = [id_ for id_ in lowered if GUID.fullmatch(id_) and id_ != NOBODY]
        turned = iter(self._turned(plain, self._ids.encryptor().update))
        return [next(turned) if GUID.fullmatch(id_) and id_ != NOBODY else self._other(id_) for id_ in lowered]

    def names(self, texts: Iterable[str]) -> list[str]:
        """Return a pseudonym for each text: an address for an address, words for words; case makes no difference."""
        return [self.name(text) for text in texts]

    def name(self, text: str) -> str:
        """Return the pseudonym of a name or address."""
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        plain = text.strip().casefold()
        if not plain:
            return text
        if plain not in self._known:
            self._known[plain] = self._named(plain)
        return self._known[plain]

    def key(self, text: str) -> str:
        """Return what stands for an opaque id that holds a person's: those of grants and assignments do."""
        return self._code(text) if text else text

    def revealed(self, pseudonym: str) -> str | None:
        """Return what a text's pseudonym stands for, or None where it is none of this key's."""
        found = CODE.search(pseudonym.strip().casefold())
        if not found:
            return None
        code = found[0].upper()
        try:
            return self._text.decrypt(base64.b32decode(code + "=" * (-len(code) % 8)), None).decode()
        except (InvalidTag, binascii.Error, ValueError):
            return None

    def revealed_id(self, pseudonym: str) -> str:
        """Return the GUID that a GUID stands for. Whether it stands for one, only the warehouse knows: each GUID is turned into one."""
        return self._turned([pseudonym.strip().lower()], self._ids.decryptor().update)[0]

    def _other(self, text: str) -> str:
        return text if text in ("", NOBODY) else self.name(text)

    def _named(self, plain: str) -> str:
        code = self._code(plain)
        if "@" in plain:
            return f"{code}@{DOMAIN}"
        # A name of several words stays one: an app may be called by one word of a name by chance.
        return f"{PERSON}{code}" if " " in plain else code

    def _code(self, text: str) -> str:
        return base64.b32encode(self._text.encrypt(text.encode(), None)).decode().rstrip("=").lower()

    @staticmethod
    def _turned(ids: Sequence[str], turn: Callable[[bytes], bytes]) -> list[str]:
        turned = turn(bytes.fromhex("".join(ids).replace("-", ""))).hex() if ids else ""
        digits = (turned[start : start + 2 * BLOCK] for start in range(0, len(turned), 2 * BLOCK))
        return [f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}" for d in digits]


def _derived(key: bytes, purpose: bytes, length: int) -> bytes:
    """Return a key of one purpose only."""
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(key)
