"""Logs: every event once, whatever windows it was read in, and whenever it landed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest

from pipelines.entra import extraction, logs, windows
from pipelines.entra.collections import Collection
from pipelines.entra.ledger import WINDOWS
from pipelines.entra.outcomes import Outcome
from pipelines.entra.windows import Read, Span
from pipelines.warehouse.load import Loader
from simulator import Server, Tenant
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import NOW, apps, users
from tests.schedule import at_request, befall
from tests.scripted import Reply, Scripted, page, scripted

SIGN_INS: Final = small("sign_ins_interactive")
ROBOTS: Final = small("sign_ins_managed_identity")
AUDITS: Final = small("directory_audits")
HOUR, DAY, MINUTE, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
SLACK: Final = timedelta(minutes=2)
"""How long a run may take by the wall clock, which its own time goes by."""


def asked(server: Server, collection: Collection) -> list[Span]:
    """Return the windows of a log that Graph was asked for, by first pages, oldest request first."""
    path = collection.path.rsplit("/", 1)[-1]
    filters = [r.query.get("$filter", "") for r in server.requests if r.path.endswith(path)]
    times = [re.findall(r" [gl]e (\S+Z)", text) for text in filters if text]
    return [Span(*map(datetime.fromisoformat, pair)) for pair in dict.fromkeys(map(tuple, times))]


def like(span: Span, start: datetime, end: datetime) -> bool:
    """Whether a span is what it should be, but for the time that the run took."""
    return abs(span.start - start) < SLACK and abs(span.end - end) < SLACK


def reads(job: Job, collection: Collection) -> list[Read]:
    """Return the windows that the book knows, by their start."""
    query = f"select window_from, window_to, read_at, rows from raw.{WINDOWS.table} where collection = '{collection.name}' order by 1, 2"
    rows = [[v.astimezone(UTC) if isinstance(v, datetime) else v for v in row] for row in job.query(query)]
    return [Read(Span(start, end), read_at, count) for start, end, read_at, count in rows]


def known(job: Job, collection: Collection) -> list[Span]:
    """Return the time that the book knows of a log."""
    return windows.merged(read.span for read in reads(job, collection))


def sign_in(truth: Tenant, *moments: datetime, **more: Any) -> None:
    """Let a user sign in at these moments."""
    app, user = apps(truth)[1], users(truth)[0]
    for moment in moments:
        app.signed_in(user, days_ago=(truth.anchor - moment) / DAY, **more)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a window hold about four rows, and cut it at six."""
    monkeypatch.setattr(windows.length, "__defaults__", (4,))
    monkeypatch.setattr(windows, "SHORTEST", SECOND)
    monkeypatch.setattr(logs, "MOST_ROWS", 6)
    monkeypatch.setattr(extraction, "BATCH_ROWS", 2)


def test_a_first_run_asks_for_thirty_days_and_a_second_for_the_youngest(
    job: Job, server: Server, truth: Tenant
) -> None:
    """What was old enough is never asked for again; the youngest 24 hours are, with all that is new; the outcome says so."""
    job.run(SIGN_INS)
    truth.clock.advance(2 * DAY)
    outcome = job.run(SIGN_INS)[SIGN_INS.name]
    first, second = asked(server, SIGN_INS)
    assert like(first, NOW - 30 * DAY, NOW)
    assert like(second, NOW - DAY, NOW + 2 * DAY)
    assert (outcome.window_from, outcome.window_to) == (second.start, second.end)
    assert outcome.rows < len(told.served(truth, SIGN_INS))
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_audits_are_known_from_where_graph_surely_keeps_them(job: Job, server: Server, truth: Tenant) -> None:
    """Of a log that Graph keeps for seven days only these count as known, or more where an older event came; days before are asked for again."""
    for _ in range(2):
        job.run(AUDITS)
    oldest = min(datetime.fromisoformat(row["activityDateTime"]) for row in told.served(truth, AUDITS))
    assert NOW - oldest > 7 * DAY
    first, again, youngest = asked(server, AUDITS)
    assert like(first, NOW - 30 * DAY, NOW)
    assert like(again, NOW - 30 * DAY, oldest)
    assert like(youngest, NOW - DAY, NOW)
    (span,) = known(job, AUDITS)
    assert like(span, oldest, NOW)
    assert told.differences(job.home.warehouse, truth, AUDITS) == []


def test_rows_that_land_late_arrive(job: Job, truth: Tenant) -> None:
    """A sign-in that shows up behind newer ones, within 24 hours, is found by the next run after it landed."""
    sign_in(truth, NOW - 0.1 * HOUR)
    sign_in(truth, NOW - 2 * HOUR, arrives_after=25 * HOUR)
    job.run(SIGN_INS)
    before = told.held(job.home.warehouse, SIGN_INS, truth)
    for hours, more in ((10, 0), (13.5, 1)):
        truth.clock.advance(hours * HOUR)
        job.run(SIGN_INS)
        assert len(told.held(job.home.warehouse, SIGN_INS, truth)) == len(before) + more
        assert told.differences(job.home.warehouse, truth, SIGN_INS) == [] or not more


def test_a_row_that_lands_far_too_late_blocks_nothing(job: Job, truth: Tenant) -> None:
    """What lands days later than rows are waited for is not looked for by itself; all others come, and a backfill fetches it."""
    sign_in(truth, NOW - 3 * HOUR, arrives_after=50 * HOUR)
    job.run(SIGN_INS)
    for hours in (30, 30):
        truth.clock.advance(hours * HOUR)
        sign_in(truth, truth.clock.now() - HOUR)
        job.run(SIGN_INS)
    lost = len(told.served(truth, SIGN_INS)) - len(told.held(job.home.warehouse, SIGN_INS, truth))
    assert lost == 1
    job.run(SIGN_INS, span=Span(NOW.replace(microsecond=0) - 4 * HOUR, NOW.replace(microsecond=0) - 2 * HOUR))
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_rows_are_waited_for_as_long_as_is_set(job: Job, truth: Tenant) -> None:
    """A log that was empty when it was read is read again for as long as the setting says, and fills."""
    truth.sign_ins.held_back = (1, int(timedelta(days=3).total_seconds()) * 10_000_000)
    apps(truth)[-1].signed_in(days_ago=1)
    patient = {"reread": timedelta(days=9)}
    before = job.run(ROBOTS, **patient)[ROBOTS.name].rows
    truth.sign_ins.held_back = None
    assert before < job.run(ROBOTS, **patient)[ROBOTS.name].rows
    assert told.differences(job.home.warehouse, truth, ROBOTS) == []


@pytest.mark.usefixtures("short")
def test_a_window_with_too_many_rows_is_cut(job: Job, server: Server, truth: Tenant) -> None:
    """The newer part counts as read, the rest is read in further windows, and Graph is asked for each only when the one before is committed."""
    sign_in(truth, *(NOW - n * 17 * HOUR for n in range(1, 17)))
    seen: list[tuple[int, int]] = []

    def watch(loader: Loader, outcome: Outcome) -> None:
        committed = loader.held(truth.id).reads(outcome.collection)
        seen.append((len(committed), len(asked(server, SIGN_INS))))

    outcome = replace(job, watch=watch).run(SIGN_INS)[SIGN_INS.name]
    assert len(seen) > 3
    assert [committed for committed, _ in seen] == list(range(1, len(seen) + 1))
    assert [windows_asked for _, windows_asked in seen] == list(range(1, len(seen) + 1))
    assert asked(server, SIGN_INS)[0].length > 2 * asked(server, SIGN_INS)[-2].length
    spans = [read.span for read in reads(job, SIGN_INS)]
    assert all(earlier.end <= later.start for earlier, later in pairwise(spans))
    assert len(windows.merged(spans)) == 1
    assert like(windows.merged(spans)[0], NOW - 30 * DAY, NOW)
    assert like(Span(outcome.window_from, outcome.window_to), NOW - 30 * DAY, NOW)  # type: ignore[arg-type]
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("times", [12, 5])
def test_a_cut_loses_nothing_of_the_second_it_falls_into(job: Job, truth: Tenant, times: int) -> None:
    """Many events of one second, more than a window or a page holds, all arrive, each once."""
    second = NOW.replace(microsecond=0) - 40 * HOUR
    within = [second + number * timedelta(milliseconds=999 / times) for number in range(times)]
    sign_in(truth, *within, second - SECOND, second - SECOND, second + SECOND)
    job.run(SIGN_INS)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


@pytest.mark.parametrize("reread", [timedelta(0), DAY])
def test_events_on_the_edge_of_a_window_arrive(job: Job, truth: Tenant, reread: timedelta) -> None:
    """Events in the very second in which a run began, before, at and after the whole second, are there after the next one."""
    edge = NOW.replace(microsecond=0)
    at = [edge + timedelta(milliseconds=n) for n in (-1000, -1, 0, 1, 250, 999, 1000)]
    sign_in(truth, *at, arrives_after=timedelta(0))
    job.run(SIGN_INS, reread=reread)
    truth.clock.advance(HOUR)
    job.run(SIGN_INS, reread=reread)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


@pytest.mark.usefixtures("short")
def test_a_log_that_breaks_off_goes_on_where_it_stopped(job: Job, server: Server, truth: Tenant) -> None:
    """Windows that were committed before the fault are not asked for again; the outcome is partial until the rest is there."""
    sign_in(truth, *(NOW - n * 17 * HOUR for n in range(1, 17)))
    fault = server.faults.server_error("/signIns", times=1000, after=8)
    failed = job.run(SIGN_INS, run_id="broken")[SIGN_INS.name]
    assert (failed.outcome, failed.has_failed, fault.count > 0) == ("partial", True, True)
    done = reads(job, SIGN_INS)
    assert len(done) > 1
    assert job.query("select outcome from raw.sync_outcomes where run_id = 'broken'") == [("partial",)]
    server.faults.clear()
    before = len(asked(server, SIGN_INS))
    outcome = job.run(SIGN_INS, run_id="again")[SIGN_INS.name]
    later = asked(server, SIGN_INS)[before:]
    old = Span(NOW - 30 * DAY, NOW - DAY - SLACK)
    assert windows.within(windows.within(later, [read.span for read in done]), [old]) == []
    assert outcome.is_complete
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_backfill_reads_its_span_again_and_nothing_else(job: Job, server: Server, truth: Tenant) -> None:
    """A span that was read before is asked for exactly once more, whatever is known, and no row comes twice."""
    sign_in(truth, *(NOW - n * 17 * HOUR for n in range(1, 17)))
    job.run(SIGN_INS)
    before = told.held(job.home.warehouse, SIGN_INS, truth)
    end = NOW.replace(microsecond=0) - 2 * DAY
    outcome = job.run(SIGN_INS, span=Span(end - 5 * DAY, end))[SIGN_INS.name]
    assert asked(server, SIGN_INS)[1:] == [Span(end - 5 * DAY, end)]
    assert (outcome.window_from, outcome.window_to) == (end - 5 * DAY, end)
    inside = [row for row in before if end - 5 * DAY <= row["created_date_time"] <= end]
    assert outcome.rows == len(inside) > 0
    assert told.held(job.home.warehouse, SIGN_INS, truth) == before


def test_windows_that_overlap_never_double_a_row(job: Job, truth: Tenant) -> None:
    """Backfills across each other and across the edges of what is known leave each row once."""
    sign_in(truth, *(NOW - n * 17 * HOUR for n in range(1, 17)))
    end = NOW.replace(microsecond=0)
    for start, length in ((9, 5), (7, 5), (20, 18)):
        job.run(SIGN_INS, span=Span(end - start * DAY, end - (start - length) * DAY))
    assert {row["id"] for row in told.held(job.home.warehouse, SIGN_INS, truth)} == {
        row["id"]
        for row in told.served(truth, SIGN_INS)
        if datetime.fromisoformat(row["createdDateTime"]) <= end - 2 * DAY
    }
    job.run(SIGN_INS)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_off_loses_nothing(job: Job, truth: Tenant, minutes: int) -> None:
    """With our clock ten minutes before or behind Graph's, hourly runs end with every row, late ones included, and so does one with a right clock."""
    off = timedelta(minutes=minutes)
    for _ in range(2):
        now = truth.clock.now()
        sign_in(truth, *(now + n * timedelta(minutes=9) for n in range(-7, 7)))
        sign_in(truth, now, arrives_after=3 * HOUR)
        job.run(SIGN_INS, now=job.now() + off)
        truth.clock.advance(HOUR)
    truth.clock.advance(25 * HOUR)
    job.run(SIGN_INS, now=job.now() + off)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []
    job.run(SIGN_INS)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_clock_that_is_days_ahead_settles_nothing(job: Job, truth: Tenant) -> None:
    """What was read by a clock three days ahead counts up to Graph's own time only: rows that come later, and late ones, arrive."""
    sign_in(truth, truth.clock.now() - HOUR, arrives_after=3 * HOUR)
    job.run(SIGN_INS, now=job.now() + 3 * DAY)
    assert max(span.end for span in known(job, SIGN_INS)) <= truth.clock.now()
    truth.clock.advance(4 * HOUR)
    sign_in(truth, truth.clock.now() - HOUR)
    job.run(SIGN_INS)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_many_batches_are_one_load(job: Job, truth: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that is larger than a batch arrives whole, in first and later runs, under one load."""
    monkeypatch.setattr(extraction, "BATCH_ROWS", 2)
    job.run(SIGN_INS)
    assert job.query("select count(distinct _dlt_load_id) from raw.sign_ins") == [(1,)]
    sign_in(truth, *(NOW - n * timedelta(minutes=3) for n in range(5)))
    job.run(SIGN_INS)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_window_that_breaks_off_keeps_what_is_whole(
    job: Job, server: Server, truth: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a window that fails half-way the newer part counts as read; the next run asks for the older part, and finds all."""
    monkeypatch.setattr(extraction, "BATCH_ROWS", 2)
    job.run(SIGN_INS)
    sign_in(truth, *(NOW - n * timedelta(minutes=3) for n in range(7)))
    befall(server, "/signIns", lambda faults, path: faults.server_error(path, times=1000), after=2)
    failed = job.run(SIGN_INS)[SIGN_INS.name]
    assert (failed.outcome, failed.has_failed) == ("partial", True)
    newer = reads(job, SIGN_INS)[-1].span
    assert NOW - 15 * MINUTE < newer.start < NOW
    server.faults.clear()
    before = len(asked(server, SIGN_INS))
    job.run(SIGN_INS, now=job.now() + MINUTE)
    assert asked(server, SIGN_INS)[before].start < newer.start
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_window_of_which_nothing_is_whole_changes_nothing(job: Job, server: Server, truth: Tenant) -> None:
    """A window that fails in the midst of its newest second leaves rows and book as they were; the next run finds all."""
    job.run(SIGN_INS)
    before = told.held(job.home.warehouse, SIGN_INS, truth), reads(job, SIGN_INS)
    sign_in(truth, *[NOW.replace(microsecond=0)] * 5, arrives_after=timedelta(0))
    befall(server, "/signIns", lambda faults, path: faults.server_error(path, times=1000))
    failed = job.run(SIGN_INS)[SIGN_INS.name]
    assert (failed.outcome, failed.has_failed, failed.rows > 0) == ("partial", True, True)
    assert (told.held(job.home.warehouse, SIGN_INS, truth), reads(job, SIGN_INS)) == before
    server.faults.clear()
    job.run(SIGN_INS)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_warehouse_that_was_moved_away_is_read_again(job: Job, truth: Tenant) -> None:
    """Without its warehouse the job starts over: no window outlives the rows that it stands for."""
    job.run(SIGN_INS)
    job.home.warehouse.unlink()
    outcome = job.run(SIGN_INS)[SIGN_INS.name]
    assert outcome.rows == truth.count("signIns")
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_warehouse_of_yesterday_is_read_on_from_yesterday(job: Job, truth: Tenant) -> None:
    """A restored copy of the warehouse goes on from its own windows, whatever was read since."""
    job.run(SIGN_INS)
    copy = shutil.copy(job.home.warehouse, job.home.path / "yesterday")
    truth.clock.advance(3 * DAY)
    sign_in(truth, NOW + 12 * HOUR, NOW + 22 * HOUR)
    job.run(SIGN_INS)
    shutil.copy(copy, job.home.warehouse)
    job.run(SIGN_INS)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


@pytest.fixture
def graph() -> Iterator[Scripted]:
    """Return a scripted Graph."""
    with scripted() as scripted_graph:
        yield scripted_graph


def events(graph: Scripted, *rows: tuple[str, timedelta, str]) -> Iterator[Reply]:
    """Yield pages of one sign-in each: its id, how long ago it was, and the app's name."""
    for number, (id_, ago, name) in enumerate(rows, start=1):
        row = {"id": id_, "appDisplayName": name, "createdDateTime": f"{NOW - ago:%Y-%m-%dT%H:%M:%SZ}"}
        yield page(value=[row], next_link=graph.link(f"/{number}") if number < len(rows) else None)


@pytest.mark.usefixtures("short")
def test_a_log_that_is_not_in_order_is_read_in_shorter_windows(job: Job, server: Server, truth: Tenant) -> None:
    """Where events do not come newest first, a window with too many is given up and asked for in parts, none of which is cut."""
    sign_in(truth, *(NOW - n * 17 * HOUR for n in range(1, 41)))
    server.faults.reverse_rows("/signIns")
    assert job.run(SIGN_INS)[SIGN_INS.name].is_complete
    done = reads(job, SIGN_INS)
    assert max(read.rows for read in done) <= 2 * logs.MOST_ROWS
    assert all(read.span in asked(server, SIGN_INS) for read in done[1:])
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


@pytest.mark.usefixtures("short")
def test_a_list_that_begins_anew_keeps_its_windows_small(job: Job, server: Server, truth: Tenant) -> None:
    """Where Graph forgets a page, what came before counts as read, and later windows are cut as ever."""
    sign_in(truth, *(NOW - n * 17 * HOUR for n in range(1, 41)))
    at_request(server, "/signIns", 3, lambda: server.faults.expire_page_token("/signIns"))
    assert job.run(SIGN_INS)[SIGN_INS.name].is_complete
    assert max(read.rows for read in reads(job, SIGN_INS)) <= 2 * logs.MOST_ROWS
    assert len(reads(job, SIGN_INS)) > 5
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_time_that_is_too_long_for_graph_is_asked_for_in_parts(job: Job, server: Server, truth: Tenant) -> None:
    """Where Graph times out on a month, shorter windows are asked for until it answers, and all of the month arrives."""
    sign_in(truth, *(NOW - n * 17 * HOUR for n in range(1, 17)))
    server.faults.time_out("/signIns", longer_than=2 * DAY)
    outcome = job.run(SIGN_INS)[SIGN_INS.name]
    assert outcome.is_complete
    assert max(read.span.length for read in reads(job, SIGN_INS)) <= 2 * DAY
    assert len(asked(server, SIGN_INS)) < 30
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_what_no_length_helps_ends(job: Job, server: Server) -> None:
    """Where Graph times out whatever is asked for, a handful of lengths is tried, and the outcome says so."""
    server.faults.time_out("/signIns", longer_than=timedelta(0))
    outcome = job.run(SIGN_INS)[SIGN_INS.name]
    assert (outcome.outcome, outcome.has_failed) == ("unavailable", True)
    assert 2 < len(asked(server, SIGN_INS)) < 8


def test_of_two_versions_the_last_one_wins(job: Job, graph: Scripted) -> None:
    """A sign-in that comes twice, in one run or in two, is there once, as it was told last."""
    job = replace(job, tenant=replace(job.tenant, graph_url=graph.url))
    held = "select id, app_display_name from raw.sign_ins where id in ('a', 'b') order by id"
    graph.will(*events(graph, ("a", 2 * HOUR, "1"), ("b", 3 * HOUR, "1"), ("a", 2 * HOUR, "2")))
    job.run(SIGN_INS)
    assert job.query(held) == [("a", "2"), ("b", "1")]
    graph.will(*events(graph, ("a", 2 * HOUR, "3"), ("b", 3 * HOUR, "0")))
    job.run(SIGN_INS)
    assert job.query(held) == [("a", "3"), ("b", "0")]
