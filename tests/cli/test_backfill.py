"""`consentry sync --from … --to …`: the logs of a span are read again, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator import Tenant, serve
from tests.cli.conftest import Person


def day(ago: float) -> str:
    """Return a time of so many days ago as a person writes it, in UTC."""
    return f"{datetime.now(UTC) - timedelta(days=ago):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--to", "2026-10-15"), "needs the time from which to read"),
        (("--from", "2026-10-15", "--to", "2026-10-01"), "reads nothing"),
        (("--from", "2026-10-15", "--to", "2026-10-15"), "reads nothing"),
        (("--from", "2999-01-01"), "reads nothing"),
        (("--from", "2026-10-01", "--scope", "directory"), "leave the scope out"),
        (("--from", "yesterday"), "'yesterday' does not match the formats"),
        (("--from", "2026-13-01"), "does not match the formats"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(person: Person, words: tuple[str, ...], complaint: str) -> None:
    """A sentence says why, the exit code is that of bad usage, and nothing is begun."""
    assert complaint in " ".join(person.errs("sync", *words).replace("│", " ").split())
    assert not (person.home / "warehouse.duckdb").exists()


def test_a_backfill_reads_the_logs_of_its_span_only(tmp_path: Path) -> None:
    """Sign-ins of the span come in, older and newer ones do not, and the directory is left alone."""
    tenant = Tenant()
    ada = tenant.user("Ada")
    app = tenant.app("Payroll", created_days_ago=300)
    for days in (2, 10, 20):
        app.signed_in(ada, days_ago=days)
    with serve(tenant) as server:
        person = Person(tmp_path, server.settings)
        said = person.types("sync", "--from", day(12), "--to", day(8))
        assert said.code == 0, said
        read = {line.split()[0] for line in said.out.splitlines() if " complete " in line}
        rows = person.types("sql", "select sum(successes)::integer as n from fct_app_user_day", "--csv").out.split()
    assert "users" not in read
    assert {"sign_ins_interactive", "directory_audits"} <= read
    assert rows == ["n", "1"]
