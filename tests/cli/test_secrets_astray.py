"""A secret in a setting that is not for it: the sentence says what is wrong, and the secret stays untold."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipelines import cli
from tests.cli.conftest import Person

GUID: Final = "11111111-2222-3333-4444-555555555555"
APP: Final = "66666666-7777-8888-9999-000000000000"
KEY: Final = (
    generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()
)
TOKEN: Final = f"eyJhbGciOiJSUzI1NiJ9.{'cGF5bG9hZA' * 30}.{'c2lnbmF0dXJl' * 20}"
SHORT_TOKEN: Final = "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"
SECRET: Final = "abc8Q~0123456789.abcdefghij-klmnopqrstuv"
TABLE: Final = f'client_secret = "{SECRET}"\n[[tenant]]\ntenant_id = "{GUID}"\n'

NO_FILE: Final = "holds content, not the path of a file"
NO_FOLDER: Final = "holds content, not the path of a folder"
NO_GUID: Final = "is not a GUID"
NO_ADDRESS: Final = "is no address"
NO_WORD: Final = "is not understood"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CONSENTRY_CLIENT_CERTIFICATE", KEY, NO_FILE),
        ("CONSENTRY_CLIENT_CERTIFICATE", KEY.replace("\n", ""), NO_FILE),
        ("CONSENTRY_CLIENT_CERTIFICATE", KEY.split("\n", maxsplit=1)[1].replace("\n", ""), NO_FILE),
        ("CONSENTRY_CLIENT_CERTIFICATE", SECRET, NO_FILE),
        ("CONSENTRY_CLIENT_CERTIFICATE", f"~{SECRET}", "begins with ~"),
        ("CONSENTRY_FEDERATED_TOKEN_FILE", TOKEN, NO_FILE),
        ("CONSENTRY_FEDERATED_TOKEN_FILE", SHORT_TOKEN, NO_FILE),
        ("CONSENTRY_CA_FILE", KEY, NO_FILE),
        ("CONSENTRY_TENANTS_FILE", TABLE, NO_FILE),
        ("CONSENTRY_HOME", KEY, NO_FOLDER),
        ("CONSENTRY_WATCHLIST", KEY, NO_FILE),
        ("CONSENTRY_TENANT_ID", SECRET, NO_GUID),
        ("CONSENTRY_CLIENT_ID", SECRET, NO_GUID),
        ("CONSENTRY_MANAGED_IDENTITY", SECRET, "neither `system` nor a GUID"),
        ("CONSENTRY_AUTHORITY_URL", SECRET, NO_ADDRESS),
        ("CONSENTRY_GRAPH_URL", SHORT_TOKEN, NO_ADDRESS),
        ("CONSENTRY_GRAPH_URL", f"http://reader:{SECRET}@graph.example.com", NO_ADDRESS),
        ("CONSENTRY_GRAPH_URL", f"https://reader:{SECRET}@graph.example.com", NO_ADDRESS),
        ("CONSENTRY_CLOUD", SECRET, NO_WORD),
        ("CONSENTRY_QUOTA", SECRET, NO_WORD),
        ("CONSENTRY_REREAD_HOURS", SECRET, NO_WORD),
        ("CONSENTRY_KEEP_SIGN_INS_DAYS", SECRET, NO_WORD),
    ],
)
def test_a_secret_in_the_wrong_setting_is_not_shown(stranger: Person, name: str, value: str, words: str) -> None:
    """Whatever is set in place of a path, an id, an address or a word: the setting is named, its value is nowhere in the output."""
    said = stranger.types("sync", **_settings(name, value))
    assert said.code == 2, said
    assert f"{name} {words}" in said.err or f"{name} is {words}" in said.err
    assert _told(value, said.out + said.err) == []


def _settings(name: str, value: str) -> dict[str, str]:
    """Return settings that are whole but for one; no credential is there twice, and a file of tenants stands alone."""
    if name == "CONSENTRY_TENANTS_FILE":
        return {name: value}
    others = {"CONSENTRY_TENANT_ID": GUID, "CONSENTRY_CLIENT_ID": APP}
    credentials = ("CONSENTRY_CLIENT_CERTIFICATE", "CONSENTRY_FEDERATED_TOKEN_FILE", "CONSENTRY_MANAGED_IDENTITY")
    own = {} if name in credentials else {"CONSENTRY_CLIENT_SECRET": APP}  # as where id and secret were swapped
    return {**others, **own, name: value}


def _told(value: str, output: str) -> list[str]:
    """Return the pieces of a value that stand in an output, whatever its lines and capitals became; short ones tell nothing."""
    pieces = [piece for line in value.splitlines() for piece in line.split('"') if len(piece) > len("tenant_id = ")]
    plain = "".join(output.split()).lower()
    return [piece for piece in pieces if "".join(piece.split()).lower()[:24] in plain]


@pytest.mark.parametrize("key", ["tenant_id", "client_id", "managed_identity", "client_certificate", "cloud"])
@pytest.mark.parametrize("on_top", [True, False])
def test_a_secret_at_the_wrong_key_is_not_shown(stranger: Person, key: str, on_top: bool) -> None:
    """In a file of tenants it is the same, for a tenant of its own and for all of them."""
    line, tables = f'{key} = "{SECRET}"\n', '[[tenant]]\nname = "Contoso"\n{}[[tenant]]\n'
    text = line + tables.format("") if on_top else tables.format(line)
    said = stranger.errs("sync", CONSENTRY_TENANTS_FILE=str(_file(stranger, text)))
    assert f"Contoso: {key}" in said
    assert SECRET not in said.replace("\n", "")


def test_a_secret_behind_env_is_not_shown(stranger: Person) -> None:
    """After `env:` stands the name of a variable; what can be no name is not told."""
    text = f'[[tenant]]\ntenant_id = "{GUID}"\nclient_id = "{APP}"\nclient_secret = "env:{SECRET}"\n'
    said = stranger.errs("sync", CONSENTRY_TENANTS_FILE=str(_file(stranger, text)))
    assert "client_secret" in said
    assert SECRET not in said


def _file(stranger: Person, text: str) -> Path:
    file = stranger.folder / "tenants.toml"
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    return file


def test_what_the_system_refuses_is_named_unless_it_may_be_a_secret() -> None:
    """A file's name is told; a key that was taken for one is not."""
    assert "/etc/shadow" in cli._of_the_system(PermissionError(13, "Permission denied", "/etc/shadow"))
    assert "PRIVATE" not in cli._of_the_system(OSError(36, "File name too long", KEY))
