"""What to do after a failed request: a pure function of (error, attempt, now).

The only retry layer. MSAL's tokens, dlt and Prefect do not repeat HTTP requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipelines.errors import (
    BadAnswer,
    GraphError,
    NeverReached,
    Refused,
    ServerFailed,
    Throttled,
    TokenRejected,
    TooSlow,
    Unreachable,
)
from pipelines.graph.clock import moment


@dataclass(frozen=True)
class Policy:
    """How patient to be. Each kind of fault is counted by itself.

    Attributes:
        attempts: requests in all that may meet a fault which may pass.
        first_attempts: the same where nothing ever answered; a wrong address should be told soon.
        slow_attempts: the same where the answer did not come in time; each takes minutes.
        throttled_attempts: the same for 429s, where Graph asks to come back.
        token_attempts: the same for a rejected token; a fresh one is asked for each time.
        base: seconds before the first repetition where Graph names none; doubled each time.
        longest: seconds that such a wait may grow to.
        patience: seconds of `Retry-After` beyond which the request is given up.
    """

    attempts: int = 8
    first_attempts: int = 3
    slow_attempts: int = 2
    throttled_attempts: int = 40
    token_attempts: int = 3
    base: float = 1.0
    longest: float = 60.0
    patience: float = 900.0


@dataclass(frozen=True)
class Again:
    """Repeat the request.

    Attributes:
        after: seconds to wait before.
        renew_token: whether to ask for a fresh access token first.
    """

    after: float
    renew_token: bool = False


@dataclass(frozen=True)
class GiveUp:
    """Raise the error."""


def decide(error: GraphError, attempt: int, now: datetime, jitter: float, policy: Policy = Policy()) -> Again | GiveUp:
    """Return what to do after a request failed, for the attempt-th time (from 1) in this way.

    Args:
        error: what went wrong.
        attempt: how many requests failed in this way so far.
        now: Graph's time, to turn a `Retry-After` date into seconds.
        jitter: a random number in [0, 1), spread over the upper half of the exponential wait.
        policy: how patient to be.
    """
    if attempt >= _attempts(error, policy):
        return GiveUp()
    if isinstance(error, TokenRejected):
        return Again(0.0, renew_token=True)
    asked = seconds(error.retry_after, now) if isinstance(error, Refused) else None
    if asked is not None:
        return Again(asked) if asked <= policy.patience else GiveUp()
    wait = min(policy.longest, policy.base * 2.0 ** (attempt - 1))
    return Again(wait * (0.5 + jitter / 2))


def seconds(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for: a number, also fractional, or an HTTP date."""
    if retry_after is None:
        return None
    try:
        asked = float(retry_after)
    except ValueError:
        return _until(retry_after, now)
    return asked if 0 <= asked < float("inf") else None


def _until(date: str, now: datetime) -> float | None:
    asked = moment(date)
    return max(0.0, (asked - now).total_seconds()) if asked else None


def _attempts(error: GraphError, policy: Policy) -> int:
    if isinstance(error, Throttled):
        return policy.throttled_attempts
    if isinstance(error, TokenRejected):
        return policy.token_attempts
    if isinstance(error, TooSlow):
        return policy.slow_attempts
    if isinstance(error, NeverReached):
        return policy.first_attempts
    return policy.attempts if isinstance(error, (Unreachable, BadAnswer, ServerFailed)) else 1
