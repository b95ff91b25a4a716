"""What a person reads of a run, without a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flows import telling
from flows.journal import MODELS, PAUSE_SECONDS, READING, Journal
from pipelines.entra.collections import named
from pipelines.entra.outcomes import Outcome
from pipelines.warehouse.differences import DORMANT, NEW, Difference

ONE = {"t": "Contoso"}
TWO = {"t": "Contoso", "u": "Fabrikam"}


def app(kind: str, name: str, tenant: str = "t") -> Difference:
    """Return a difference of an app."""
    return Difference(kind, tenant, name, name, "high", 60, "why")


@pytest.mark.parametrize(
    "name", ["[click](http://evil.example)", "a | b", "<img src=x>", "two\nlines", "*bold* `code`", "# heading"]
)
def test_a_name_stays_text(name: str) -> None:
    """Apps are named by strangers: no name makes a link, a tag, a cell or a line of its own."""
    text = telling.changes([app(NEW, name)], ONE)
    line = text.splitlines()[-1]
    bare = line.replace("\\|", "")
    assert bare.count("|") == 5
    assert not any(mark in line.replace(f"\\{mark}", "") for mark in "[]<>*`#!")


def test_each_kind_of_change_has_its_table() -> None:
    """What did not happen has no heading, and is counted as none."""
    text = telling.changes([app(DORMANT, "crm"), app(NEW, "wiki")], ONE)
    assert "new apps: 1" in text
    assert "apps that became dangerous: 0" in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## New apps",
        "## Apps that nobody uses any more",
    ]
    assert "| wiki | high | 60 | why |" in text


def test_of_many_changes_the_rest_is_counted() -> None:
    """A page holds a hundred lines of a kind, and says how many there are besides."""
    text = telling.changes([app(NEW, f"app {number}") for number in range(telling.MOST_LINES + 7)], ONE)
    assert text.count("| app ") == telling.MOST_LINES + 1
    assert text.endswith("… and 7 more; ask the marts for them.")


def test_with_several_tenants_each_line_says_whose_it_is() -> None:
    """The tenant's name stands first."""
    text = telling.changes([app(NEW, "crm", "u")], TWO)
    assert "| Fabrikam | crm | high | 60 | why |" in text


def outcome(name: str, **more: object) -> Outcome:
    """Return an outcome of a collection that is being read."""
    made = Outcome("t", "run", named(name))
    for key, value in more.items():
        setattr(made, key, value)
    return made


def test_progress_goes_from_nothing_to_everything() -> None:
    """Collections count by what is read of them, then models as they are built; it never goes back and ends at 100."""
    time, told = [0.0], list[float]()
    journal = Journal(2, told.append, lambda: time[0])
    users, log = outcome("users"), outcome("sign_ins_interactive")
    for one in (users, log):
        journal.started(one)
    assert journal.percent == 0
    users.completed()
    journal.finished(users)
    assert journal.percent == pytest.approx(100 * READING / 2)
    log.started_at, log.seconds_left = datetime.now(UTC) - timedelta(seconds=30), 30
    assert journal.percent == pytest.approx(100 * READING * 3 / 4, rel=0.01)
    log.completed()
    for model in ["not_null_test", *sorted(MODELS)]:
        journal.building(model)
        journal.building(model)
    assert journal.percent == pytest.approx(100)


def test_progress_is_told_now_and_then() -> None:
    """However often something happens, the server is told after a pause only."""
    time, told = [0.0], list[float]()
    journal = Journal(1, told.append, lambda: time[0])
    for _ in range(10):
        journal.committed(outcome("users"))
    assert len(told) == 1
    time[0] += PAUSE_SECONDS
    journal.committed(outcome("users"))
    assert len(told) == 2
