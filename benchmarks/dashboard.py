"""The dashboard on a large published file: how long each page takes, and how large it is."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import requests

from benchmarks.report import Section, Verdict
from tests.dashboard.files import NOW, WOODGROVE, write
from tests.dashboard.serving import served

TENANT: Final = "d0000000-0000-0000-0000-000000000004"
SLOWEST: Final = 5.0
"""Seconds that a page may take; people wait that long for a search, and not longer."""

FATTEST: Final = 300.0
"""Kilobytes of a page."""

APPS_OF_A_PERSON: Final = 8

LARGE: Final = """
create macro app_number(person, choice) as floor({apps} * pow(hash(person * 8 + choice) % 1000003 / 1000003.0, 3))::bigint;
insert into marts.app_overview by name select '{tenant}' as tenant_id, 'app-' || i as app_id, 'App ' || i as display_name,
    i % 3000 as active_users, (i * 7) % 101 as risk_score, case when i % 5 = 0 then 'unknown' else 'used' end as usage_state,
    one.* exclude (tenant_id, app_id, display_name, active_users, risk_score, usage_state)
from (from marts.app_overview where app_id = 'app-figma') as one, range({apps}) as numbers(i);
insert into marts.app_usage by name select '{tenant}' as tenant_id, 'app-' || i as app_id, one.* exclude (tenant_id, app_id)
from (from marts.app_usage where app_id = 'app-figma') as one, range({apps}) as numbers(i);
insert into marts.app_risk by name select '{tenant}' as tenant_id, 'app-' || i as app_id, one.* exclude (tenant_id, app_id)
from (from marts.app_risk where app_id = 'app-figma') as one, range({apps}) as numbers(i);
insert into marts.dim_app by name select '{tenant}' as tenant_id, 'app-' || i as app_id, 'App ' || i as display_name,
    one.* exclude (tenant_id, app_id, display_name)
from (from marts.dim_app where app_id = 'app-figma') as one, range({apps}) as numbers(i);
insert into marts.dim_user by name select '{tenant}' as tenant_id, md5('person-' || i) as user_id, 'Person ' || i as display_name,
    'person' || i || '@large.example' as user_principal_name, one.* exclude (tenant_id, user_id, display_name, user_principal_name)
from (from marts.dim_user where user_id = 'ben') as one, range({people}) as numbers(i);
insert into marts.app_user_usage by name select distinct on (app_id, user_id) '{tenant}' as tenant_id, 'app-' || app_number(i, k) as app_id,
    md5('person-' || i) as user_id, one.* exclude (tenant_id, app_id, user_id)
from (from marts.app_user_usage where app_id = 'app-zendesk' and user_id = 'ben') as one, range({people}) as numbers(i), range({each}) as choices(k);
insert into marts.user_exposure by name select distinct on (app_id, user_id) '{tenant}' as tenant_id, 'app-' || app_number(i, k) as app_id,
    md5('person-' || i) as user_id, case when k = 0 and i % 5 = 0 then 'own_consent' else 'tenant_wide_consent' end as through,
    one.* exclude (tenant_id, app_id, user_id, through)
from (from marts.user_exposure where app_id = 'app-figma' and user_id = 'cleo') as one, range({people}) as numbers(i), range({each}) as choices(k);
insert into marts.fct_app_day by name select '{tenant}' as tenant_id, 'app-' || i as app_id, date '2026-03-31' - d::integer as sign_in_date,
    one.* exclude (tenant_id, app_id, sign_in_date)
from (from marts.fct_app_day where app_id = 'app-zendesk' limit 1) as one, range({apps}) as numbers(i), range(60) as days(d);
insert into marts.coverage by name select '{tenant}' as tenant_id, one.* exclude (tenant_id) from marts.coverage as one where tenant_id = '{woodgrove}';
"""
"""A tenant made from the golden story's rows: some apps have far more people than others."""


@dataclass(frozen=True)
class Visited:
    """A page that was asked for several times.

    Attributes:
        what: the page.
        seconds: the middle of the times.
        kilobytes: its size, not compressed.
    """

    what: str
    seconds: float
    kilobytes: float


def pages(person: str) -> dict[str, str]:
    """Return what is measured, and its address."""
    return {
        "overview": "?",
        "apps": "apps?",
        "apps, searched": "apps?q=app+1234&",
        "the app with the most people": "app?id=app-0&",
        "people": "people?",
        "people, searched": "people?q=person4711&",
        "one person": f"person?id={person}&",
        "reclaim": "reclaim?",
        "changes": "changes?",
        "coverage": "coverage?",
    }


def measure(apps: int, people: int, repetitions: int) -> Section:
    """Measure each page.

    Args:
        apps: how many the tenant has.
        people: how many.
        repetitions: how often each page is asked for.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "consentry.duckdb"
        rows, person = _fill(file, apps, people)
        with served(file, NOW) as site:
            visited = [_visit(what, site + address, repetitions) for what, address in pages(person).items()]
    slowest, fattest = max(page.seconds for page in visited), max(page.kilobytes for page in visited)
    return Section(
        "The dashboard",
        f"A published file with {apps:,} apps, {people:,} people and {rows:,} pairs of app and person: how long each page of "
        f"`consentry dashboard` takes from request to last byte (the middle of {repetitions}), and how large it is. Nothing is kept between two requests.",
        ("page", "seconds", "kB"),
        [(page.what, f"{page.seconds:.2f}", f"{page.kilobytes:.0f}") for page in visited],
        [Verdict("the slowest page", slowest, SLOWEST, "s"), Verdict("the largest page", fattest, FATTEST, "kB")],
    )


def _fill(file: Path, apps: int, people: int) -> tuple[int, str]:
    """Write the file. Return how many pairs of app and person it has, and the id of one person."""
    write(file)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            LARGE.format(tenant=TENANT, woodgrove=WOODGROVE, apps=apps, people=people, each=APPS_OF_A_PERSON)
        )
        found = connection.execute(
            "select count(*), max(user_id) from marts.app_user_usage where tenant_id = $1", [TENANT]
        ).fetchall()
    return int(found[0][0]), str(found[0][1])


def _visit(what: str, address: str, repetitions: int) -> Visited:
    times, size = [], 0
    for _ in range(repetitions):
        begun = time.perf_counter()
        answer = requests.get(f"{address}tenant={TENANT}", timeout=120)
        times.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.text
        size = len(answer.content)
    return Visited(what, statistics.median(times), size / 1000)
