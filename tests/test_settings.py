"""Settings: what is read, what is refused, and in which words."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines import settings, transport
from pipelines.errors import SettingsError
from pipelines.settings import ClientCertificate, ManagedIdentity, WorkloadIdentity
from pipelines.settings.names import KNOWN

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


def without(*names: str) -> dict[str, str]:
    """Return the complete settings but for some."""
    return {name: value for name, value in COMPLETE.items() if name not in names}


def test_what_is_missing_and_what_is_wrong_come_in_one_message() -> None:
    """A wrong value does not hide a missing one, nor the other way about."""
    with pytest.raises(SettingsError) as caught:
        settings.tenant({**without("CONSENTRY_CLIENT_ID"), "CONSENTRY_CLOUD": "moon", "CONSENTRY_QUOTA": "x"})
    assert all(name in str(caught.value) for name in ("CONSENTRY_CLIENT_ID", "CONSENTRY_CLOUD", "CONSENTRY_QUOTA"))


def test_another_credential_stands_in_for_the_secret(tmp_path: Path) -> None:
    """With a certificate or a federated token no secret is missed, and with a managed identity no client id either."""
    file = tmp_path / "file"
    file.write_text("content")
    env = without("CONSENTRY_CLIENT_SECRET")
    opened = {"CONSENTRY_CLIENT_CERTIFICATE": str(file), "CONSENTRY_CLIENT_CERTIFICATE_PASSPHRASE": "pass"}
    assert settings.tenant({**env, **opened}).credential == ClientCertificate(file, "pass")
    federated = settings.tenant({**env, "CONSENTRY_FEDERATED_TOKEN_FILE": str(file)})
    assert federated.credential == WorkloadIdentity(file)
    env = without("CONSENTRY_CLIENT_SECRET", "CONSENTRY_CLIENT_ID")
    assert settings.tenant({**env, "CONSENTRY_MANAGED_IDENTITY": "System"}).credential == ManagedIdentity()
    chosen = settings.tenant({**env, "CONSENTRY_MANAGED_IDENTITY": COMPLETE["CONSENTRY_CLIENT_ID"]})
    assert chosen.credential == ManagedIdentity(COMPLETE["CONSENTRY_CLIENT_ID"])
    assert chosen.client_id == COMPLETE["CONSENTRY_CLIENT_ID"]


def test_a_managed_identity_has_no_app_registration() -> None:
    """A client id beside it would not apply: the message says where a user-assigned identity's id belongs."""
    env = {**without("CONSENTRY_CLIENT_SECRET"), "CONSENTRY_MANAGED_IDENTITY": "system"}
    with pytest.raises(SettingsError, match="Remove CONSENTRY_CLIENT_ID"):
        settings.tenant(env)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("CONSENTRY_TENANT_ID", "contoso", "GUID"),
        ("CONSENTRY_GRAPH_URL", "http://graph.example.com", "https"),
        ("CONSENTRY_AUTHORITY_URL", "login", "https"),
        ("CONSENTRY_AUTHORITY_URL", "https://login.example.com:99999", "port"),
        ("CONSENTRY_GRAPH_URL", "https://graph.example.com:abc", "port is not a number"),
        ("CONSENTRY_GRAPH_URL", "https://", "is 'https://'; it must be an https:// address that names a host"),
        ("CONSENTRY_GRAPH_URL", "https://[::1", "must be an https:// address that names a host"),
        ("CONSENTRY_GRAPH_URL", "https://local host", "must be an https:// address that names a host"),
        ("CONSENTRY_GRAPH_URL", "https://graph.example.com/a b", "must be an https:// address that names a host"),
        ("CONSENTRY_GRAPH_URL", "https://reader:word@graph.example.com", "must hold no user name or password"),
        ("CONSENTRY_AUTHORITY_URL", "http://localhost:8000", "tokens never travel in clear"),
        ("CONSENTRY_CA_FILE", "/nowhere/ca.pem", "no such file"),
        ("CONSENTRY_QUOTA", "sometimes", "published"),
        ("CONSENTRY_CLIENT_CERTIFICATE", "x.pem", "keep one of them"),
        ("CONSENTRY_MANAGED_IDENTITY", "system", "keep one of them"),
        ("CONSENTRY_FEDERATED_TOKEN_FILE", "token", "keep one of them"),
        ("CONSENTRY_CLIENT_CERTIFICATE_PASSPHRASE", "pass", "without CONSENTRY_CLIENT_CERTIFICATE"),
        ("CONSENTRY_CLIENT_ID", "reader", "GUID"),
        ("CONSENTRY_CLOUD", "moon", "usgov-l4"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str, word: str) -> None:
    """A bad value leads to a sentence with the setting's name and what it should be."""
    with pytest.raises(SettingsError, match=word) as caught:
        settings.tenant({**COMPLETE, name: value})
    assert name in str(caught.value)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .env file is read, and a variable of the environment stands above its line."""
    (tmp_path / ".env").write_text("CONSENTRY_CLIENT_ID=file\nCONSENTRY_TENANT_ID=file\nOTHER=1\nCONSENTRY_HOME=\n")
    monkeypatch.setenv("CONSENTRY_CLIENT_ID", "environment")
    monkeypatch.delenv("CONSENTRY_TENANT_ID", raising=False)
    read = settings.environment(tmp_path)
    assert read["CONSENTRY_CLIENT_ID"] == "environment"
    assert read["CONSENTRY_TENANT_ID"] == "file"
    assert "OTHER" not in read
    assert "CONSENTRY_HOME" not in read


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CONSENTRY_CLIENT_SECERT", "did you mean CONSENTRY_CLIENT_SECRET?"),
        ("CONSENTRY_TENANTID", "did you mean CONSENTRY_TENANT_ID?"),
        ("CONSENTRY_XYZ", "remove it"),
        ("CONSENTRY_HOST", "remove it"),
        ("CONSENTRY_USER", "remove it"),
        ("CONSENTRY_SECRETS_FILE", "remove it"),
    ],
)
def test_a_setting_that_is_misspelt_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    """A name that is none of the settings' would silently do nothing; the likely one is named, the value is not."""
    (tmp_path / ".env").write_text(f"{name}=from-the-file\n")
    with pytest.raises(SettingsError) as caught:
        settings.environment(tmp_path)
    assert f"{name} is no setting" in str(caught.value)
    assert words in str(caught.value)
    assert "from-the-file" not in str(caught.value)
    (tmp_path / ".env").unlink()
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError, match=name):
        settings.environment(tmp_path)


def test_each_setting_stands_in_the_readme() -> None:
    """Whoever looks for a setting finds it, and none is there that does nothing."""
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    internal = {"CONSENTRY_WAREHOUSE"}
    assert {name for name in KNOWN if f"`{name}`" in text} == KNOWN.keys() - internal
    assert set(re.findall(r"CONSENTRY_[A-Z_]+", text)) <= KNOWN.keys()


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    """What an old PowerShell writes leads to a sentence with the file's name and the encoding it should have."""
    (tmp_path / ".env").write_text("CONSENTRY_CLIENT_ID=file\n", encoding="utf-16")
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
        settings.environment(tmp_path)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://[::1]:8000", "https://[2001:db8::1]", "HTTPS://Graph"]
)
def test_an_address_may_be_of_this_machine(url: str) -> None:
    """Graph may be asked in clear where nothing leaves the machine; hosts may be numbers."""
    assert settings.tenant({**COMPLETE, "CONSENTRY_GRAPH_URL": url}).graph_url == url


@pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="only Linux has a file that nobody can read from its start"
)
def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A .env or a tenants file that the system does not let one read is a matter of settings, and named."""
    for name, ask in ((".env", settings.environment), ("tenants.toml", _tenants_of)):
        (tmp_path / name).symlink_to("/proc/self/mem")
        with pytest.raises(SettingsError, match=rf"{name} cannot be read \(.*\); let the user"):
            ask(tmp_path)


def _tenants_of(folder: Path) -> object:
    return settings.tenants({"CONSENTRY_TENANTS_FILE": str(folder / "tenants.toml")})


def test_a_long_path_to_a_file_that_is_there_is_one(tmp_path: Path) -> None:
    """What only looks like content is taken for what it is where there is such a file, and begins at home after ~."""
    file = tmp_path / "eyJ" / ("deep/" * 60) / "abc8Q~.pem"
    file.parent.mkdir(parents=True)
    file.write_text("content")
    credential = settings.tenant(
        {**without("CONSENTRY_CLIENT_SECRET"), "CONSENTRY_CLIENT_CERTIFICATE": str(file)}
    ).credential
    assert credential == ClientCertificate(file)


def test_a_secret_is_never_shown() -> None:
    """The repr of a tenant's settings holds neither a secret nor a passphrase."""
    assert "s3cret" not in repr(settings.tenant(COMPLETE))
    assert "s3cret" not in repr(ClientCertificate(Path(), "s3cret"))


@pytest.mark.parametrize(
    "url", ["https://graph.example.com/v1.0/", "https://graph.example.com/beta", "https://graph.example.com"]
)
def test_a_version_behind_the_graph_url_is_not_needed(url: str) -> None:
    """An address copied with its API version works as well as the bare one."""
    assert settings.tenant({**COMPLETE, "CONSENTRY_GRAPH_URL": url}).graph_url == "https://graph.example.com"


def test_logs_are_read_again_for_a_day_unless_told_otherwise() -> None:
    """The setting is in hours; none at all is allowed."""
    assert settings.reread({}) == timedelta(days=1)
    assert settings.reread({"CONSENTRY_REREAD_HOURS": "0"}) == timedelta(0)
    assert settings.reread({"CONSENTRY_REREAD_HOURS": "720"}) == timedelta(days=30)


@pytest.mark.parametrize("value", ["-1", "soon", "1.5", "721", "9" * 30])
def test_hours_to_read_again_are_a_whole_number(value: str) -> None:
    """Anything else is refused with the setting's name."""
    with pytest.raises(SettingsError, match="CONSENTRY_REREAD_HOURS"):
        settings.reread({"CONSENTRY_REREAD_HOURS": value})


def test_single_sign_ins_are_kept_for_ninety_days_unless_told_otherwise() -> None:
    """The setting is in days; it goes where the warehouse is, with the hours that are read again."""
    assert settings.home({}).keep_sign_ins == timedelta(days=90)
    home = settings.home({"CONSENTRY_KEEP_SIGN_INS_DAYS": "400", "CONSENTRY_REREAD_HOURS": "48"})
    assert (home.keep_sign_ins, home.reread) == (timedelta(days=400), timedelta(hours=48))


@pytest.mark.parametrize("value", ["-1", "0", "forever", "1.5", "9" * 30])
def test_days_to_keep_are_a_whole_number(value: str) -> None:
    """Anything else is refused with the setting's name."""
    with pytest.raises(SettingsError, match="CONSENTRY_KEEP_SIGN_INS_DAYS"):
        settings.home({"CONSENTRY_KEEP_SIGN_INS_DAYS": value})


def test_a_file_of_authorities_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A file without a certificate, or one that vanished, is named with its setting."""
    file = tmp_path / "ca.pem"
    with pytest.raises(SettingsError, match=r"CONSENTRY_CA_FILE names .*cannot be opened"):
        transport.session(file)
    file.write_text("none")
    with pytest.raises(SettingsError, match=r"CONSENTRY_CA_FILE names .*holds no PEM certificate"):
        transport.session(file)
