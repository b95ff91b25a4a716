"""`consentry sync --from … --to …`: the logs of a span are read again, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines.cli.verbs import _what
from pipelines.entra.collections import LOGS
from pipelines.entra.windows import Span
from tests.cli.conftest import Person


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--to", "2026-10-15"), "needs the time from which to read"),
        (("--from", "2026-10-15", "--to", "2026-10-01"), "reads nothing"),
        (("--from", "2026-10-15", "--to", "2026-10-15"), "reads nothing"),
        (("--from", "2999-01-01"), "reads nothing"),
        (("--from", "2026-10-01", "--scope", "directory"), "leave the scope out"),
        (("--reconcile", "--scope", "logs"), "leave the times out, and make the scope `directory`"),
        (("--reconcile", "--from", "2026-10-01"), "leave the times out, and make the scope `directory`"),
        (("--from", "yesterday"), "'yesterday' does not match the formats"),
        (("--from", "2026-13-01"), "does not match the formats"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(person: Person, words: tuple[str, ...], complaint: str) -> None:
    """A sentence says why, the exit code is that of bad usage, and nothing is begun."""
    assert complaint in " ".join(person.errs("sync", *words).replace("│", " ").split())
    assert not (person.home / "warehouse.duckdb").exists()


def test_a_span_limits_a_sync_to_logs(stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are UTC, the end may be left out, and nothing but logs is read for themselves."""
    monkeypatch.chdir(stranger.folder)
    start, end = datetime(2026, 10, 1), datetime(2026, 10, 15, 8, 30)  # noqa: DTZ001 - as typer gives them
    what = _what("all", start, end)
    assert what.span == Span(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    assert {collection.name for collection in what.chosen()} == {c.name for c in LOGS if c.cursor}
    open_ended = _what("logs", start, None).span
    assert open_ended is not None
    assert open_ended.end == open_ended.end.replace(microsecond=0) <= datetime.now(UTC)
    assert _what("all").span is None
