"""Figures -> the geometry of a picture. A day that is not known is a hatched column, never an empty place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

OF_PEOPLE: Final = "interactive,non_interactive"
ALL_KINDS: Final = f"{OF_PEOPLE},service_principal,managed_identity"
"""Kinds of sign-in; a day without any is zero only where all of the kinds that are counted were collected."""

HEIGHT: Final = 88
STEP: Final = 10
HEATS: Final = 5
DEEPEST_AT_LEAST: Final = 50
"""So many things are the deepest colour where no field has more: two apps are not many."""


@dataclass(frozen=True)
class Bar:
    """A day.

    Attributes:
        day: which.
        x: where it begins.
        y: where its top is, from above.
        height: of the column; that of the picture where the day is not known.
        is_known: whether none would mean zero.
        value: what happened on it, None where nothing is on record.
    """

    day: date
    x: int
    y: float
    height: float
    is_known: bool
    value: int | None


@dataclass(frozen=True)
class Bars:
    """Days side by side.

    Attributes:
        bars: oldest first.
        highest: the greatest value.
    """

    bars: tuple[Bar, ...]
    highest: int

    @property
    def width(self) -> int:
        """Of the picture, in its own units."""
        return STEP * len(self.bars)

    @property
    def unknown_days(self) -> int:
        """How many days are not known and have nothing on record."""
        return sum(not bar.is_known and bar.value is None for bar in self.bars)


def by_day(days: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], column: str) -> Bars:
    """Return the columns of a chart by day.

    Args:
        days: each `day` of the chart, and whether it `is_known`.
        found: days on which something happened.
        column: what of these is drawn; null where a source tells only that something happened.
    """
    values = {row["day"]: row[column] for row in found}
    highest = max((value or 0 for value in values.values()), default=0)
    return Bars(tuple(_bar(place, row, values, highest) for place, row in enumerate(days)), highest)


def _bar(place: int, row: Mapping[str, Any], values: Mapping[date, int | None], highest: int) -> Bar:
    day, value = row["day"], values.get(row["day"])
    is_known = bool(row["is_known"]) and not (day in values and value is None)
    height = HEIGHT * (value or 0) / max(highest, 1) if is_known or value else HEIGHT
    return Bar(day, place * STEP, round(HEIGHT - height, 1), round(height, 1), is_known, value)


def heat(things: int, most: int) -> int:
    """Return how deep a field is coloured, 1 to 5, for so many things where the fullest has the most; 0 for none."""
    if not things:
        return 0
    return 1 + round((HEATS - 1) * math.log(things) / math.log(max(most, DEEPEST_AT_LEAST)))
