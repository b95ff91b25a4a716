"""The product's own ways, for processes of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows.collecting import SCOPES, What
from flows.steps import Plan, Unwatched, collect, plainly
from pipelines import settings
from pipelines.entra.collection import Collection
from pipelines.entra.collections import COLLECTIONS
from pipelines.settings import Home
from pipelines.warehouse.load import Loader

SIGN_INS = tuple(collection for collection in COLLECTIONS if collection.table == "sign_ins")
WHAT = {**SCOPES, "sign-ins": SIGN_INS, "interactive": SIGN_INS[:1]}


def collecting(
    env: dict[str, str], home: str, now: str, what: str = "sign-ins", reread_hours: float = 24
) -> tuple[int, dict[str, Any]]:
    """Read collections from HTTPS to committed rows with their notes, as `consentry sync` does before it builds.

    Args:
        env: the tenant's settings.
        home: the folder of the warehouse.
        now: the tenant's time.
        what: `sign-ins`, only `interactive` ones, or a scope of a sync.
        reread_hours: how old a window must have been when it was read to count for good.

    Returns:
        How many rows came, and for each collection [rows, requests, requests inside batches].
    """
    return _collected(env, Path(home), WHAT[what], datetime.fromisoformat(now), timedelta(hours=reread_hours))


def _collected(
    env: dict[str, str], home: Path, collections: Sequence[Collection], now: datetime, reread: timedelta
) -> tuple[int, dict[str, Any]]:
    plan = Plan([settings.tenant(env)], Home(home), What("benchmark", collections, reread=reread, now=now))
    with Loader.on(plan.home) as loader:
        (collected,) = collect(plan, loader, plainly, Unwatched())
    assert collected.fault is None, collected.fault
    told = {
        o.collection.name: [o.rows, o.traffic.requests, o.traffic.batched, str(o.outcome)] for o in collected.outcomes
    }
    return sum(outcome.rows for outcome in collected.outcomes), told
