"""When users, apps and APIs were last seen in sign-ins, those that the logs no longer hold included."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.sign_ins import Columns, Key, SignInLog


def last_uses(log: SignInLog, column: str, kind: int, visible_at: int, *, only_success: bool = False) -> dict[int, Key]:
    """The last sign-in of each entry of a column, by its number.

    Args:
        log: The sign-ins.
        column: `actor`, `client` or `resource`.
        kind: Index of the kind of sign-in.
        visible_at: The present in ticks; the result is that of the last full minute.
        only_success: Whether failures and interrupts are passed over.
    """

    def find(at: int) -> dict[int, Key]:
        found: dict[int, Key] = {}
        # What the logs dropped is older than anything they hold.
        for columns in (log.dropped(kind), log.columns(kind)):
            for number, position in _last_positions(log, columns, column, at, only_success=only_success):
                found[number] = Key(int(columns.ticks[position]), kind, int(columns.number[position]))
        return found

    return log.remember(("last uses", column, kind, only_success), visible_at, find)


def _last_positions(
    log: SignInLog, columns: Columns, column: str, visible_at: int, *, only_success: bool
) -> Iterator[tuple[int, int]]:
    numbers = getattr(columns, column)
    mask = log.visible(columns, slice(None), visible_at) & (numbers >= 0)
    if only_success:
        mask &= columns.error == 0
    places = np.flatnonzero(mask)
    last = np.full(int(numbers.max(initial=-1)) + 1, -1, dtype=np.int64)
    # Columns are sorted by time: the last place of an entry is its last sign-in.
    last[numbers[places]] = places
    known = np.flatnonzero(last >= 0)
    return zip(known.tolist(), last[known].tolist(), strict=True)
