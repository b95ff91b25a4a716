"""An erasure that ends halfway is finished by whoever writes next, and nothing is published meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import BuildFailed, SettingsError, WarehouseError
from pipelines.settings import Home
from pipelines.warehouse import erase
from pipelines.warehouse.database import opened
from pipelines.warehouse.load import Loader
from pipelines.warehouse.lock import writing
from pipelines.warehouse.publish import publish
from tests.test_privacy import holding

TENANT = "11111111-1111-4111-8111-111111111111"
ADELE = "22222222-2222-4222-8222-222222222222"
TRACES = {ADELE.encode(), b"wynterbourne"}
SPILLED = ("warehouse.duckdb.tmp/block", "consentry.duckdb.tmp/block", "warehouse.rewritten.tmp.spill/block")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A warehouse that holds one person, and what killed runs moved out of memory."""
    home = Home(tmp_path / "home")
    with writing(home.warehouse, "a test"), Loader.on(home) as loader:
        loader.connection.execute(
            "insert into raw.users (tenant_id, id, display_name, user_principal_name) values ($1, $2, 'Adele Wynterbourne', 'adele.wynterbourne@contoso.example')",
            [TENANT, ADELE],
        )
    for name in (*SPILLED, "warehouse.rewritten.tmp"):
        (home.path / name).parent.mkdir(exist_ok=True)
        (home.path / name).write_bytes(b"Adele Wynterbourne")
    return home


def test_a_half_done_erasure_is_finished(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at the build: what is left is not published, also when asked for, and the next one does all of the rest."""

    def die(_: Home) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(erase, "_rewrite", die)
    with pytest.raises(KeyboardInterrupt):
        erase.erase(home, erase.found(home, ADELE))
    assert home.erasing.exists()
    with pytest.raises(BuildFailed, match="was not finished"):
        publish(home, "run-1")
    monkeypatch.undo()
    done: list[str] = []
    monkeypatch.setattr(erase, "build", lambda _: done.append("build"))
    monkeypatch.setattr(erase, "publish", lambda *_: done.append("publish"))
    assert erase.resume(home)
    assert done == ["build", "publish"]
    assert holding(home.path, TRACES) == {}
    assert not home.erasing.exists()
    assert not erase.resume(home)


def test_what_would_refuse_to_build_refuses_first(home: Home, tmp_path: Path) -> None:
    """A list of apps that is none is told of while the person is still there."""
    wrong = tmp_path / "list.csv"
    wrong.write_text("nothing\n", encoding="utf-8")
    person = erase.found(home, ADELE)
    with pytest.raises(SettingsError, match="lacks app_id"):
        erase.erase(Home(home.path, watchlist=wrong), person)
    assert not home.erasing.exists()
    assert erase.found(home, ADELE) == person


def test_who_is_left_in_lists_and_facts_only_is_found(home: Home) -> None:
    """By the id, which is all that is left of them; that of an app or a group is nobody's."""
    ids = {name: f"33333333-3333-4333-8333-33333333333{number}" for number, name in enumerate(("grant", "fact", "app"))}
    with opened(home.warehouse) as connection:
        grant = "insert into raw.oauth2_permission_grants (tenant_id, id, principal_id) values ($1, 'grant', $2)"
        connection.execute(grant, [TENANT, ids["grant"]])
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_app_user_day (tenant_id text, principal_id text, principal_type text)"
        )
        for name, kind in (("fact", "user"), ("app", "service_principal"), ("unknown", "user")):
            values = [TENANT, ids.get(name, name), kind]
            connection.execute("insert into marts.fct_app_user_day values ($1, $2, $3)", values)
    for name in ("grant", "fact"):
        assert erase.found(home, ids[name]).told == (ids[name],)
    for who in (ids["app"], "unknown"):
        with pytest.raises(WarehouseError, match="holds nobody"):
            erase.found(home, who)
