"""Texts that name a person by an id, an address or a name, as expressions that DuckDB searches with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

MASK: Final = "\ufdd0"
"""Stands in front of a name within a longer one of somebody else's, which is left alone; Unicode gives this sign to no text."""

WORD: Final = r"\p{L}\p{M}\p{N}_"
"""Signs of words in whatever alphabet: RE2's own class knows ASCII only."""

BEFORE: Final = rf"(?:^|[^{WORD}{MASK}.+#'%-]|\\[nrtbf]|\\u00[02][0-9a-f]|\\u003[a-f])[.+#'%-]*"
"""What stands before an address or name that is not the end of a longer one; JSON writes some signs as letters."""

AFTER: Final = rf"$|[^{WORD}.-]|[.-]+(?:$|[^{WORD}.-])"
"""What stands after one that is not the beginning of a longer one."""


def pattern(tokens: Sequence[str]) -> str:
    """Return the expression of any of the texts where it stands for itself: `ann.lee@…` is no part of `joann.lee@…`.

    In JSON a text may be written with escapes, so these are looked for, too. Its groups are what stands before and after.
    """
    written = {form for token in tokens for form in _forms(token)}
    longest_first = sorted(written, key=lambda form: (-len(form), form))
    return f"({BEFORE})(?:{'|'.join(map(_escaped, longest_first))})({AFTER})"


def longer_pattern(longer: str, name: str) -> str:
    """Return the expression of a name that holds another one. Its groups are what stands before the other one, and the rest.

    Args:
        longer: the name, in lower case.
        name: the other one, in lower case.
    """
    before, _, after = longer.partition(name)
    heads, rests = ("|".join(map(_escaped, sorted(set(_forms(text)), reverse=True))) for text in (before, name + after))
    return f"({BEFORE}(?:{heads}))((?:{rests})(?:{AFTER}))"


def _forms(text: str) -> tuple[str, ...]:
    """Return a text as it is, and as JSON may write it."""
    return text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if not (sign.isalnum() or sign.isspace() or ord(sign) > 127) else sign for sign in text)  # noqa: PLR2004 - beyond ASCII nothing is special
