"""Pictures show what is known, and that something is not."""

from __future__ import annotations

from datetime import date

from dashboard.charts import HEIGHT, by_day, heat

DAYS = [{"day": date(2026, 3, day), "is_known": day > 2} for day in range(1, 6)]


def test_an_unknown_day_is_not_an_empty_one() -> None:
    """It has no value and takes the whole height; a known day without a row is a column of no height."""
    chart = by_day(DAYS, [{"day": date(2026, 3, 4), "people": 3}], "people")
    assert [(bar.is_known, bar.value, bar.height) for bar in chart.bars] == [
        (False, None, HEIGHT),
        (False, None, HEIGHT),
        (True, None, 0),
        (True, 3, HEIGHT),
        (True, None, 0),
    ]
    assert chart.unknown_days == 2
    assert chart.highest == 3


def test_what_was_seen_on_an_unknown_day_is_shown_as_a_least() -> None:
    """Something was seen though not all was collected: the column is as high as that, and marked."""
    bar = by_day(DAYS, [{"day": date(2026, 3, 1), "people": 2}, {"day": date(2026, 3, 4), "people": 4}], "people").bars[
        0
    ]
    assert (bar.is_known, bar.value, bar.height) == (False, 2, HEIGHT / 2)


def test_a_use_without_a_number_is_not_known() -> None:
    """A report tells only that there was one; how many is unknown, on a day that was collected too."""
    bar = by_day(DAYS, [{"day": date(2026, 3, 5), "people": None}], "people").bars[-1]
    assert (bar.is_known, bar.value) == (False, None)


def test_a_tenant_without_days_has_an_empty_picture() -> None:
    """Nothing is drawn, and nothing is divided by zero."""
    assert by_day([], [], "people").bars == ()


def test_more_apps_are_a_deeper_colour() -> None:
    """None is no colour, the most is the deepest, and a few are never deep."""
    assert [heat(things, 20_000) for things in (0, 1, 20_000)] == [0, 1, 5]
    assert heat(2, 2) < 3
    depths = [heat(things, 1_000) for things in range(1, 1_001)]
    assert depths == sorted(depths)
