"""A whole sync with people pseudonymised, without addresses and places: no file holds a name, and the answers are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import steps
from pipelines import settings
from pipelines.entra.collections import named
from pipelines.errors import SettingsError
from pipelines.pseudonyms import Pseudonyms
from pipelines.settings import Home, Privacy
from simulator import EVERYONE, Server, Tenant, serve
from tests.collecting import Job
from tests.odd_tenant import NOW, users
from tests.parsed import lend

KEY = bytes(range(32))
SPARING = Privacy(KEY, "drop", "drop")
TELLING = ("id", "userPrincipalName", "mail", "displayName", "surname", "employeeId", "mobilePhone", "jobTitle")


def woodgrove() -> Tenant:
    """People who use apps, own them, hold roles and consented, and an app that is called like one of them."""
    tenant = Tenant(NOW)
    names = ("Adele Wynterbourne", "Bodil Quixley", "Cosmo Zabriskie", "Delphine Okonkwo-Reyes")
    people = [tenant.user(name=name, job_title=f"Chief of {name}", mobilePhone="+49 30 90182") for name in names]
    tenant.group("Finance", members=people[:3]).owned_by(people[0])
    mailer = tenant.app("Payroll")
    mailer.granted("Mail.Read", "offline_access", by=people[0], days_ago=3)
    mailer.granted("User.Read", to=EVERYONE, by=people[1], days_ago=2)
    mailer.assigned(*people).added(by=people[0], days_ago=9).owned_by(people[2])
    own = tenant.app("Adele Wynterbourne", own=True, secret_ends_in_days=90)
    own.update(notes=f"ask {people[0].row['userPrincipalName']}")
    own.holds("User.Read.All", by=people[3], days_ago=5)
    own.owned_by(people[1]).holds_role("Directory Readers")
    people[0].holds_role("Global Reader")
    for number, person in enumerate(people):
        mailer.signed_in(person, days_ago=number + 1 / 3)
        mailer.signed_in(person, days_ago=number / 7 + 1e-7, kind="nonInteractiveUser")
        own.signed_in(days_ago=number + 0.7)
    return tenant


@dataclass(frozen=True)
class Both:
    """The same tenant, kept in two ways.

    Attributes:
        server: the tenant.
        plain: with everything.
        sparing: with pseudonyms, without addresses and places.
    """

    server: Server
    plain: Home
    sparing: Home


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Two syncs; they take a while."""
    folder = tmp_path_factory.mktemp("privacy")
    homes = Home(folder / "plain"), Home(folder / "sparing", privacy=SPARING)
    with serve(woodgrove()) as server:
        for home in homes:
            lend(home)
            steps.sync(steps.Plan([settings.tenant(server.settings)], home))
        yield Both(server, *homes)


def secrets_of(server: Server) -> set[bytes]:
    """What no file may hold: what the directory says of each person, long enough not to be there by chance."""
    told = {str(user.row.get(name) or "") for user in users(server.tenant) for name in TELLING}
    words = {word for user in users(server.tenant) for word in str(user.row["displayName"]).split() if len(word) > 5}
    return {text.encode() for text in told | words if len(text) > 5}


def holding(folder: Path, secrets: set[bytes]) -> dict[str, list[bytes]]:
    """The files that hold any of them, in whatever case."""
    lowered = {secret.lower() for secret in secrets}
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            if told := [secret for secret in lowered if secret in content]:
                found[path.name] = told
    return found


def rows(home: Home, query: str) -> list[Any]:
    """The rows of a query of the published file."""
    with duckdb.connect(str(home.published), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'; set search_path = 'marts'")
        return connection.execute(query).fetchall()


def test_no_file_holds_a_person(both: Both) -> None:
    """Neither ids nor names, phones or titles, in the warehouse, the published file, logs or what lies beside them."""
    secrets = secrets_of(both.server)
    assert len(secrets) > 15
    assert {"warehouse.duckdb", "consentry.duckdb"} <= holding(both.plain.path, secrets).keys()
    assert holding(both.sparing.path, secrets) == {}


def test_no_address_and_no_place_is_kept(both: Both) -> None:
    """In no column of the logs, whatever it is called; where nothing is set, they are there."""
    query = "select count(ip_address), count(location__country_or_region), count(location__city) from raw.sign_ins"
    for home, expected in ((both.plain, True), (both.sparing, False)):
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            assert all(bool(count) is expected for count in connection.execute(query).fetchall()[0])
            text = str(connection.execute("select * from raw.sign_ins").fetchall())
            text += str(connection.execute("select * from raw.directory_audits").fetchall())
        assert any(network in text for network in ("192.0.2.", "203.0.113.", "198.51.100.", "2001:db8:")) is expected


def test_answers_are_the_same_for_pseudonyms(both: Both) -> None:
    """Who uses what, who may reach what, and every app's risk and use: but for names the marts do not differ."""
    names = Pseudonyms(KEY)
    usage = "select app_id, user_id, usage_state, active_days_30, is_assigned, successes from app_user_usage"
    plain = {(app, names.ids([user])[0], *more) for app, user, *more in rows(both.plain, usage)}
    assert plain
    assert set(rows(both.sparing, usage)) == plain
    figures = "select app_id, usage_state, usage_level, risk_score, risk_band, delegated_permissions from app_overview order by all"
    assert rows(both.sparing, figures) == rows(both.plain, figures)
    people = "select user_id, user_principal_name, display_name, mail, department from dim_user"
    told = {
        (names.ids([id_])[0], names.name(upn), names.name(name), mail and names.name(mail), department)
        for id_, upn, name, mail, department in rows(both.plain, people)
    }
    assert set(rows(both.sparing, people)) == told


def test_an_app_that_is_called_like_a_person_is_seen(both: Both) -> None:
    """The rule compares pseudonyms; its evidence names one, and the app has no other name."""
    query = "select app_id, evidence from app_risk_factor where rule_id = 'name_of_a_person'"
    [(app_id, evidence)] = rows(both.sparing, query)
    assert [app_id] == [row[0] for row in rows(both.plain, query)]
    assert "@pseudonym.invalid" in evidence
    [(name,)] = rows(both.sparing, f"select display_name from dim_app where app_id = '{app_id}'")
    assert name == Pseudonyms(KEY).name("Adele Wynterbourne")


def test_what_countries_would_tell_is_unknown(both: Both) -> None:
    """Without countries the scores rest on less, and say so."""
    query = "select distinct missing_evidence like '%locations%' from app_risk"
    assert rows(both.sparing, query) == [(True,)]
    assert rows(both.plain, query) in ([(None,)], [(False,)])


def test_a_warehouse_has_one_way_to_name_people(both: Both) -> None:
    """Pseudonyms are refused over names, names over pseudonyms, and another key over the one there is; nothing is read."""
    tenant = settings.tenant(both.server.settings)
    for home, why in (
        (Home(both.plain.path, privacy=SPARING), "holds people by their names"),
        (Home(both.sparing.path), "are pseudonymised. Set"),
        (Home(both.sparing.path, privacy=Privacy(KEY[::-1])), "pseudonymised with another key"),
    ):
        with pytest.raises(SettingsError, match=why):
            steps.sync(steps.Plan([tenant], home))
    for home in (both.plain, both.sparing):
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            assert connection.execute("select count(distinct run_id) from raw.sync_outcomes").fetchall() == [(1,)]


def test_changes_find_whom_they_change(tmp_path: Path) -> None:
    """A person who is renamed, one who joins and one who leaves are followed by changes, and the counts agree with Graph's."""
    home = Home(tmp_path / "home", privacy=SPARING)
    with serve(woodgrove()) as server:
        job = Job.on(server, home)
        read = (named("users"), named("oauth2_permission_grants"))
        job.run(*read)
        [adele, bodil, *_] = users(server.tenant)
        adele.update(department="Renamed")
        server.tenant.user(name="Newcomer Ashgrove")
        bodil.soft_delete()
        server.tenant.clock.advance(timedelta(hours=1))
        outcomes = job.run(*read)
        assert all(outcome.is_complete for outcome in outcomes.values())
        names = Pseudonyms(KEY)
        [[department]] = job.query(f"select department from raw.users where id = '{names.ids([adele.id])[0]}'")
        assert department == "Renamed"
        gone = job.query("select id from raw.users where _deleted_at is not null")
        assert gone == [(names.ids([bodil.id])[0],)]
        counts = job.query("select collection, graph_count, held_count from raw.sync_cursors")
        assert len(counts) == 2
        assert all(graph == held for _, graph, held in counts)
        assert holding(home.path, secrets_of(server) | {b"Newcomer Ashgrove"}) == {}
