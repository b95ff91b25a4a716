"""Identity: real tokens through MSAL, and for each way to get none a sentence that says what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest

from pipelines import settings, transport
from pipelines.errors import IdentityError
from pipelines.identity import Identity
from pipelines.identity.advice import ADVICE
from pipelines.settings import ClientSecret, Tenant
from simulator import Server, serve
from simulator import Tenant as SimulatedTenant
from simulator.faults import Fault
from simulator.identity import make_certificate
from simulator.server import settings_of
from simulator.wire import json_answer

TOKEN_PATH: Final = "/oauth2/v2.0/token"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a served tenant that knows a certificate as well as the secret."""
    with serve(SimulatedTenant(), certificate=True) as served:
        yield served


@pytest.fixture(autouse=True)
def without_faults(server: Server) -> Iterator[None]:
    """End a test's faults with it."""
    yield
    server.faults.clear()


@pytest.fixture
def tenant(server: Server) -> Tenant:
    """Return how to reach the tenant with its secret."""
    return settings.tenant(settings_of(server.tenant, server.url, server.ca_file))


def identity(tenant: Tenant) -> Identity:
    """Return a new identity, with nothing cached."""
    return Identity(tenant, transport.session(tenant.ca_file))


def with_certificate(server: Server, pem: bytes, folder: Path) -> Tenant:
    """Return how to reach the tenant with a PEM file."""
    file = folder / "client.pem"
    file.write_bytes(pem)
    return settings.tenant(settings_of(server.tenant, server.url, server.ca_file, file))


def token_requests(server: Server) -> int:
    """Return how many tokens were asked for so far."""
    return sum(request.path.endswith(TOKEN_PATH) for request in server.requests)


def refusal(tenant: Tenant) -> str:
    """Return the sentence with which no token comes."""
    with pytest.raises(IdentityError) as caught:
        identity(tenant).token()
    return str(caught.value)


def test_a_token_is_asked_for_once_until_it_is_rejected(server: Server, tenant: Tenant) -> None:
    """Calls share one token; one that Graph rejected is replaced by another, once for all threads that held it."""
    held = identity(tenant)
    before = token_requests(server)
    first = held.token()
    assert held.token() == first
    assert token_requests(server) == before + 1
    second = held.token(rejected=first)
    assert second != first
    assert held.token(rejected=first) == second
    assert token_requests(server) == before + 2


def test_wrong_credentials_are_told_apart(server: Server, tenant: Tenant, tmp_path: Path) -> None:
    """A wrong secret, an unknown app, an unknown tenant and a foreign certificate each name their own setting."""
    nobody = "00000000-0000-4000-8000-000000000000"
    wrong = "not~the~secret"
    said = refusal(replace(tenant, credential=ClientSecret(wrong)))
    assert "AADSTS7000215" in said
    assert "CONSENTRY_CLIENT_SECRET" in said
    assert wrong not in said
    assert "CONSENTRY_CLIENT_ID" in refusal(replace(tenant, client_id=nobody))
    assert "CONSENTRY_TENANT_ID" in refusal(replace(tenant, tenant_id=nobody))
    assert "CONSENTRY_CLIENT_CERTIFICATE" in refusal(with_certificate(server, make_certificate(), tmp_path))


@pytest.mark.parametrize("code", ADVICE)
def test_each_known_code_has_its_advice(server: Server, tenant: Tenant, code: str) -> None:
    """Whatever else Entra writes, the sentence names the tenant and the code and says what to do about it."""
    text = f"{code}: Something happened to app 'x'. Trace ID: 1 Correlation ID: 2 Timestamp: 2026-11-23 07:00:00Z"
    body = {"error": "invalid_client", "error_description": text, "error_codes": [int(code.removeprefix("AADSTS"))]}
    server.faults._add(Fault(TOKEN_PATH, 1, replace=lambda _: json_answer(body, 401)))
    said = refusal(tenant)
    assert said == f"Entra gave no access token for tenant {tenant.tenant_id} ({code}). {ADVICE[code]}"


def test_an_unknown_code_is_still_named(server: Server, tenant: Tenant) -> None:
    """A code without advice of its own is told, with where to look."""
    body = {"error": "invalid_request", "error_description": "AADSTS900023: Specified tenant identifier is not valid."}
    server.faults._add(Fault(TOKEN_PATH, 1, replace=lambda _: json_answer(body, 400)))
    assert "(AADSTS900023). Check the app registration" in refusal(tenant)


def test_a_token_service_that_fails_for_a_moment_is_asked_again(server: Server, tenant: Tenant) -> None:
    """A 503 or 429 of Entra does not end a run; one that stays is told."""
    server.faults.server_error(TOKEN_PATH)
    assert identity(tenant).token()
    server.faults.throttle(TOKEN_PATH, retry_after=None)
    assert identity(tenant).token()
    server.faults.server_error(TOKEN_PATH, times=100)
    assert "keeps failing" in refusal(tenant)


def test_a_token_service_that_asks_for_hours_is_not_waited_for(
    server: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a `Retry-After` of Entra is, a minute is waited for each attempt, and then the fault is told."""
    waited: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time", SimpleNamespace(sleep=waited.append, time=time.time))
    server.faults.throttle(TOKEN_PATH, retry_after="21600", times=100)
    assert "keeps failing" in refusal(tenant)
    assert waited == [60, 60, 60]


@pytest.mark.parametrize("path", [TOKEN_PATH, "/openid-configuration"])
def test_a_web_page_in_place_of_entra_is_told(server: Server, tenant: Tenant, path: str) -> None:
    """Where a proxy answers for Entra, the sentence says that it was no answer of Entra's."""
    server.faults.html(path, times=100)
    said = refusal(tenant)
    assert tenant.authority_url in said
    assert "<html>" not in said


def test_a_tenant_is_called_what_people_call_it(tenant: Tenant) -> None:
    """Where a tenant has a name, the sentence tells it beside the id."""
    said = refusal(replace(tenant, name="Contoso", credential=ClientSecret("wrong")))
    assert f"tenant {tenant.tenant_id} (Contoso)" in said


def test_a_token_that_cannot_be_read_grants_nothing(server: Server, tenant: Tenant) -> None:
    """Tokens are opaque by contract: one that is no JWT works, and tells nothing about permissions."""
    for token in ("opaque", "a.b.c", "a.W10.c", "a.eyJyb2xlcyI6ICJ4In0.c"):
        body = {"token_type": "Bearer", "expires_in": 3599, "access_token": token}
        server.faults._add(Fault(TOKEN_PATH, 1, replace=lambda _, body=body: json_answer(body)))
        held = identity(tenant)
        assert held.granted() == frozenset()
        assert held.token() == token
