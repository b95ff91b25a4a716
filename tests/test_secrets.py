"""Secrets come from the environment, a file or a block of Prefect's: never from the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from pipelines import settings
from pipelines.cli.verbs import app
from pipelines.errors import SettingsError
from pipelines.settings import ClientCertificate, ClientSecret

TENANT = {
    "CONSENTRY_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "CONSENTRY_CLIENT_ID": "22222222-2222-4222-8222-222222222222",
}
SECRET = "Zx8Q~the-secret-itself"
SECRETIVE = re.compile(r"secret|password|passphrase|token|key|credential", re.IGNORECASE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that holds the secret, and an end of line behind it, as editors leave it."""
    made = tmp_path / "secret"
    made.write_text(f"{SECRET}\n", encoding="utf-8")
    return made


def test_no_verb_takes_a_secret() -> None:
    """No argument or option of any verb is named like one; what is typed stands in the shell's history and the process list."""
    verbs = get_command(app).commands  # type: ignore[attr-defined] - a group
    names = [(verb, name) for verb, found in verbs.items() for p in found.params for name in (p.name, *p.opts)]
    assert len(names) > 20
    assert [pair for pair in names if SECRETIVE.search(pair[1])] == []


def test_a_secret_may_stand_in_a_file(file: Path, tmp_path: Path) -> None:
    """The file's text without the end of line is the secret; so it is of a certificate's passphrase."""
    found = settings.tenant({**TENANT, "CONSENTRY_CLIENT_SECRET_FILE": str(file)})
    assert found.credential == ClientSecret(SECRET)
    certificate = tmp_path / "app.pem"
    certificate.touch()
    named = {"CONSENTRY_CLIENT_CERTIFICATE": str(certificate)}
    opened = settings.tenant({**TENANT, **named, "CONSENTRY_CLIENT_CERTIFICATE_PASSPHRASE_FILE": str(file)})
    assert opened.credential == ClientCertificate(certificate, SECRET)


def test_a_tenants_file_may_name_a_file_or_a_block(file: Path, tmp_path: Path) -> None:
    """Each tenant has its own; a default secret for all gives way to one of a tenant's own."""
    listed = tmp_path / "tenants.toml"
    listed.write_text(
        f"""
        client_id = "{TENANT["CONSENTRY_CLIENT_ID"]}"
        client_secret_file = "secret"

        [[tenant]]
        tenant_id = "{TENANT["CONSENTRY_TENANT_ID"]}"

        [[tenant]]
        tenant_id = "33333333-3333-4333-8333-333333333333"
        client_secret = "prefect:fabrikam"
        """,
        encoding="utf-8",
    )
    found = settings.tenants({"CONSENTRY_TENANTS_FILE": str(listed)}, {"fabrikam": "of a block"}.__getitem__)
    assert [tenant.credential for tenant in found] == [ClientSecret(SECRET), ClientSecret("of a block")]


def test_a_block_is_opened_by_prefect_alone() -> None:
    """Without Prefect the setting is refused, rather than sent to Entra as if it were the secret."""
    env = {**TENANT, "CONSENTRY_CLIENT_SECRET": "prefect:contoso"}
    assert settings.tenant(env, lambda name: f"{name}'s secret").credential == ClientSecret("contoso's secret")
    with pytest.raises(SettingsError, match="which only a run of Prefect's can open"):
        settings.tenant(env)


def test_what_is_wrong_with_a_secret_is_said_without_it(file: Path, tmp_path: Path) -> None:
    """Both forms at once, no file, an empty one, one of bytes, and the secret in its file's place."""
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.touch()
    binary.write_bytes(b"\xff\xfe\x00")
    for value, why in {
        str(tmp_path / "none"): "there is no such file",
        str(empty): "is empty",
        str(binary): "is not text",
        SECRET: "holds content, not the path",
    }.items():
        with pytest.raises(SettingsError, match=why) as complaint:
            settings.tenant({**TENANT, "CONSENTRY_CLIENT_SECRET_FILE": value})
        assert SECRET not in str(complaint.value)
    both = {"CONSENTRY_CLIENT_SECRET": SECRET, "CONSENTRY_CLIENT_SECRET_FILE": str(file)}
    with pytest.raises(SettingsError, match="keep one of them") as complaint:
        settings.tenant({**TENANT, **both})
    assert SECRET not in str(complaint.value)


def test_a_key_is_long_enough_and_never_shown(tmp_path: Path) -> None:
    """32 bytes in base64 or hexadecimal digits; a word is refused, where the key is needed and not before."""
    good = tmp_path / "key"
    good.write_text("00" * 32, encoding="utf-8")
    kept = settings.home({"CONSENTRY_PSEUDONYM_KEY_FILE": str(good)}).privacy
    assert kept.key() == bytes(32)
    assert "00" not in repr(kept)
    assert settings.home({"CONSENTRY_PSEUDONYM_KEY": "A" * 43 + "="}).privacy.key() == bytes(32)
    weak = settings.home({"CONSENTRY_PSEUDONYM_KEY": "correct horse battery"})
    with pytest.raises(SettingsError, match="32 bytes or more") as complaint:
        weak.privacy.key()
    assert "horse" not in str(complaint.value)
    assert settings.home({}).privacy.key() is None


def test_a_choice_that_is_none_is_refused() -> None:
    """A misspelt choice would keep what should be dropped."""
    with pytest.raises(SettingsError, match="must be one of keep, truncate, drop"):
        settings.home({"CONSENTRY_IP_ADDRESSES": "none"})
    with pytest.raises(SettingsError, match="must be one of keep, country, drop"):
        settings.home({"CONSENTRY_LOCATIONS": "city"})
