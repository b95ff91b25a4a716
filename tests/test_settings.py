"""Settings: what is read, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import settings
from pipelines.errors import SettingsError
from pipelines.settings import ClientCertificate

COMPLETE = {
    "CONSENTRY_TENANT_ID": "11111111-2222-3333-4444-555555555555",
    "CONSENTRY_CLIENT_ID": "66666666-7777-8888-9999-000000000000",
    "CONSENTRY_CLIENT_SECRET": "s3cret",
}


def test_all_that_is_missing_is_listed_at_once() -> None:
    """One message names every missing setting, so that nobody finds them one by one."""
    with pytest.raises(SettingsError) as caught:
        settings.tenant({})
    assert all(name in str(caught.value) for name in COMPLETE)


def test_a_certificate_stands_in_for_the_secret(tmp_path: Path) -> None:
    """With a certificate no secret is missed."""
    pem = tmp_path / "client.pem"
    pem.write_text("-----BEGIN CERTIFICATE-----")
    env = {k: v for k, v in COMPLETE.items() if k != "CONSENTRY_CLIENT_SECRET"}
    found = settings.tenant({**env, "CONSENTRY_CLIENT_CERTIFICATE": str(pem)})
    assert found.credential == ClientCertificate(pem)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("CONSENTRY_TENANT_ID", "contoso", "GUID"),
        ("CONSENTRY_GRAPH_URL", "http://graph.example.com", "https"),
        ("CONSENTRY_AUTHORITY_URL", "login", "https"),
        ("CONSENTRY_AUTHORITY_URL", "https://login.example.com:99999", "port"),
        ("CONSENTRY_GRAPH_URL", "https://graph.example.com:abc", "port"),
        ("CONSENTRY_CA_FILE", "/nowhere/ca.pem", "no such file"),
        ("CONSENTRY_QUOTA", "sometimes", "published"),
        ("CONSENTRY_CLIENT_CERTIFICATE", "x.pem", "keep one"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str, word: str) -> None:
    """A bad value leads to a sentence with the setting's name and what it should be."""
    with pytest.raises(SettingsError, match=word) as caught:
        settings.tenant({**COMPLETE, name: value})
    assert name in str(caught.value)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .env file is read, and a variable of the environment stands above its line."""
    (tmp_path / ".env").write_text("CONSENTRY_CLIENT_ID=file\nCONSENTRY_TENANT_ID=file\nOTHER=1\n")
    monkeypatch.setenv("CONSENTRY_CLIENT_ID", "environment")
    monkeypatch.delenv("CONSENTRY_TENANT_ID", raising=False)
    read = settings.environment(tmp_path)
    assert read["CONSENTRY_CLIENT_ID"] == "environment"
    assert read["CONSENTRY_TENANT_ID"] == "file"
    assert "OTHER" not in read


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """What an old PowerShell writes leads to a sentence with the file's name and the encoding it should have."""
    (tmp_path / ".env").write_text("CONSENTRY_CLIENT_ID=file\n", encoding="utf-16")
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
        settings.environment(tmp_path)


def test_a_secret_is_never_shown() -> None:
    """The repr of a tenant's settings does not hold the secret."""
    assert "s3cret" not in repr(settings.tenant(COMPLETE))


@pytest.mark.parametrize(
    "url", ["https://graph.example.com/v1.0/", "https://graph.example.com/beta", "https://graph.example.com"]
)
def test_a_version_behind_the_graph_url_is_not_needed(url: str) -> None:
    """An address copied with its API version works as well as the bare one."""
    assert settings.tenant({**COMPLETE, "CONSENTRY_GRAPH_URL": url}).graph_url == "https://graph.example.com"


@pytest.mark.parametrize("value", ["-5", "soon", "1.5", "43201", "9" * 30])
def test_the_overlap_is_a_whole_number_of_minutes(value: str) -> None:
    """Anything else is refused with the setting's name."""
    with pytest.raises(SettingsError, match="CONSENTRY_OVERLAP_MINUTES"):
        settings.overlap_minutes({"CONSENTRY_OVERLAP_MINUTES": value})
