"""The steps as Prefect's tasks: what each ends as, and which tables the publishing makes of which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from prefect import Task, task
from prefect.assets import Asset, add_asset_metadata, materialize
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.telling import lacking
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.outcomes import Outcome
from pipelines.entra.readiness import Readiness
from pipelines.errors import ConsentryError
from pipelines.warehouse.build import PROJECT
from pipelines.warehouse.publish import Published

DEGRADED: Final = "Degraded"
PUBLISH: Final = "publish"

RAW: Final = sorted({collection.table for collection in COLLECTIONS})
MARTS: Final = sorted(path.stem for path in (PROJECT / "models" / "marts").glob("*.sql"))


def asset(schema: str, table: str) -> Asset:
    """Return what Prefect calls a table."""
    return Asset(key=f"duckdb://consentry/{schema}/{table}")


def as_task(name: str, step: Callable[..., Any], *arguments: Any) -> Any:
    """Carry a step out as a task. Prefect sees neither its arguments, which hold secrets, nor the traceback of a failure of ours."""
    results: list[Any] = []
    faults: list[ConsentryError] = []

    def attempt() -> State[Any]:
        try:
            results.append(step(*arguments))
        except ConsentryError as fault:
            faults.append(fault)
            return Failed(message=str(fault))
        return _state(results[0])

    _task(name, attempt)()
    if faults:
        raise faults[0]
    return results[0]


def _task(name: str, attempt: Callable[[], State[Any]]) -> Task[[], State[Any]]:
    options: dict[str, Any] = {
        "name": name,
        "task_run_name": name,
        "cache_policy": NO_CACHE,
        "persist_result": False,
    }
    if name != PUBLISH:
        return task(**options)(attempt)
    read: list[Asset | str] = [asset("raw", table) for table in RAW]
    return materialize(*(asset("marts", mart) for mart in MARTS), by="dbt", asset_deps=read, **options)(attempt)


def _state(result: object) -> State[Any]:
    """Return the state of a task that ended with a result; a collection's says what became of it."""
    if isinstance(result, Outcome):
        return _outcome(result)
    if isinstance(result, Readiness):
        return verdict([result], lacking_of(result))
    if isinstance(result, Published):
        for mart in result.tables.keys() & set(MARTS):
            add_asset_metadata(asset("marts", mart), {"rows": result.tables[mart]})
    return Completed()


def _outcome(outcome: Outcome) -> State[Any]:
    if outcome.is_complete:
        return Completed(message=f"rows: {outcome.rows:,}")
    if outcome.has_failed:
        return Failed(message=lacking(outcome))
    return Completed(name=outcome.outcome.capitalize(), message=lacking(outcome))


def lacking_of(found: Readiness) -> str:
    """Return what of a tenant would not be collected, in a line."""
    return str(found.fault) if found.fault else ", ".join(outcome.collection.name for outcome in found.lacking)


def verdict(found: Sequence[Readiness], message: str) -> State[Any]:
    """Return the state that a check of tenants ends in: `Failed` where no sync would do, `Degraded` where one would lack something."""
    if all(one.would_fail for one in found):
        return Failed(message=message)
    return (
        Completed(message=message) if all(one.is_whole for one in found) else Completed(name=DEGRADED, message=message)
    )
