"""Points in time as Graph writes them: UTC, up to seven fractional digits, trailing zeros trimmed.

Inside the simulator an instant is a *tick*: a whole number of 100 nanoseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Ticks = NDArray[np.int64]

TICKS_PER_SECOND = 10_000_000
TICKS_PER_DAY = 86_400 * TICKS_PER_SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)?)?", re.I)


def ticks_of(moment: datetime) -> int:
    """The tick of an aware datetime."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * TICKS_PER_SECOND + since.microseconds * 10


def moment_of(ticks: int) -> datetime:
    """The datetime of a tick, to the microsecond."""
    return _EPOCH + timedelta(microseconds=ticks // 10)


def written(moment: datetime | int) -> str:
    """One instant as Graph writes it, for example `2026-11-23T07:00:00.25Z`."""
    seconds, fraction = divmod(moment if isinstance(moment, int) else ticks_of(moment), TICKS_PER_SECOND)
    stamp = (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    return f"{stamp}.{fraction:07d}".rstrip("0") + "Z" if fraction else stamp + "Z"


def written_all(ticks: Ticks) -> list[str]:
    """Many instants as Graph writes them."""
    seconds, fractions = np.divmod(ticks, TICKS_PER_SECOND)
    stamps = np.datetime_as_string(seconds.astype("datetime64[s]")).tolist()
    return [
        f"{stamp}.{part:07d}".rstrip("0") + "Z" if part else stamp + "Z" for stamp, part in _pairs(stamps, fractions)
    ]


def parse(text: str) -> int:
    """The tick of a written instant; a date alone is its midnight, and no zone means UTC.

    Raises:
        ValueError: `text` is no date or time.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a date or time")
    day, clock, second, fraction, zone = found.groups()
    moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}:{second or '00'}{(zone or 'Z').upper()}")
    return ticks_of(moment) + int((fraction or "").ljust(7, "0")[:7] or 0)


def _pairs(stamps: list[str], fractions: Ticks) -> Iterable[tuple[str, int]]:
    return zip(stamps, fractions.tolist(), strict=True)
