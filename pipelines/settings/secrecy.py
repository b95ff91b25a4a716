"""What a sentence may say of a value: a secret that stands in the wrong setting is never shown."""

from __future__ import annotations

import re
from typing import Final

LONGEST_PATH: Final = 255
"""In characters: what is longer and leads to nothing was most likely no path."""

CONTENT: Final = re.compile(r"\n|-----BEGIN|^eyJ|\dQ~")
"""How keys, certificates and tables of TOML, access tokens and Entra's client secrets give themselves away."""

PLAIN: Final = re.compile(r"[A-Za-z0-9.-]{1,16}")
"""Shorter than any secret of Entra's."""

HIDDEN: Final = "what it is set to is not shown, as it may be a secret"


def is_content(text: str) -> bool:
    """Return whether a text looks like a secret or like what a file holds, rather than like the way to a file."""
    return len(text) > LONGEST_PATH or CONTENT.search(text) is not None


def shown(value: str) -> str:
    """Return what a sentence says of a word that is none of those it may be."""
    return f"is {value!r}" if PLAIN.fullmatch(value) else f"is not understood ({HIDDEN})"
