"""The benchmarks, small: that they run, that both sides of a comparison read the same, and that they measure what they say."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from benchmarks import app_scores, breadth, builds, cost, peers, volumes
from benchmarks.apart import apart
from benchmarks.report import Section, Verdict, page
from benchmarks.tenants import served


def test_a_process_is_charged_with_its_own_memory_only() -> None:
    """The peak of work apart does not begin with the memory of the process that started it."""
    ballast = bytearray(400 * 2**20)
    usage = apart("math:factorial", 20)
    assert usage.rows == 2432902008176640000
    assert 1 < usage.peak < len(ballast) / 2**20


def test_work_that_fails_says_why() -> None:
    """A benchmark whose work fails ends with the work's own error."""
    with pytest.raises(SystemExit, match=r"factorial[\s\S]*not defined for negative"):
        apart("math:factorial", -1)


def test_exactly_the_new_rows_are_read() -> None:
    """A tenant grows by exactly as many sign-ins as are asked for, and a run reads those and no others."""
    with volumes.loaded(2_000) as volume:
        assert volume.first.rows == 2_000
        volume.quieten()
        volume.grow(300)
    assert [usage.rows for usage in volume.grown] == [300]


def test_every_way_reads_the_same_rows() -> None:
    """The floor and Consentry bring the same number of rows, and their cost is compared by the row."""
    section = cost.measure(sign_ins=2_000, repetitions=1, dict_rows=1_000)
    rows = {row[0]: row[1] for row in section.rows}
    assert rows["floor"] == rows["consentry"] == "2,000"
    assert len(section.verdicts) == 2


def test_few_requests_are_made_beyond_the_fewest() -> None:
    """Of a broad directory, only counts come on top of the fewest requests, at first and when nothing has changed."""
    section = breadth.measure(users=450, apps=200, grants=300, assignments=250)
    for row in section.rows:
        requests, least = (int(text.replace(",", "")) for text in row[2:4])
        assert least <= requests <= least + 8


def test_peers_read_the_same_sign_ins(tmp_path: Path) -> None:
    """Microsoft's client and dlt's declarative source read the same number of sign-ins as Consentry."""
    with served("busy", users=50, apps=20, sign_ins=400) as tenant:
        ours = apart(
            "benchmarks.ways:collecting", tenant.settings, f"{tmp_path}/home", tenant.now.isoformat(), "interactive"
        )
        assert peers.apart_on(tenant, "microsoft", 1_000).rows == ours.rows
        assert peers.apart_on(tenant, "declared_in_dlt", str(tmp_path), 1_000).rows == ours.rows


def test_only_days_with_new_rows_are_built_again() -> None:
    """A full build builds every day of each kind; new rows of the last hour and late ones lead to few, and none to none."""
    [section] = builds.measure(sign_ins=2_000, new=100, apps=30, people=40)
    days = {row[0].split(",")[0]: row[1] for row in section.rows}
    assert int(days["full build"]) > 60
    assert days["again"] == "0"
    assert 0 < int(days["incremental build"]) < 20


def test_malicious_apps_are_found_above_ordinary_ones() -> None:
    """Also in a small tenant every attack has a score, and no ordinary app a higher one."""
    section = app_scores.measure(users=60, apps=80)
    found, above, *shares = section.verdicts
    assert found.holds
    assert above.holds, section.markdown()
    assert all(share.holds for share in shares)


def test_the_page_says_what_does_not_keep_its_bound() -> None:
    """A figure beyond its bound is marked, above an upper one and below a lower one, and the page names no machine."""
    verdicts = [Verdict("much", 3, 2), Verdict("little", 0.5, 0.9, is_least=True), Verdict("enough", 1, 1)]
    text = page([Section("One", "What.", ("what", "figure"), [("a", "1")], verdicts)], minutes=1)
    kept = re.findall(r"^\| (\w+) \|.*\| (\S+) \|$", text, re.MULTILINE)
    assert {("much", "**no**"), ("little", "**no**"), ("enough", "yes")} <= set(kept)
    assert socket.gethostname() not in text
