"""The page says what the marts say, in an order in which nothing is misread, and holds nothing that runs or leads elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from dashboard.report.content import Choice, gather
from dashboard.report.page import TEMPLATES, page
from dashboard.report.source import Answer, Source
from tests.dashboard.files import BLIND, WOODGROVE, write

from .conftest import HOSTILE, MORE, read, rows, told
from .reading import Reading

A_DAY_OF_CHANGES = "2026-03-24 06:00:00+00"


@pytest.fixture(scope="module")
def reading(story: Path) -> Reading:
    """The page of the golden story."""
    return read(story)


def test_the_page_says_whose_data_it_is_and_from_when(reading: Reading) -> None:
    """Tenant, newest data, run and publish stand at its beginning."""
    beginning = reading.text[: reading.text.index("Read this first")]
    for said in ("Woodgrove", WOODGROVE, "2026-03-31 06:00 UTC", "2026-03-31 06:12 UTC, by run run-1"):
        assert said in beginning


def test_a_stale_tenant_is_named(two: Path) -> None:
    """The newest of several tenants' data does not hide that another's are old."""
    with Source.open(two) as source:
        found = gather(source, Choice())
    old, new = found.parts
    made_at = found.as_of + timedelta(hours=1)
    old = replace(old, answers={**old.answers, "tenant": _older(old.answers["tenant"], timedelta(days=5))})
    text = Reading(page(replace(found, parts=[old, new], made_at=made_at), MORE)).text
    assert f"The newest data of {old.name} are 5 days older than this report." in text
    assert f"The newest data of {new.name} are" not in text
    assert "2026-03-26 06:00 UTC to 2026-03-31 06:00 UTC" in text
    fresh = Reading(page(replace(found, made_at=made_at), MORE)).text
    assert "older than this report" not in fresh


def _older(tenant: Answer, age: timedelta) -> Answer:
    row = tenant.row
    return replace(tenant, rows=[row | {"window_to": row["window_to"] - age}])


def test_what_is_not_known_comes_before_the_figures(reading: Reading) -> None:
    """Whoever reads from the top learns what is missing before any figure that it touches."""
    limits, figures = (
        reading.text.index("Read this first: what is not known"),
        reading.text.index("16 apps of Woodgrove"),
    )
    assert limits < figures
    between = reading.text[limits:figures]
    for said in (
        "Whether 4 apps are used",
        "Added less than 14 days ago (1)",
        "needs AuditLog.Read.All",
        "never as unused",
    ):
        assert said in between


def test_figures_are_those_of_the_marts(story: Path, reading: Reading) -> None:
    """Each figure of the summary equals what SQL says of the same file."""
    [(apps, critical, high, used, unused, unknown)] = rows(
        story,
        """select count(*), count(*) filter (risk_band = 'critical'), count(*) filter (risk_band = 'high'),
        count(*) filter (usage_state = 'used'), count(*) filter (usage_state = 'unused'), count(*) filter (usage_state = 'unknown')
        from app_overview where is_scored""",
    )
    [(seats, in_apps)] = rows(story, "select sum(seats), count(distinct app_id) from reclaim_candidate")
    [(changes, dangerous)] = rows(
        story,
        f"select count(*), count(*) filter (tier in ('critical', 'high')) from permission_change where changed_at >= '{A_DAY_OF_CHANGES}'",
    )
    assert f"{apps} apps of Woodgrove" in reading.text
    assert f"{critical} critical, {high} high" in reading.text
    assert (
        f"{used} apps were used since 1 March 2026, {unused} were not, and of {unknown} nobody can tell" in reading.text
    )
    assert f"{seats} seats in {in_apps} apps could be freed" in reading.text
    assert f"Since 24 March 2026, {changes} things changed" in reading.text
    assert f"{dangerous} of them critical or high" in reading.text


def test_the_most_dangerous_apps_come_with_every_reason(story: Path) -> None:
    """Score, points, evidence and what to do of each factor stand with its app; the rest is said to be elsewhere."""
    reading = read(story, Choice(top=3))
    factors = rows(
        story,
        """select cast(points as varchar), title, evidence, why, what_to_do from app_risk_factor
        where app_id in (select app_id from app_overview where is_scored order by risk_score desc, display_name limit 3)""",
    )
    shown = {
        (row[0], row[3], " ".join(row[4].split()), row[5])
        for table in reading.tables
        if table.caption.startswith("Why it has")
        for row in table.rows
    }
    assert shown == {(points, title, f"{evidence}{why}", todo) for points, title, evidence, why, todo in factors}
    assert f"And 13 more; {MORE}." in reading.text


def test_changes_and_seats_stand_with_their_evidence(story: Path, reading: Reading) -> None:
    """Each change of the last days and each person's seat has its row."""
    changes = rows(story, f"select what from permission_change where changed_at >= '{A_DAY_OF_CHANGES}'")
    assert sorted(row[1] for row in reading.table("What matters most").rows) == sorted(what for (what,) in changes)
    seats = rows(story, "select evidence, removal_effect from reclaim_candidate")
    assert sorted((row[2], row[3]) for row in reading.table("Who, and on").rows) == sorted(seats)


def test_the_time_of_changes_can_be_chosen(story: Path) -> None:
    """`--since` and `--days` show what changed since then, and nothing older."""
    for choice in (Choice(since=datetime(2026, 2, 1, tzinfo=UTC)), Choice(days=60)):
        assert len(read(story, choice).table("What matters most").rows) == 13
    assert "Nothing changed about apps." in read(story, Choice(days=1)).text


def test_unknown_never_looks_like_zero(two: Path) -> None:
    """Of a tenant without a licence, neither unused apps nor seats are counted as none: they are not known."""
    reading = read(two, Choice(tenant_ids=(BLIND,)))
    assert "needs Microsoft Entra ID P1 or P2" in reading.text[: reading.text.index("16 apps of Blindholm")]
    assert "0 apps were used since 1 March 2026, 0 were not, and of 16 nobody can tell" in reading.text
    assert "How many seats could be freed is not known" in reading.text
    assert "That is not to say that there is none." in reading.text
    assert "0 seats" not in reading.text
    assert "No seat is known" not in reading.text


def test_changes_without_audits_are_not_called_none(story: Path, tmp_path: Path) -> None:
    """Where audits could not be read, no change that is known of does not mean that there was none."""
    file = tmp_path / "consentry.duckdb"
    write(file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("delete from marts.permission_change")
        connection.execute(
            "update marts.coverage set known_from = null, what_is_missing = 'denied' where collection = 'directory_audits'"
        )
    text = read(file).text
    assert "no change is known of, but not everything would be" in text
    assert "none known" in text
    assert "Nothing changed" not in text


def test_several_tenants_have_a_part_each(two: Path) -> None:
    """All tenants of the file stand on the page, and no figure mixes them."""
    text = read(two).text
    assert "16 apps of Woodgrove" in text
    assert "16 apps of Blindholm" in text
    ids = re.findall(r'id="([^"]+)"', told(two))
    assert len(ids) == len(set(ids))


def test_queries_that_are_shown_give_what_is_shown(story: Path, reading: Reading) -> None:
    """Each query runs as it stands on the page, and the one of the bands gives the bands."""
    answers = {code: rows(story, code) for code in reading.code}
    assert len(answers) >= 12
    [bands] = [answer for code, answer in answers.items() if "group by risk_band" in code]
    assert [row[:2] for row in bands] == [("critical", 2), ("high", 2), ("medium", 3), ("low", 9)]


def test_the_page_needs_nothing_from_elsewhere(story: Path, reading: Reading) -> None:
    """No script, no frame, no style or picture from outside; links lead only to places on the page, which are there."""
    names = {tag for tag, _ in reading.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "video", "audio", "use"}
    places = {attributes["id"] for _, attributes in reading.tags if "id" in attributes}
    for _, attributes in reading.tags:
        assert not {
            name for name in attributes if name.startswith("on") or name in {"src", "srcset", "xlink:href", "style"}
        }
        assert attributes.get("href") is None or str(attributes["href"]).removeprefix("#") in places
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_can_be_read_without_eyes(reading: Reading) -> None:
    """It has a language, headings that skip no level, captions and scopes in tables, and pictures that say what they show."""
    assert ("html", {"lang": "en"}) in reading.tags
    levels = [level for level, _ in reading.headings]
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    assert all(table.caption and all(table.headings) for table in reading.tables)
    assert all(attributes.get("scope") for tag, attributes in reading.tags if tag == "th")
    pictures = [attributes for tag, attributes in reading.tags if tag == "svg"]
    assert len(pictures) >= 4
    assert all(picture["role"] == "img" and picture["aria-labelledby"] for picture in pictures)


def test_names_do_nothing(hostile: Path) -> None:
    """Whatever an app, a person or a department is called stands on the page as text, and makes no tag of its own."""
    html = told(hostile)
    reading = Reading(html)
    assert reading.open == []
    assert not {"script", "img"} & {tag for tag, _ in reading.tags}
    text = "".join(reading.words)
    assert all(name in text for name in HOSTILE if "evil" in name or "alert" in name or "7 * 7" in name)


def test_people_can_be_left_out(story: Path) -> None:
    """Without people no name, address or id of anybody is on the page, and what was left out is said."""
    html = told(story, Choice(days=90, top=100, with_people=False))
    people = rows(story, "select display_name, user_principal_name from dim_user")
    for person, address in people:
        assert not re.search(rf"\b{person}\b", html)
        assert str(address) not in html
    assert "woodgrove.example" not in html
    assert "may name people; left out" in html
    assert "Who they are is left out of this report." in html
    with_people = told(story, Choice(days=90, top=100))
    assert all(re.search(rf"\b{person}\b", with_people) for person in ("Ben", "Hana", "Finn"))


def test_an_app_named_like_a_person_names_nobody(story: Path, tmp_path: Path) -> None:
    """Where people are left out, so is the name that an app took from one."""
    file = tmp_path / "consentry.duckdb"
    write(file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("update marts.app_overview set display_name = 'Hana Haas' where app_id = 'app-figma'")
        connection.execute("update marts.dim_app set display_name = 'Hana Haas' where app_id = 'app-figma'")
        connection.execute(
            "update marts.app_risk_factor set rule_id = 'name_of_a_person', evidence = 'Named like hana' where app_id = 'app-figma' and rule_id = 'no_homepage'"
        )
    html = told(file, Choice(top=100, with_people=False))
    assert "Hana" not in html
    assert "(named like a person)" in html
    assert "Hana Haas" in told(file, Choice(top=100))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_contrast(scheme: str) -> None:
    """Text stands out from what is behind it by at least 4.5 to 1, and shapes from the page by 3 to 1."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[0] + (blocks[1] if scheme == "dark" else "")))
    texts = [
        ("text", "page"),
        ("soft", "page"),
        ("link", "page"),
        ("text", "panel"),
        ("soft", "panel"),
        ("warn-text", "warn"),
    ]
    texts += [("on-band", band) for band in ("critical", "high", "medium", "low")]
    texts += [("on-shade", "shade1"), ("on-shade", "shade2"), ("on-dark-shade", "shade3"), ("on-dark-shade", "shade4")]
    assert [pair for pair in texts if contrast(*(colours[name] for name in pair)) < 4.5] == []
    shapes = [("used", "page"), ("unknown", "page"), ("grants", "page"), ("seats", "page")]
    assert [pair for pair in shapes if contrast(*(colours[name] for name in pair)) < 3] == []


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG counts it, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
