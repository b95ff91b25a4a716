"""dbt: raw tables -> staging, intermediate and marts, built and tested; then old sign-ins are dropped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipelines.errors import BuildFailed
from pipelines.settings import Home
from pipelines.warehouse import dbt_log, retention, seeds, watchlist
from pipelines.warehouse.database import opened
from pipelines.warehouse.load import group

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

PROJECT: Final = Path(__file__).resolve().parents[2] / "sql"
LEFT_OUT: Final = ("tag:full_scan", "resource_type:test,path:seeds")
HELD: Final = ("accepted_values", "holds", "not_null", "unique", "unique_together")
"""Data tests that ask of one model only: it runs them itself, see `hold_data_tests` in `sql/macros/generic_tests.sql`."""
TELLING: Final = "Data test: "
"""What it says before each of them."""
BAD: Final = ("error", "fail", "runtime error", "partial success")


@dataclass(frozen=True)
class Built:
    """What a build did.

    Attributes:
        models: tables and views made.
        tests: data tests passed.
        pruned: single sign-ins dropped afterwards, because they were old enough.
    """

    models: int
    tests: int
    pruned: int = 0


def build(home: Home, watch: Callable[[str], None] = lambda _: None) -> Built:
    """Run every seed, model and data test, in order, and drop the sign-ins that are not kept any longer.

    Seeds are loaded only where the warehouse does not hold them as they are. Tests that read all of the log again are left
    out; of the days that changed, others find the same. So are tests of the seeds, which come with the project and were
    tested with it. Tests of one model are run in the transaction that writes it.

    Args:
        home: where the warehouse is.
        watch: told the name of each seed, model or test as it ends; tests of one model end with it.

    Raises:
        SettingsError: sign-ins would be kept for too short a time, or the user's own list of abused apps is none.
        WarehouseError: the warehouse cannot be opened.
        BuildFailed: a model or a test failed; the message names them.
    """
    from dbt.artifacts.schemas.run import RunExecutionResult

    held: list[str] = []

    def tell(event: Any) -> None:
        if event.info.name in ("LogModelResult", "LogTestResult", "LogSeedResult"):
            watch(event.data.node_info.node_name)
        elif event.info.name == "JinjaLogDebug" and event.data.msg.startswith(TELLING):
            held.append(event.data.msg.removeprefix(TELLING))

    retention.insist(home)
    with opened(home.warehouse) as connection:  # also because dbt's words for a file in use or damaged would be its own
        watchlist.load(connection, home.watchlist)
        unneeded = ["unit_test", "exposure"] + ["seed"] * seeds.are_loaded(connection, PROJECT)
    home.unproven.touch(mode=0o600)
    left_out = (*LEFT_OUT, *(f"test_name:{name}" for name in HELD))
    # Else to leave out the tests of seeds would leave out those of models that ask of a seed, too.
    choice = ("--indirect-selection", "empty", "--exclude", *left_out)
    command = ("build", "--exclude-resource-type", *unneeded, *choice)
    with dbt_log.writing(_folder(home)) as note:
        result = invoke(home, *command, callbacks=[note, tell])
    if not isinstance(result.result, RunExecutionResult):
        raise BuildFailed(
            f"dbt could not run the models in {PROJECT}: {_first_line(result.exception)} See {dbt_log.path(_folder(home))}."
        ) from result.exception
    nodes = list(result.result.results)
    built = _summed(nodes, home, len(held))
    home.unproven.unlink()
    if any(str(node.node.resource_type) == "seed" for node in nodes):
        with opened(home.warehouse) as connection:
            group(connection, home.warehouse)  # else closing it would write all sign-ins anew
            seeds.note(connection, PROJECT)
    return replace(built, pruned=retention.prune(home).rows)


def invoke(home: Home, *command: str, callbacks: Sequence[Callable[[Any], None]] = ()) -> dbtRunnerResult:
    """Run a dbt command on the project in `sql/` and a home's warehouse, silently, and return what came of it.

    Its files lie under the home folder: the SQL that it made, and what it needs to read the project faster the next time; its manifest
    and results nobody reads.

    Args:
        home: where the warehouse is.
        command: what a person would type after `dbt`.
        callbacks: told each of its events, from any of its threads.
    """
    from dbt.cli.main import dbtRunner

    with _environment(home), _let_go():
        return dbtRunner(callbacks=list(callbacks)).invoke(_arguments(home, *command))


def _arguments(home: Home, *command: str) -> list[str]:
    return [
        "--no-send-anonymous-usage-stats",
        "--log-level",
        "none",
        "--log-level-file",
        "none",
        "--no-version-check",
        "--no-use-colors",
        "--no-write-json",
        "--log-path",
        str(_folder(home)),
        *command,
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
        "--target-path",
        str(_folder(home)),
    ]


@contextmanager
def _let_go() -> Iterator[None]:
    """Close the warehouse after the block, which dbt leaves open."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    try:
        yield
    finally:
        with suppress(Exception):  # "environment requested before creation": dbt did not come as far as to open it
            DuckDBConnectionManager.env().close()  # type: ignore[no-untyped-call]
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


@contextmanager
def _environment(home: Home) -> Iterator[None]:
    """Tell dbt's profile where the warehouse is; dbt takes such things from the environment only."""
    before = os.environ.get("CONSENTRY_WAREHOUSE")
    os.environ["CONSENTRY_WAREHOUSE"] = str(home.warehouse)
    try:
        yield
    finally:
        os.environ.pop("CONSENTRY_WAREHOUSE")
        if before is not None:
            os.environ["CONSENTRY_WAREHOUSE"] = before


def _summed(results: list[Any], home: Home, held: int) -> Built:
    failed = [node for node in results if str(node.status) in BAD]
    if failed:
        names = "\n".join(f"  {node.node.name}: {_first_line(node.message)}" for node in failed)
        raise BuildFailed(
            f"{len(failed)} of {len(results)} dbt models and tests failed:\n{names}\nNothing was published; the last published file stays. See {dbt_log.path(_folder(home))}."
        )
    kinds = [str(node.node.resource_type) for node in results]
    return Built(models=kinds.count("model"), tests=kinds.count("test") + held)


def _first_line(message: object) -> str:
    lines = [line.strip() for line in str(message or "no reason given").splitlines() if line.strip()]
    return " ".join(lines[:3])


def _folder(home: Home) -> Path:
    return home.path / "dbt"
