"""The benchmarks, small: that they run, that both sides of a comparison read the same, and that they measure what they say."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from benchmarks import app_scores, breadth, builds, cost, peers, ratings, volumes
from benchmarks.apart import apart
from benchmarks.ratings import LISTS, SCUBAGEAR, Rated
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


@pytest.mark.timeout(1800)  # three whole builds, each in a process of its own
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
    found, above, worst, _ = section.verdicts
    assert found.holds
    assert above.holds, section.markdown()
    assert worst.holds


def test_the_page_says_what_does_not_keep_its_bound() -> None:
    """A figure beyond its bound is marked, above an upper one and below a lower one, and the page names no machine."""
    verdicts = [Verdict("much", 3, 2), Verdict("little", 0.5, 0.9, is_least=True), Verdict("enough", 1, 1)]
    text = page([Section("One", "What.", ("what", "figure"), [("a", "1")], verdicts)])
    kept = re.findall(r"^\| (\w+) \|.*\| (\S+) \|$", text, re.MULTILINE)
    assert {("much", "**no**"), ("little", "**no**"), ("enough", "yes")} <= set(kept)
    assert socket.gethostname() not in text


def test_a_section_takes_the_place_of_its_older_self() -> None:
    """What was measured anew is replaced where it stands, what was not stays, and a second writing changes nothing."""
    head = ("what", "figure")
    before = page([Section("One", "What.", head, [("a", "1")]), Section("Two", "Else.", head, [("b", "2")])])
    after = page([Section("One", "What.", head, [("a", "9")])], before)
    assert after == before.replace("| a | 1 |", "| a | 9 |")
    assert page([], after) == after


def rated(name: str, tier: str, rating: int | None, **levels: str) -> Rated:
    """A permission whose takeover decides its rating."""
    return Rated(name, "application", tier, rating, False, (rating, f"because of {name}"), (0, "no data"), levels)


def test_concordance_counts_pairs_that_both_tell_apart() -> None:
    """Pairs that one side holds equal, unlisted permissions and unrated ones do not count."""
    permissions = [
        rated("worst", "medium", 50, scubagear="critical"),
        rated("middle", "medium", 50, scubagear="high"),
        rated("mildest", "low", 20, scubagear="low"),
        rated("unlisted", "critical", 99),
        rated("unrated", "unrated", None, scubagear="low"),
    ]
    assert ratings.concordance(permissions, SCUBAGEAR) == 1
    turned = [*permissions[:2], rated("mildest", "high", 70, scubagear="low")]
    assert ratings.concordance(turned, SCUBAGEAR) == 0
    assert ratings.concordance([*permissions[:3], rated("odd", "high", 70, scubagear="medium")], SCUBAGEAR) == 3 / 5


def test_both_directions_of_disagreement_are_told_with_our_reason() -> None:
    """What is critical on one side only is listed; a list whose top is wider agrees with high."""
    told = ratings.disagreements(
        [
            rated("ours", "critical", 90, scubagear="high", microsoft="3"),
            rated("theirs", "high", 70, scubagear="critical", microsoft="4", msidentitytools="high"),
            rated("both", "critical", 95, scubagear="critical", microsoft="4", msidentitytools="high"),
            rated("neither", "low", 5, scubagear="low", msidentitytools="medium"),
        ]
    )
    assert [row[1:] for row in told.rows] == [("1", "1"), ("1", "0"), ("0", "0")]
    text = told.markdown()
    assert "* theirs: critical there, high here (takeover 70, data exposure 0). because of theirs" in text
    assert text.count("because of ours") == 2
    assert "because of both" not in text


def test_bounds_of_the_ratings_can_break() -> None:
    """A list's critical that is low here, and a permission without a rating, are seen."""
    broken = [rated("low", "low", 5, scubagear="critical", microsoft="5"), rated("none", "unrated", None)]
    verdicts = {verdict.what: verdict.holds for verdict in ratings.agreement(broken).verdicts}
    assert not verdicts["listed permissions without a rating"]
    assert not verdicts["ScubaGear's critical that are critical or high here, share"]
    assert not verdicts["Microsoft's level 5 that are low or none here"]
    assert len(verdicts) == len(set(verdicts)) == 6 + len(LISTS)
