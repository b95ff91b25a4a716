"""Every credential, through MSAL's own wire calls: the first token, its renewal in the middle of a run, and what goes wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from pipelines import settings, transport
from pipelines.errors import ConsentryError, IdentityError, Unreachable
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import Listing, pages
from pipelines.identity import Identity
from pipelines.settings import Tenant, WorkloadIdentity
from simulator import Server, serve
from simulator import Tenant as SimulatedTenant
from simulator.managed_identity import APP_SERVICE, IMDS, AzureHost, azure_host
from simulator.tenant import DEFAULT_ROLES

PASSPHRASE: Final = "correct horse"
KINDS: Final = (
    "secret",
    "certificate",
    "encrypted certificate",
    "PFX",
    "federated token",
    "virtual machine",
    "user-assigned",
    "App Service",
    "App Service, user-assigned",
)
ON_A_HOST: Final = KINDS[5:]


@dataclass(frozen=True)
class World:
    """A tenant, an Azure host in it, and a folder for credentials.

    Attributes:
        server: the tenant.
        host: its managed identities.
        folder: where files are written.
        monkeypatch: changes the environment and the time for one test.
    """

    server: Server
    host: AzureHost
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def tenant(self, kind: str) -> Tenant:
        """Return the tenant, reached with this kind of credential."""
        given = {name: value for name, value in self.server.settings.items() if "CERTIFICATE" not in name}
        if kind in ON_A_HOST:
            del given["CONSENTRY_CLIENT_ID"]
        return settings.tenant({**given, **self._proof(kind)})

    def _proof(self, kind: str) -> dict[str, str]:
        if kind in ON_A_HOST:
            for name, value in (self.host.app_service if "App" in kind else self.host.imds).items():
                self.monkeypatch.setenv(name, value)
            return {"CONSENTRY_MANAGED_IDENTITY": self.host.client_id if "user" in kind else "System"}
        if kind == "federated token":
            return {"CONSENTRY_FEDERATED_TOKEN_FILE": str(self.issue())}
        if kind == "secret":
            return {"CONSENTRY_CLIENT_SECRET": self.server.tenant.registration.secret}
        file = self.folder / ("client.pfx" if kind == "PFX" else "client.pem")
        file.write_bytes(_as(kind, Path(self.server.settings["CONSENTRY_CLIENT_CERTIFICATE"]).read_bytes()))
        opened = {} if kind == "certificate" else {"CONSENTRY_CLIENT_CERTIFICATE_PASSPHRASE": PASSPHRASE}
        return {"CONSENTRY_CLIENT_CERTIFICATE": str(file), **opened}

    def issue(self, token: str | None = None) -> Path:
        """Write a federated token, as the issuer does every hour; a good one unless another is given."""
        file = self.folder / "token"
        file.write_text(self.server.identity.issuer.token() if token is None else token)
        return file

    def asked(self) -> int:
        """Return how many tokens were asked for so far, of Entra or the host."""
        of_entra = sum(request.path.endswith("/oauth2/v2.0/token") for request in self.server.requests)
        return of_entra + len(self.host.requests)

    def hours_pass(self, hours: int) -> None:
        """Move this machine's clock and the tenant's; the issuer has written a new token meanwhile."""
        real = time.time
        self.monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
        self.server.tenant.clock.advance(timedelta(hours=hours))
        self.issue()


def _as(kind: str, pem: bytes) -> bytes:
    """Return key and certificate the way this kind of file holds them."""
    key, certificate = load_pem_private_key(pem, None), x509.load_pem_x509_certificate(pem)
    locked = BestAvailableEncryption(PASSPHRASE.encode())
    if kind == "PFX":
        return pkcs12.serialize_key_and_certificates(b"reader", key, certificate, None, locked)  # type: ignore[arg-type]
    if kind == "encrypted certificate":
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked) + certificate.public_bytes(Encoding.PEM)
    return pem


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return a tenant that knows every kind of credential."""
    with serve(SimulatedTenant(), certificate=True) as server, azure_host(server) as host:
        yield World(server, host, tmp_path, monkeypatch)


def identity(tenant: Tenant) -> Identity:
    """Return a new identity, with nothing cached."""
    return Identity(tenant, transport.session(tenant.ca_file))


def refusal(tenant: Tenant) -> str:
    """Return the sentence with which no token comes."""
    with pytest.raises(ConsentryError) as caught:
        identity(tenant).token()
    return str(caught.value)


def users(client: GraphClient) -> int:
    """Return how many requests a list of users took."""
    traffic = Traffic()
    assert list(pages(client, Listing("/v1.0/users"), traffic))
    return traffic.requests


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_comes_and_graph_takes_it(world: World, kind: str) -> None:
    """Graph answers the first request; the token is for this tenant and this Graph, and says what the app may do."""
    tenant = world.tenant(kind)
    with GraphClient(tenant) as client:
        assert users(client) == 1
    held = identity(tenant)
    claims = jwt.decode(held.token(), options={"verify_signature": False})
    assert (claims["tid"], claims["aud"]) == (tenant.tenant_id, world.server.url)
    if tenant.client_id:
        assert claims["appid"] == tenant.client_id
    assert held.granted() == set(DEFAULT_ROLES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_ends_in_the_middle_of_a_run_is_renewed(world: World, kind: str) -> None:
    """Requests share a token while it lasts; later ones get another before Graph has to refuse the old one."""
    with GraphClient(world.tenant(kind)) as client:
        assert users(client) == users(client) == 1
        assert world.asked() == 1
        world.hours_pass(2)
        assert users(client) == 1
        assert world.asked() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_graph_rejects_is_replaced(world: World, kind: str) -> None:
    """A token that was ended early costs one more request for a token and one repeated request; the run goes on."""
    with GraphClient(world.tenant(kind)) as client:
        assert users(client) == 1
        world.server.faults.expire_tokens()
        assert users(client) == 2
        assert world.asked() == 2
        assert users(client) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_secret_is_shown_or_logged(world: World, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Secrets, passphrases and tokens stand in no repr and in no log line of any library, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    tenant = world.tenant(kind)
    held = identity(tenant)
    token = held.token()
    with GraphClient(tenant) as client:
        world.server.faults.expire_tokens()
        users(client)
        shown = f"{held!r} {vars(held)!r} {client!r} {tenant!r} {vars(client)!r}"
    host_secret = world.host.app_service["IDENTITY_HEADER"]
    federated = world.issue().read_text()
    key = Path(world.server.settings["CONSENTRY_CLIENT_CERTIFICATE"]).read_text().splitlines()[1:8]
    for secret in (world.server.tenant.registration.secret, PASSPHRASE, host_secret, federated, token, *key):
        assert secret not in caplog.text
        assert secret.rsplit(".", 1)[0] not in shown
    assert caplog.records


def _other_key(world: World) -> str:
    return world.server.identity.issuer.token(key=generate_private_key(65537, 2048))


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda w: w.server.identity.issuer.token(issuer="https://other.example/"), "AADSTS700211", "issuer"),
        (lambda w: w.server.identity.issuer.token(audience="api://other"), "AADSTS700212", "audience"),
        (lambda w: w.server.identity.issuer.token(subject="system:serviceaccount:x:y"), "AADSTS700213", "subject"),
        (lambda w: w.server.identity.issuer.token(life=timedelta(0)), "AADSTS700024", "clock"),
        (_other_key, "AADSTS50027", "issued again"),
        (lambda _: "no.token.atall", "AADSTS50027", "issued again"),
    ],
    ids=["issuer", "audience", "subject", "expired", "key", "garbage"],
)
def test_a_federated_token_that_entra_refuses_says_why(
    world: World, make: Callable[[World], str], code: str, words: str
) -> None:
    """Issuer, audience, subject and time are told apart, with the file's setting; the token is not shown."""
    tenant = world.tenant("federated token")
    token = make(world)
    world.issue(token)
    said = refusal(tenant)
    assert f"({code})" in said
    assert words in said
    assert "CONSENTRY_FEDERATED_TOKEN_FILE" in said
    assert token not in said


@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read"), (" \n", "is empty"), ("é", "cannot be read")])
def test_a_federated_token_file_that_cannot_be_used_is_named(world: World, content: str | None, words: str) -> None:
    """A file that vanished, is empty or holds no token is named with its setting."""
    tenant = world.tenant("federated token")
    assert isinstance(tenant.credential, WorkloadIdentity)
    tenant.credential.token_file.unlink() if content is None else world.issue(content)
    said = refusal(tenant)
    assert f"CONSENTRY_FEDERATED_TOKEN_FILE names '{tenant.credential.token_file}', which {words}" in said


@pytest.mark.parametrize("kind", ["user-assigned", "App Service, user-assigned"])
def test_an_identity_that_the_host_does_not_have_is_told(world: World, kind: str) -> None:
    """The sentence names the setting and the tenant."""
    tenant = world.tenant(kind)
    nobody = replace(tenant.credential, client_id="00000000-0000-4000-8000-000000000000")  # type: ignore[call-arg]
    said = refusal(replace(tenant, credential=nobody))
    assert "has no such managed identity; assign it, or correct CONSENTRY_MANAGED_IDENTITY" in said
    assert tenant.tenant_id in said


def test_a_wrong_header_of_app_service_is_told(world: World) -> None:
    """A host that refuses for a reason without advice of its own still leads to a sentence, without the header."""
    tenant = world.tenant("App Service")
    world.monkeypatch.setenv("IDENTITY_HEADER", "stale-header")
    said = refusal(tenant)
    assert "Check that a managed identity is assigned to this host" in said
    assert "stale-header" not in said


@pytest.mark.parametrize("status", [404, 410, 429, 500])
def test_a_host_that_fails_for_a_moment_is_asked_again(world: World, status: int) -> None:
    """What Azure's endpoint answers while it is busy or being updated does not end a run."""
    tenant = world.tenant("virtual machine")
    world.server.faults.server_error(IMDS, status=status)
    assert identity(tenant).token()
    assert world.asked() == 2


def test_a_host_that_keeps_failing_is_told(world: World) -> None:
    """A web page in place of a token, for good, is no token and leads to a sentence."""
    tenant = world.tenant("App Service")
    world.server.faults.html(APP_SERVICE, times=100)
    assert "No managed identity endpoint answers on this host" in refusal(tenant)


def test_a_machine_outside_azure_is_told(world: World) -> None:
    """Where no endpoint answers, the sentence says where managed identities work and what to set elsewhere."""
    tenant = world.tenant("virtual machine")
    world.monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    said = refusal(tenant)
    assert "works on Azure only" in said
    assert "CONSENTRY_MANAGED_IDENTITY" in said


def test_a_proxy_is_never_asked_for_the_hosts_identity(world: World) -> None:
    """The endpoint is the machine's own: a proxy in the environment does not see the request."""
    tenant = world.tenant("virtual machine")
    for name in ("HTTP_PROXY", "http_proxy"):
        world.monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert identity(tenant).token()


def test_a_bundle_of_certificates_that_is_not_there_is_told(world: World) -> None:
    """The token comes from the host without it; Graph cannot be trusted, and the sentence names the environment."""
    tenant = replace(world.tenant("virtual machine"), ca_file=None)
    world.monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(world.folder / "none.pem"))
    with (
        GraphClient(tenant, sleep=lambda _: None) as client,
        pytest.raises(Unreachable, match=r"none\.pem\. Correct REQUESTS_CA_BUNDLE .* or set CONSENTRY_CA_FILE"),
    ):
        users(client)


def test_an_identity_of_another_tenant_is_refused(world: World) -> None:
    """A host gives tokens of its own tenant only: rows of one never land under the id of another."""
    tenant = replace(world.tenant("virtual machine"), tenant_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(IdentityError, match="CONSENTRY_TENANT_ID is 00000000") as caught:
        identity(tenant).token()
    assert world.server.tenant.id in str(caught.value)


def test_a_clock_that_is_wrong_is_told(world: World) -> None:
    """Where this machine is an hour ahead, the certificate's signature is of no use, and the clock is named."""
    tenant = world.tenant("certificate")
    real = jwt.encode

    def ahead(payload: dict[str, float], *rest: object, **more: object) -> str:
        late = {name: payload[name] + 3600 for name in ("iat", "exp")}
        return real({**payload, **late}, *rest, **more)  # type: ignore[arg-type]

    world.monkeypatch.setattr(jwt, "encode", ahead)
    said = refusal(tenant)
    assert "(AADSTS700024)" in said
    assert "clock" in said
