"""One person is erased: from every file, for good, and nobody else's figures change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from flows import steps
from pipelines import settings
from pipelines.entra.collections import COLLECTIONS
from pipelines.errors import WarehouseError
from pipelines.pseudonyms import Pseudonyms
from pipelines.settings import Home, Privacy
from pipelines.warehouse import erase
from pipelines.warehouse.lock import writing
from simulator import Server, User, serve
from tests.collecting import Job
from tests.odd_tenant import users
from tests.parsed import lend
from tests.test_privacy import KEY, holding, rows, woodgrove

WORDS = (b"adele wynterbourne", b"wynterbourne")


@dataclass(frozen=True)
class Forgotten:
    """A tenant of which somebody was erased.

    Attributes:
        server: the tenant.
        home: the folder.
        adele: who.
        before: the figures of everybody before.
        did: what the erasure did.
    """

    server: Server
    home: Home
    adele: User
    before: dict[str, list[Any]]
    did: erase.Erased


@pytest.fixture(scope="module", params=["plain", "pseudonymous"])
def forgotten(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forgotten]:
    """A sync, then the erasure, of people kept by their names and by pseudonyms."""
    folder = tmp_path_factory.mktemp(request.param) / "home"
    home = Home(folder, publish_to=str(folder / "parquet"))
    if request.param == "pseudonymous":
        home = replace(home, privacy=Privacy(KEY))
    lend(home)
    with serve(woodgrove()) as server:
        sync(server, home)
        adele = users(server.tenant)[0]
        before = figures(home)
        with writing(home.warehouse, "a test"):
            did = erase.erase(home, erase.found(home, str(adele.row["userPrincipalName"]).upper()))
        yield Forgotten(server, home, adele, before, did)


def sync(server: Server, home: Home) -> None:
    """Bring the warehouse up to date."""
    steps.sync(steps.Plan([settings.tenant(server.settings)], home))


def figures(home: Home) -> dict[str, list[Any]]:
    """What the marts say of people and apps."""
    return {
        "people": rows(home, "select user_id, user_principal_name, last_sign_in_at from dim_user order by all"),
        "days": rows(home, "select app_id, principal_id, sign_in_date, successes from fct_app_user_day order by all"),
        "apps": rows(
            home,
            "select app_id, sign_in_kind, sign_in_date, sum(sign_ins), sum(successes), sum(failures) from fct_app_user_day group by all order by all",
        ),
        "states": rows(home, "select app_id, usage_state from app_usage order by all"),
    }


def kept_id(forgotten: Forgotten) -> str:
    """The person's id as the warehouse kept it."""
    key = forgotten.home.privacy.key()
    return Pseudonyms(key).ids([forgotten.adele.id])[0] if key else forgotten.adele.id


def traces(forgotten: Forgotten) -> set[bytes]:
    """What may stand in no file: id, address and name, and the pseudonyms of them."""
    told = [forgotten.adele.id, str(forgotten.adele.row["userPrincipalName"])]
    key = forgotten.home.privacy.key()
    kept = (
        [kept_id(forgotten), *(Pseudonyms(key).name(name) for name in (told[1], "Adele Wynterbourne"))] if key else []
    )
    return {text.encode() for text in (*told, *kept)} | set(WORDS)


def test_no_file_holds_the_person(forgotten: Forgotten) -> None:
    """Not the freed blocks of the warehouse, nor the published file, dlt's and dbt's folders: looked for byte by byte."""
    assert {"users", "group_members", "oauth2_permission_grants"} <= forgotten.did.deleted.keys()
    assert {"sign_ins", "directory_audits"} <= forgotten.did.emptied.keys()
    assert holding(forgotten.home.path, traces(forgotten)) == {}


def test_others_and_the_use_of_apps_stay(forgotten: Forgotten) -> None:
    """Other people's rows are as before, and each app counts what it counted: what the person did is nobody's now."""
    after, gone = figures(forgotten.home), kept_id(forgotten)
    for name in ("people", "days"):
        others = [row for row in forgotten.before[name] if gone not in row]
        assert [row for row in after[name] if "unknown" not in row] == others
        assert len(others) < len(forgotten.before[name])
    for name in ("apps", "states"):
        assert after[name] == forgotten.before[name]


def test_the_person_does_not_come_back(forgotten: Forgotten) -> None:
    """Graph still lists them, tells of them again when they change and when everything is read anew; the counts agree."""
    job = Job.on(forgotten.server, forgotten.home)
    forgotten.adele.update(department="Elsewhere")
    forgotten.server.tenant.clock.advance(timedelta(hours=1))
    for link in ("link", "null"):
        with duckdb.connect(str(forgotten.home.warehouse)) as connection:
            connection.execute(f"update raw.sync_cursors set link = {link}")
            connection.execute("delete from raw.sync_windows")
        assert all(outcome.is_complete for outcome in job.run(*COLLECTIONS).values())
        assert holding(forgotten.home.path, traces(forgotten)) == {}
    with duckdb.connect(str(forgotten.home.warehouse), read_only=True) as connection:
        counts = connection.execute("select collection, graph_count, held_count from raw.sync_cursors").fetchall()
        assert {name: graph for name, graph, _ in counts} == {name: held for name, _, held in counts}
        assert connection.execute("select count(*) from raw.users where _deleted_at is null").fetchall() == [(3,)]


def test_who_is_not_there_cannot_be_erased(forgotten: Forgotten) -> None:
    """A name that nobody has is refused, also that of who was erased."""
    for who in ("nobody@contoso.example", forgotten.adele.id):
        with pytest.raises(WarehouseError, match="holds nobody with that id"):
            erase.found(forgotten.home, who)
