"""`consentry erase` and `consentry reveal`, as a person types them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelines.entra.collections import named
from pipelines.pseudonyms import Pseudonyms
from pipelines.settings import Home, Privacy
from pipelines.warehouse import pseudonym_key
from pipelines.warehouse.load import Loader
from simulator import Server
from tests.cli.conftest import Person
from tests.collecting import Job
from tests.odd_tenant import users

KEY = bytes(range(32))


def collected(person: Person, server: Server) -> Home:
    """The people of the tenant, pseudonymised, in the person's own folder."""
    home = Home(person.home, privacy=Privacy(KEY))
    with Loader.on(home) as loader:
        pseudonym_key.insist(loader.connection, home)
    Job.on(server, home).run(named("users"))
    return home


def test_a_pseudonym_is_revealed_to_who_has_the_key(person: Person, shared_server: Server, tmp_path: Path) -> None:
    """Id, address and name; not without the key, not with another one, and not for an id that nobody has."""
    home = collected(person, shared_server)
    user, names = users(shared_server.tenant)[0], Pseudonyms(KEY)
    upn, name = str(user.row["userPrincipalName"]), str(user.row["displayName"])
    keyed = replace(person, settings={"CONSENTRY_PSEUDONYM_KEY": KEY.hex()})
    [id_] = names.ids([user.id])
    assert Job.on(shared_server, home).query(f"select count(*) from raw.users where id = '{id_}'") == [(1,)]
    told = keyed.types("reveal", id_)
    assert told.code == 0, told
    assert told.out.splitlines() == [
        f"id: {user.id}",
        f"user principal name: {upn.casefold()}",
        f"display name: {name.casefold()}",
    ]
    assert keyed.types("reveal", names.name(upn)).out.strip() == f"address: {upn.casefold()}"
    assert "holds no person" in keyed.fails("reveal", user.id)
    assert "Only the key turns a pseudonym back" in replace(person, settings={}).errs("reveal", id_)
    other = replace(person, settings={"CONSENTRY_PSEUDONYM_KEY": KEY[::-1].hex()})
    assert "pseudonymised with another key" in other.errs("reveal", id_)


def test_an_erasure_asks_first(person: Person, shared_server: Server) -> None:
    """Without a yes nothing is erased; a name that nobody has is refused, and so is a folder without a warehouse."""
    assert "There is no warehouse" in person.fails("erase", "somebody@contoso.example")
    home = Home(person.home)
    job = Job.on(shared_server, home)
    job.run(named("users"))
    before = job.query("select id from raw.users order by 1")
    assert "holds nobody with that id" in person.fails("erase", "nobody@contoso.example", "--yes")
    said = person.types("erase", before[0][0])  # nobody is there to answer
    assert said.code != 0
    assert "Erase this person for good?" in said.out
    assert job.query("select id from raw.users order by 1") == before
