"""Several tenants from one file: what it gives, and everything that is wrong with it in one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import clouds, settings
from pipelines.errors import SettingsError
from pipelines.settings import ClientCertificate, ClientSecret, ManagedIdentity, Tenant, WorkloadIdentity

CONTOSO = "11111111-2222-3333-4444-555555555555"
FABRIKAM = "22222222-2222-3333-4444-555555555555"
TAILSPIN = "33333333-2222-3333-4444-555555555555"
APP = "66666666-7777-8888-9999-000000000000"
IDENTITY = "77777777-7777-8888-9999-000000000000"


def read(file: Path, text: str, mode: int = 0o600, **env: str) -> tuple[Tenant, ...]:
    """Return the tenants of a file with this text."""
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return settings.tenants({"CONSENTRY_TENANTS_FILE": str(file), **env})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the file is."""
    return tmp_path / "tenants.toml"


def complaint(file: Path, text: str, mode: int = 0o600, **env: str) -> str:
    """Return the message with which a file is refused."""
    with pytest.raises(SettingsError) as caught:
        read(file, text, mode, **env)
    return str(caught.value)


def test_each_tenant_has_the_defaults_and_its_own(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands on top holds for all that do not say otherwise; a credential of one's own replaces the default one."""
    monkeypatch.setenv("CONTOSO_SECRET", "s3cret")
    (file.parent / "fabrikam.pfx").write_bytes(b"0")
    (file.parent / "token").write_bytes(b"t")
    found = read(
        file,
        f"""
        client_id = "{APP}"
        federated_token_file = "token"
        quota = "published"

        [[tenant]]
        name = "Contoso"
        tenant_id = "{CONTOSO.upper()}"
        client_secret = "env:CONTOSO_SECRET"

        [[tenant]]
        name = "Fabrikam"
        tenant_id = "{FABRIKAM}"
        cloud = "usgov-l5"
        client_certificate = "fabrikam.pfx"
        client_certificate_passphrase = "pass"
        quota = "off"

        [[tenant]]
        tenant_id = "{TAILSPIN}"

        [[tenant]]
        tenant_id = "{APP}"
        managed_identity = "{IDENTITY}"
        """,
    )
    contoso, fabrikam, tailspin, managed = found
    assert contoso == Tenant(CONTOSO, APP, ClientSecret("s3cret"), quota="published", name="Contoso")
    cloud = clouds.CLOUDS["usgov-l5"]
    certificate = ClientCertificate(file.parent / "fabrikam.pfx", "pass")
    assert fabrikam == Tenant(FABRIKAM, APP, certificate, cloud, quota="off", name="Fabrikam")
    assert fabrikam.graph_url == "https://dod-graph.microsoft.us"
    assert tailspin.credential == WorkloadIdentity(file.parent / "token")
    assert tailspin.name == TAILSPIN
    assert (managed.credential, managed.client_id) == (ManagedIdentity(IDENTITY), IDENTITY)
    assert "s3cret" not in repr(found)
    assert "'pass'" not in repr(found)


def test_without_a_file_there_is_the_one_tenant_of_the_environment() -> None:
    """The settings themselves are one tenant's."""
    env = {"CONSENTRY_TENANT_ID": CONTOSO, "CONSENTRY_CLIENT_ID": APP, "CONSENTRY_CLIENT_SECRET": "s"}
    assert settings.tenants(env) == (settings.tenant(env),)


def test_everything_wrong_with_every_tenant_is_told_at_once(file: Path) -> None:
    """One message lists each problem with the tenant's name, in the file's own words, and shows no secret."""
    said = complaint(
        file,
        f"""
        clowd = "china"

        [[tenant]]
        name = "Contoso"
        tenant_id = "contoso"
        client_secret = "s3cret"
        client_certificate = "nowhere.pem"
        client_id = 5

        [[tenant]]
        tenant_id = "{FABRIKAM}"
        cloud = "moon"
        client_secret = "env:NOT_SET_ANYWHERE"
        clientid = "{APP}"

        [[tenant]]
        quota = "sometimes"
        """,
    )
    lines = said.splitlines()
    assert lines[0] == f"Correct {file}:"
    for expected in (
        "  clowd is no setting; did you mean cloud?",
        "  Contoso: client_id must be text in quotes.",
        "  tenant 3: client_id is missing: the app registration's Application (client) ID, a GUID.",
        "  Contoso: tenant_id is not a GUID (what it is set to is not shown, as it may be a secret); it should be the tenant's id, a GUID (Entra admin center > Overview > Tenant ID).",
        "  Contoso: client_secret and client_certificate are set, and a tenant has one credential; keep one of them.",
        f"  {FABRIKAM}: clientid is no setting; did you mean client_id?",
        f"  {FABRIKAM}: client_secret is 'env:NOT_SET_ANYWHERE', and the environment has no such variable; set it.",
        "  tenant 3: tenant_id is missing: the tenant's id, a GUID (Entra admin center > Overview > Tenant ID).",
        "  tenant 3: quota is 'sometimes'; it must be one of auto, published, off.",
    ):
        assert expected in lines
    assert any(line.startswith(f"  {FABRIKAM}: cloud is 'moon'; it must be one of global, usgov-l4,") for line in lines)
    assert any(line.startswith("  tenant 3: client_secret is missing: a client secret of that app") for line in lines)
    assert not any("Contoso" in line and "missing" in line for line in lines)
    assert not any(FABRIKAM in line and "client_secret is missing" in line for line in lines)
    assert "s3cret" not in said
    assert "CONSENTRY_" not in said


def one(tenant_id: str, secret: str = "env:PATH") -> str:  # noqa: S107 - a name
    """Return a tenant's table."""
    return f'[[tenant]]\ntenant_id = "{tenant_id}"\nclient_id = "{APP}"\nclient_secret = "{secret}"\n'


def test_a_tenant_is_there_once(file: Path) -> None:
    """The same tenant twice, however it is written, would be read twice."""
    said = complaint(file, one(CONTOSO) + one(FABRIKAM) + one(CONTOSO.upper()))
    assert said == f"Correct {file}:\n  tenant_id {CONTOSO} is there 2 times; keep one."


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_secret_in_a_file_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    """The message holds the command that makes the file private; a file without secrets may be anybody's."""
    assert f"Run `chmod 600 {file}`" in complaint(file, one(CONTOSO, "s3cret"), mode)
    assert "s3cret" not in complaint(file, one(CONTOSO, "s3cret"), mode)
    assert read(file, one(CONTOSO), mode)
    assert read(file, one(CONTOSO, "s3cret"), 0o600)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"names no tenant; begin each one with a line \[\[tenant\]\]"),
        (b'tenant = "x"', "names no tenant"),
        (b"[tenant]\n", "names no tenant"),
        (b"tenant_id = \n", "is not TOML .*line 1"),
        ("name = 'Köln'".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(file: Path, content: bytes, words: str) -> None:
    """The sentence names the file and what is wrong with it."""
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=words) as caught:
        settings.tenants({"CONSENTRY_TENANTS_FILE": str(file)})
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    """So is one that does not exist."""
    with pytest.raises(
        SettingsError, match=r"CONSENTRY_TENANTS_FILE names '.*tenants\.toml', and there is no such file"
    ):
        settings.tenants({"CONSENTRY_TENANTS_FILE": str(file)})


def test_settings_of_a_tenant_beside_the_file_are_refused(file: Path) -> None:
    """They would not apply, silently; the message names them and where they belong."""
    said = complaint(file, one(CONTOSO), CONSENTRY_QUOTA="off", CONSENTRY_CLIENT_SECRET="s3cret")
    assert "so is CONSENTRY_CLIENT_SECRET, CONSENTRY_QUOTA" in said
    assert "s3cret" not in said
    assert read(file, one(CONTOSO), CONSENTRY_HOME="data", CONSENTRY_REREAD_HOURS="1")
