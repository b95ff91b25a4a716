"""Which columns of the raw tables tell of people: `personal.toml`, read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

EVENTS: Final = frozenset({"sign_ins", "summarized_sign_ins", "directory_audits"})
"""Tables of what people did. Of somebody who is erased the event stays, without them: an app's use would else become unknown."""

OF_PEOPLE: Final = EVENTS | {"users", "user_sign_in_activity", "organization"}
"""Tables whose rows tell of people, or of whom to call: a property that nobody declared may do so, too."""


@dataclass(frozen=True)
class Personal:
    """What a column tells of people.

    Attributes:
        column: its name.
        kind: one of the kinds of `personal.toml`.
        type_column: the column that says whose id or name it is, or None.
    """

    column: str
    kind: str
    type_column: str | None = None


@cache
def _read() -> dict[str, dict[str, str]]:
    return tomllib.loads((resources.files("pipelines.entra") / "personal.toml").read_text(encoding="utf-8"))


def tables() -> list[str]:
    """Return the raw tables that tell of people."""
    return list(_read())


def columns(table: str) -> list[Personal]:
    """Return what the columns of a raw table tell of people."""
    found = ((column, *kind.partition(".")) for column, kind in _read().get(table, {}).items())
    return [Personal(column, kind, of or None) for column, kind, _, of in found]
