"""The token service: MSAL as it comes, and Entra's own words for what it refuses."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from simulator import Tenant
from simulator.identity import make_certificate
from simulator.tenant import DEFAULT_ROLES
from tests.simulator.reader import GRAPH_SCOPE, Open, Reader


def application(reader: Reader, credential: Any) -> msal.ConfidentialClientApplication:
    """MSAL, told no more than where the authority is and whom to trust."""
    session = requests.Session()
    session.trust_env = False
    session.verify = str(reader.server.ca_file)
    settings = reader.server.settings
    return msal.ConfidentialClientApplication(
        settings["CONSENTRY_CLIENT_ID"],
        authority=f"{settings['CONSENTRY_AUTHORITY_URL']}/{settings['CONSENTRY_TENANT_ID']}",
        client_credential=credential,
        instance_discovery=False,
        http_client=session,
    )


def certificate_credential(pem: str, *, thumbprint: bool) -> dict[str, str]:
    """How MSAL takes a certificate: with a SHA-1 thumbprint it signs RS256, without one PS256."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    named = {"thumbprint": certificate.fingerprint(hashes.SHA1()).hex()} if thumbprint else {}  # noqa: S303
    return {"private_key": pem, "public_certificate": pem[pem.index("-----BEGIN CERTIFICATE") :], **named}


def test_secret_gives_token_with_roles(story: Tenant, read: Open) -> None:
    """MSAL gets a token for a client secret; it names the tenant, the app and its permissions."""
    reader = read(story)
    found = application(reader, story.registration.secret).acquire_token_for_client([GRAPH_SCOPE])
    claims = jwt.decode(found["access_token"], options={"verify_signature": False})
    assert (claims["tid"], claims["appid"]) == (story.id, story.registration.client_id)
    assert claims["roles"] == list(DEFAULT_ROLES)
    assert found["expires_in"] == 3599


@pytest.mark.parametrize("thumbprint", [True, False], ids=["RS256", "PS256"])
def test_certificate_gives_token(story: Tenant, read: Open, thumbprint: bool) -> None:
    """MSAL gets a token for the registered certificate, whichever way it signs."""
    reader = read(story, certificate=True)
    pem = Path(reader.server.settings["CONSENTRY_CLIENT_CERTIFICATE"]).read_text(encoding="utf-8")
    found = application(reader, certificate_credential(pem, thumbprint=thumbprint))
    token = found.acquire_token_for_client([GRAPH_SCOPE])
    assert reader.get("/v1.0/users", Authorization=f"Bearer {token['access_token']}").status_code == 200


def test_unregistered_certificate_is_refused(story: Tenant, read: Open) -> None:
    """A certificate that is not registered on the app gives AADSTS700027."""
    reader = read(story, certificate=True)
    credential = certificate_credential(make_certificate().decode(), thumbprint=False)
    found = application(reader, credential).acquire_token_for_client([GRAPH_SCOPE])
    assert (found["error"], found["error_codes"]) == ("invalid_client", [700027])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_id": "00000000-1111-2222-3333-444444444444"}, (400, "unauthorized_client", 700016)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"scope": "User.Read"}, (400, "invalid_scope", 70011)),
    ],
    ids=["wrong secret", "unknown app", "other grant", "single scope"],
)
def test_refusals(story: Tenant, read: Open, changes: dict[str, str], expected: tuple[int, str, int]) -> None:
    """What the token service refuses has Entra's status, error and number, and the number in its text."""
    answer = read(story).token(**changes)
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"][0]) == expected
    assert body["error_description"].startswith(f"AADSTS{expected[2]}: ")


@pytest.mark.parametrize(
    ("claims", "number"),
    [
        ({}, None),
        ({"issuer": "https://other.example/"}, 700211),
        ({"audience": "api://other"}, 700212),
        ({"subject": "system:serviceaccount:other:reader"}, 700213),
        ({"life": timedelta(0)}, 700024),
        ({"key": generate_private_key(65537, 2048)}, 50027),
    ],
    ids=["good", "issuer", "audience", "subject", "expired", "key"],
)
def test_federated_token_is_checked(story: Tenant, read: Open, claims: dict[str, Any], number: int | None) -> None:
    """A token of the trusted issuer takes the secret's place; each mismatch has Entra's own number."""
    reader = read(story)
    assertion = reader.server.identity.issuer.token(**claims)
    found = application(reader, {"client_assertion": lambda: assertion}).acquire_token_for_client([GRAPH_SCOPE])
    assert found.get("error_codes", [None])[0] == number
    assert ("access_token" in found) == (number is None)


def test_federated_token_expires_by_the_tenants_clock(story: Tenant, read: Open) -> None:
    """A token is good for an hour of the tenant's."""
    reader = read(story)
    assertion = reader.server.identity.issuer.token()
    story.clock.advance(timedelta(minutes=61))
    found = application(reader, {"client_assertion": lambda: assertion}).acquire_token_for_client([GRAPH_SCOPE])
    assert found["error_codes"] == [700024]


def test_assertion_of_another_time_is_refused(story: Tenant, read: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the app signed too long ago is told apart from a certificate that is not registered."""
    reader = read(story, certificate=True)
    pem = Path(reader.server.settings["CONSENTRY_CLIENT_CERTIFICATE"]).read_text(encoding="utf-8")
    signed = application(reader, certificate_credential(pem, thumbprint=False)).client.client_assertion()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    found = application(reader, {"client_assertion": lambda: signed}).acquire_token_for_client([GRAPH_SCOPE])
    assert found["error_codes"] == [700024]


def test_token_for_another_graph_is_refused(story: Tenant, read: Open) -> None:
    """At one of Microsoft's hosts only a token that names it as its audience is good."""
    reader = read(story)
    assert reader.get("/v1.0/users", Host="localhost").status_code == 200
    assert reader.get("/v1.0/users", Host="graph.microsoft.com").status_code == 200
    assert reader.error("/v1.0/users", Host="graph.microsoft.us") == (401, "InvalidAuthenticationToken")


def test_unknown_tenant_is_refused_at_discovery(story: Tenant, read: Open) -> None:
    """A tenant that does not exist fails before a secret is sent."""
    answer = read(story).get("/nobody.example/v2.0/.well-known/openid-configuration")
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (
        400,
        "invalid_tenant",
        [90002],
    )


def test_instance_discovery_names_this_host(story: Tenant, read: Open) -> None:
    """Clients that discover instances learn that this authority is one."""
    body = read(story).get("/common/discovery/instance?api-version=1.1&authorization_endpoint=x").json()
    assert body["tenant_discovery_endpoint"].endswith(f"/{story.id}/v2.0/.well-known/openid-configuration")


def test_token_expires_by_the_tenants_clock(story: Tenant, read: Open) -> None:
    """A token is good until its life is over, and a fresh one works again."""
    reader = read(story, token_life=timedelta(minutes=5))
    story.clock.advance(timedelta(minutes=4))
    assert reader.get("/v1.0/users").status_code == 200
    story.clock.advance(timedelta(minutes=2))
    assert reader.error("/v1.0/users") == (401, "InvalidAuthenticationToken")
    reader.authorize()
    assert reader.get("/v1.0/users").status_code == 200


def test_tokens_can_be_ended_at_once(story: Tenant, read: Open) -> None:
    """After `expire_tokens` only tokens given out later are good."""
    reader = read(story)
    reader.server.faults.expire_tokens()
    assert reader.error("/v1.0/users") == (401, "InvalidAuthenticationToken")
    reader.authorize()
    assert reader.get("/v1.0/users").status_code == 200


@pytest.mark.parametrize("value", ["", "Basic abc", "Bearer", "Bearer abc", "Bearer a.b.c"])
def test_request_without_a_good_token_is_refused(story: Tenant, read: Open, value: str) -> None:
    """No token, and anything that is none, gives 401."""
    assert read(story).error("/v1.0/users", Authorization=value) == (401, "InvalidAuthenticationToken")


def test_token_of_another_tenant_is_refused(story: Tenant, read: Open) -> None:
    """A token of one tenant does not open another."""
    stranger = read(Tenant(now=story.now, seed=2)).session.headers["Authorization"]
    assert read(story).error("/v1.0/users", Authorization=str(stranger)) == (401, "InvalidAuthenticationToken")


def test_secrets_stay_out_of_the_request_log(story: Tenant, read: Open) -> None:
    """The log of requests holds neither the secret nor a token."""
    reader = read(story)
    reader.get("/v1.0/users")
    text = repr(list(reader.server.requests)) + repr(story.registration)
    assert story.registration.secret not in text
    assert str(reader.session.headers["Authorization"]).split()[1] not in text
