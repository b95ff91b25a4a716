"""Text -> the address of a service, to which tokens or secrets will be sent."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pipelines.settings.secrecy import HIDDEN, is_content

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
HOST: Final = re.compile(r"[\w.:-]+")

NO_ADDRESS: Final = "it must be an https:// address that names a host"
LOGIN: Final = "it must hold no user name or password, which every complaint about it would show"
NO_PORT: Final = "its port is not a number from 0 to 65535; correct it or leave it out"
IN_CLEAR: Final = "it must be an https:// address (tokens never travel in clear)"


def wrong(url: str, clear: frozenset[str] = frozenset()) -> str | None:
    """Return what is wrong with an address, to stand behind the setting's name, or None where nothing is.

    Args:
        url: the address.
        clear: the hosts that may be asked without encryption.
    """
    why = _why(url, clear)
    if why is None:
        return None
    is_address = "://" in url and "@" not in url and not is_content(url)
    return f"is {url!r}; {why}." if is_address else f"is no address ({HIDDEN}); {why}."


def _why(url: str, clear: frozenset[str]) -> str | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # brackets that do not close
        return NO_ADDRESS
    if not HOST.fullmatch(host) or re.search(r"\s", url):
        return NO_ADDRESS
    if "@" in parts.netloc:
        return LOGIN
    if not _has_port(parts):
        return NO_PORT
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in clear)
    return None if is_safe else IN_CLEAR


def _has_port(parts: SplitResult) -> bool:
    """Return whether the port is one; urllib looks when it is asked for it."""
    try:
        _ = parts.port
    except ValueError:
        return False
    return True
