"""The arithmetic of one limit: what fits now, and how long until more does. No threads and no clock; time is an argument.

Graph counts a request when it arrives, which is some time between sending it and having its answer. So a request is accounted
for until the limit's span has passed since its answer; then no span on Graph's side holds more than the limit, whatever
the delays. Answers that take long would waste the quota: after a slack a request is taken to have arrived, answered or not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil, exp2
from typing import Final

from pipelines.graph.limits import Limit

SLACK: Final = 0.04
"""How long a request may take to arrive, as a share of the limit's span: long for a network, and little of the quota. A 429
says that it was not long enough, and doubles it."""

SLACK_HALVES: Final = 50
"""Spans in which half of what the slack was doubled by is forgotten."""

CUT: Final = 0.8
"""What remains of the allowance after a 429."""

RECOVERY: Final = 0.1
"""How much of the published figure comes back in each of the limit's spans without a 429."""

LEAST: Final = 0.05
"""What the allowance never falls below, as a share of the published figure."""

TOLERANCE: Final = 0.1
"""How far Graph's own figure of the use may lie above ours before somebody else must be using the same limit."""


INSTANT: Final = 1e-6
"""Seconds that nobody waits for: what adding and subtracting times leaves behind."""


@dataclass
class Spent:
    """Units that were spent at once.

    Attributes:
        at: when Graph has counted them at the latest.
        units: how many.
    """

    at: float
    units: int


class Bucket:
    """What was spent of a limit lately, and what may be spent next.

    Args:
        limit: the published figures; None where only `Retry-After` holds.
    """

    def __init__(self, limit: Limit | None):
        self.limit = limit
        self._spent: deque[Spent] = deque()
        self._total = 0
        self._held_until = float("-inf")
        self._share = 1.0
        self._cut_at = float("-inf")
        self._slack = SLACK

    def wait(self, units: int, now: float) -> float:
        """Return the seconds until so many units may be spent at once; more than ever fit go when nothing else does."""
        held = self.held(now)
        if self.limit is None:
            return held
        allowed, span = self._allowed(self.limit, now)
        self._forget(span, now)
        return max(held, self._until(min(units, allowed) + self._total - allowed, span, now))

    def expected(self, units: int, now: float) -> float:
        """Return the seconds until so many units may have been spent, each as soon as it fits."""
        if self.limit is None:
            return self.wait(1, now)
        allowed, span = self._allowed(self.limit, now)
        rounds, rest = divmod(max(units, 1) - 1, allowed)
        return rounds * (span + self.slack(now)) + self.wait(rest + 1, now)

    def spend(self, units: int, now: float) -> Spent:
        """Account for units, whether they fit or not."""
        if self.limit is None:
            return Spent(now, units)
        spent = Spent(now + self.slack(now), units)
        self._spent.append(spent)
        self._total += units
        return spent

    def settle(self, spent: Spent, now: float) -> None:
        """Account for an answer: Graph has counted the request by now."""
        spent.at = min(spent.at, now)

    def correct(self, spent: Spent, units: int) -> None:
        """Account for what a request really cost."""
        if any(spent is kept for kept in reversed(self._spent)):
            self._total += units - spent.units
            spent.units = units

    def hold(self, seconds: float, now: float) -> None:
        """Let nothing through for so long."""
        self._held_until = max(self._held_until, now + seconds)

    def held(self, now: float) -> float:
        """Return the seconds for which a hold still lets nothing through."""
        return _remaining(self._held_until, now)

    def throttled(self, sent_at: float, now: float) -> None:
        """Allow less after a 429, once for all requests that were sent before the last cut."""
        if self.limit is not None and sent_at > self._cut_at:
            self._cut(self.share(now) * CUT, 2.0 * self.slack(now) / self.limit.seconds, now)

    def reported(self, used: float, now: float) -> None:
        """Allow less where Graph counts more than was spent here: somebody else is using the same limit.

        Args:
            used: the share of the limit that Graph says is used; above 1, requests are being refused.
            now: seconds.
        """
        if self.limit is None:
            return
        self._forget(self._allowed(self.limit, now)[1], now)
        elsewhere = used - self._total / self.limit.units
        if elsewhere > TOLERANCE and 1.0 - elsewhere < self.share(now):
            self._cut(1.0 - elsewhere, self.slack(now) / self.limit.seconds, now)

    def share(self, now: float) -> float:
        """Return how much of the published figure is allowed: less after a 429, all of it again after some time."""
        if self.limit is None:
            return 1.0
        return min(1.0, self._share + max(0.0, now - self._cut_at) / self.limit.seconds * RECOVERY)

    def slack(self, now: float) -> float:
        """Return the seconds that a request may take to arrive: after a 429 more, and by and by as few as ever."""
        if self.limit is None:
            return 0.0
        spans = max(0.0, now - self._cut_at) / self.limit.seconds
        return self.limit.seconds * max(SLACK, self._slack * exp2(-spans / SLACK_HALVES))

    def _cut(self, share: float, slack: float, now: float) -> None:
        self._share, self._slack, self._cut_at = max(LEAST, share), min(1.0, slack), now

    def _allowed(self, limit: Limit, now: float) -> tuple[int, float]:
        """Return whole units and the span that they may be spent in: half a unit is one unit in twice the span."""
        exact = limit.units * self.share(now)
        units = ceil(exact)
        return units, limit.seconds * units / exact

    def _until(self, missing: int, span: float, now: float) -> float:
        """Return the seconds until so many units come back."""
        at = now
        for spent in self._spent:
            if missing <= 0:
                break
            missing -= spent.units
            at = max(at, spent.at + span)
        return _remaining(at, now)

    def _forget(self, span: float, now: float) -> None:
        while self._spent and _remaining(self._spent[0].at + span, now) <= 0:
            self._total -= self._spent.popleft().units


def _remaining(until: float, now: float) -> float:
    return until - now if until - now > INSTANT else 0.0
