"""Complaints: whatever is wrong, a person reads one clear sentence, and the exit code tells a script."""

from __future__ import annotations

import os
import re
from typing import Final

import pytest

from pipelines import cli
from pipelines.warehouse.lock import writing
from tests.cli.conftest import Person

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
NOWHERE: Final = "https://127.0.0.1:9"


def test_missing_settings_are_listed(stranger: Person) -> None:
    """Without settings, every one that is missing is named with what it should be; a .env file counts."""
    said = stranger.errs("check")
    names = ("CONSENTRY_TENANT_ID", "CONSENTRY_CLIENT_ID", "CONSENTRY_CLIENT_SECRET")
    assert all(name in said for name in names)
    (stranger.folder / ".env").write_text(f"CONSENTRY_TENANT_ID={NOBODY}\n")
    assert [name in stranger.errs("sync") for name in names] == [False, True, True]


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--scope", "some"),
        ("sync", "--quickly"),
        ("synch",),
        ("sql",),
        ("sql", "--cvs"),
        ("sql", "select 1", "--cvs"),
    ],
)
def test_bad_usage_is_told_as_such(stranger: Person, words: tuple[str, ...]) -> None:
    """An unknown option, value or verb and a missing argument end with 2 and the way to the help."""
    assert "--help" in stranger.errs(*words)


def test_wrong_credentials_name_their_setting(person: Person) -> None:
    """Entra's code and the setting to correct are told, and the secret is not."""
    assert "CONSENTRY_CLIENT_SECRET" in person.fails("check", CONSENTRY_CLIENT_SECRET="wrong~but~secret")
    assert "CONSENTRY_TENANT_ID" in person.fails("check", CONSENTRY_TENANT_ID=NOBODY)


@pytest.mark.parametrize("which", ["CONSENTRY_AUTHORITY_URL", "CONSENTRY_GRAPH_URL"])
def test_an_address_where_nobody_listens_is_named(person: Person, which: str) -> None:
    """The sentence holds the address and its setting."""
    said = person.fails("check", **{which: NOWHERE})
    assert NOWHERE in said
    assert which in said


def test_a_certificate_that_is_not_trusted_is_named(person: Person) -> None:
    """Where the authority's certificate is signed by somebody unknown, the setting for that is told."""
    assert "is not trusted; set CONSENTRY_CA_FILE" in person.fails("check", CONSENTRY_CA_FILE="")


def test_other_programs_certificate_settings_do_not_matter(person: Person) -> None:
    """A nonsense REQUESTS_CA_BUNDLE leaves CONSENTRY_CA_FILE in force; without one, the nonsense itself is named."""
    nonsense = str(person.folder / "no-such-bundle.pem")
    said = person.types("check", REQUESTS_CA_BUNDLE=nonsense, CURL_CA_BUNDLE=nonsense)
    assert (said.code, said.err) == (3, "")  # its clock stands still, which a check does not call fine
    assert nonsense in person.fails("check", REQUESTS_CA_BUNDLE=nonsense, CONSENTRY_CA_FILE="")


def test_a_warehouse_in_use_is_told(person: Person) -> None:
    """A second writer ends at once, and is told who the first one is."""
    with writing(person.home / "warehouse.duckdb", "consentry build"):
        assert f"`consentry build` (process {os.getpid()}, since " in person.fails("sync")


def test_a_damaged_warehouse_is_told_and_left_alone(person: Person) -> None:
    """Neither `sync` nor `build` touches a file that is no database; both name it."""
    person.home.mkdir()
    file = person.home / "warehouse.duckdb"
    file.write_bytes(b"not a database" * 1000)
    for verb in ("sync", "build"):
        assert f"{file} is damaged or not a DuckDB database" in person.fails(verb)
    assert file.read_bytes() == b"not a database" * 1000


def test_what_is_not_there_yet_is_told_with_the_next_step(stranger: Person) -> None:
    """Before the first sync, each verb that needs its result says so."""
    assert re.search(r"There is no warehouse at .* run `\S*consentry sync`", stranger.fails("build"))
    for words in (("sql", "select 1"), ("summary",)):
        assert re.search(r"Nothing is published at .* run `consentry sync`", stranger.fails(*words))
    assert not stranger.home.exists()


def test_a_folder_that_cannot_be_written_is_named(person: Person) -> None:
    """Where CONSENTRY_HOME is a file, the sentence names it."""
    file = person.folder / "taken"
    file.write_text("")
    assert str(file) in person.fails("sync", CONSENTRY_HOME=str(file))


def test_a_setting_that_is_none_is_told_by_each_verb(stranger: Person) -> None:
    """A misspelt name would silently do nothing; the likely one is named."""
    for words in (("sync",), ("summary",)):
        assert "did you mean CONSENTRY_HOME?" in stranger.errs(*words, CONSENTRY_HOM="elsewhere")


def test_the_unforeseen_has_a_file_whatever_the_settings(stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even the settings cannot be read, the details are kept in the usual folder, and a sentence names the file."""
    monkeypatch.chdir(stranger.folder)
    monkeypatch.setenv("CONSENTRY_HOM", "elsewhere")
    assert str(stranger.home / "fault.log") in cli._unforeseen(RuntimeError("boom"))
    assert "boom" in (stranger.home / "fault.log").read_text()
