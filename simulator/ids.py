"""Identifiers as Entra makes them, from seeds instead of chance.

GUIDs are handled as 16 little-endian bytes, the order in which Entra packs them into longer ids.
"""

from __future__ import annotations

import base64
import hashlib
import uuid

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_ALL = 0xFFFFFFFFFFFFFFFF
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MIX = np.uint64(0x94D049BB133111EB)
# The bytes of a little-endian GUID in the order in which they are written down.
_WRITTEN_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]


def guid(*parts: object) -> str:
    """A version 4 GUID that depends on `parts` alone."""
    digest = hashlib.blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def grant_id(client_id: str, resource_id: str, principal_id: str | None) -> str:
    """The id of an oAuth2PermissionGrant: its GUIDs, little-endian, as base64url without padding."""
    parts = [client_id, resource_id] + ([principal_id] if principal_id else [])
    return _base64url(b"".join(uuid.UUID(part).bytes_le for part in parts))


def assignment_id(principal_id: str, *parts: object) -> str:
    """The id of an appRoleAssignment: the principal's GUID and 16 more bytes, as base64url without padding."""
    more = hashlib.blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=16).digest()
    return _base64url(uuid.UUID(principal_id).bytes_le + more)


def role_assignment_id(role_id: str, principal_id: str, scope: str) -> str:
    """The id of a unifiedRoleAssignment: the GUIDs of role and principal, little-endian, as base64url, and the scope's number.

    The tenant's scope `/` ends the id in `-1`; other scopes end it in letters that depend on them.
    """
    end = "1" if scope == "/" else hashlib.blake2b(scope.encode(), digest_size=4).hexdigest()
    return f"{_base64url(uuid.UUID(role_id).bytes_le + uuid.UUID(principal_id).bytes_le)}-{end}"


def mix(numbers: Words, salt: int) -> Words:
    """Spread whole numbers over 64 bits (splitmix64); equal inputs and salts give equal outputs."""
    with np.errstate(over="ignore"):
        z = numbers + np.uint64(salt & 0xFFFFFFFFFFFFFFFF) * _GOLDEN + _GOLDEN
        z = (z ^ (z >> np.uint64(30))) * _FIRST_MIX
        z = (z ^ (z >> np.uint64(27))) * _SECOND_MIX
        return z ^ (z >> np.uint64(31))


def guids_of(numbers: Words, salt: int, *, zero_end: bool = False) -> tuple[list[str], NDArray[np.uint8]]:
    """GUIDs for many numbers at once.

    Args:
        numbers: What to make ids of, shape (n,).
        salt: Keeps ids of different uses apart.
        zero_end: End every GUID in 00, as the request ids of sign-ins do.

    Returns:
        The written GUIDs, and their little-endian bytes, shape (n, 16).
    """
    packed = np.empty((len(numbers), 2), dtype=np.uint64)
    packed[:, 0] = mix(numbers, salt)
    packed[:, 1] = mix(numbers, ~salt)
    raw = packed.view(np.uint8).reshape(len(numbers), 16)
    if zero_end:
        raw[:, 15] = 0
    text = raw[:, _WRITTEN_ORDER].tobytes().hex()
    starts = range(0, len(text), 32)
    return [
        f"{text[i : i + 8]}-{text[i + 8 : i + 12]}-{text[i + 12 : i + 16]}-{text[i + 16 : i + 20]}-{text[i + 20 : i + 32]}"
        for i in starts
    ], raw


def guid_of(number: int, salt: int, *, zero_end: bool = False) -> str:
    """The GUID that `guids_of` makes of one number."""
    halves = (_mixed(number, salt), _mixed(number, ~salt))
    raw = b"".join(half.to_bytes(8, "little") for half in halves)
    return str(uuid.UUID(bytes_le=raw[:15] + b"\0" if zero_end else raw))


def _mixed(number: int, salt: int) -> int:
    z = (number + (salt & _ALL) * int(_GOLDEN) + int(_GOLDEN)) & _ALL
    z = ((z ^ (z >> 30)) * int(_FIRST_MIX)) & _ALL
    z = ((z ^ (z >> 27)) * int(_SECOND_MIX)) & _ALL
    return z ^ (z >> 31)


def first_halves(numbers: Words, salt: int) -> Words:
    """The first eight bytes of each GUID that `guids_of` makes, as one number."""
    return mix(numbers, salt)


def first_half(text: str) -> int:
    """The first eight bytes of a written GUID as one number; 0 when it is no GUID."""
    try:
        return int.from_bytes(uuid.UUID(text).bytes_le[:8], "little")
    except ValueError:
        return 0


def token_identifiers(raw: NDArray[np.uint8]) -> list[str]:
    """The uniqueTokenIdentifier of each request id: base64url without padding of its little-endian bytes."""
    padded = np.zeros((len(raw), 18), dtype=np.uint8)
    padded[:, :16] = raw
    text = base64.urlsafe_b64encode(padded.tobytes()).decode()
    return [text[i : i + 22] for i in range(0, len(text), 24)]


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
