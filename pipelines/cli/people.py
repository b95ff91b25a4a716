"""The verbs about one person: erase them, and say whom a pseudonym stands for."""

from __future__ import annotations

import typer

from pipelines.cli.console import say
from pipelines.errors import SettingsError
from pipelines.settings import Home
from pipelines.settings.privacy import KEY
from pipelines.warehouse import erase, people, pseudonym_key
from pipelines.warehouse.database import opened
from pipelines.warehouse.lock import writing


def erase_person(home: Home, who: str, *, confirmed: bool) -> None:
    """Erase a person, and say what was done.

    Raises:
        WarehouseError: nobody is called so, or a file cannot be written.
    """
    with writing(home.warehouse, "consentry erase"):
        if erase.resume(home):
            say("An erasure that had been interrupted is finished now.")
        person = erase.found(home, who)
        say(f"{who} is {person.id} of tenant {person.tenant_id}.")
        if not confirmed and not typer.confirm("Erase this person for good?"):
            say("Nothing was erased.")
            return
        did = erase.erase(home, person)
    for table, rows in did.deleted.items():
        say(f"  {table}: {rows:,} deleted")
    for table, rows in did.emptied.items():
        say(f"  {table}: {rows:,} kept without the person")
    say(
        f"Erased from {home.warehouse}, which was written anew, and from {home.published}; a hash keeps them from coming back."
    )
    say(
        "Copies elsewhere are not reached: backups, and what `publish --to`, reports or readers took; make those again or delete them. Only the folder of CONSENTRY_PUBLISH_TO was written anew."
    )


def reveal_pseudonym(home: Home, pseudonym: str) -> None:
    """Print whom a pseudonym stands for.

    Raises:
        SettingsError: there is no key.
        WarehouseError: nobody has it.
    """
    if home.privacy.key() is None:
        raise SettingsError(f"Only the key turns a pseudonym back; set {KEY}_FILE to the file that holds it.")
    with opened(home.warehouse, read_only=True) as connection:
        pseudonym_key.insist(connection, home)
        found = people.revealed(connection, home, pseudonym)
    for label, text in found.items():
        say(f"{label}: {text}")
