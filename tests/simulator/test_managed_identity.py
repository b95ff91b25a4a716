"""Managed identities: the two endpoints' protocols to the letter, and tokens that Graph takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from simulator import Tenant
from simulator.managed_identity import APP_SERVICE, IMDS, AzureHost, azure_host
from tests.simulator.reader import Open, Reader

GRAPH = "https://graph.microsoft.com"
VM = {"api-version": "2018-02-01", "resource": GRAPH}
APP = {"api-version": "2019-08-01", "resource": GRAPH}
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def reader(story: Tenant, read: Open) -> Reader:
    """Return a client of the tenant that the host is in."""
    return read(story)


@pytest.fixture
def host(reader: Reader) -> Iterator[AzureHost]:
    """Return a host in the tenant."""
    with azure_host(reader.server) as served:
        yield served


def ask(host: AzureHost, path: str, query: dict[str, str], headers: dict[str, str]) -> requests.Response:
    """Ask an endpoint of the host, past any proxy."""
    url = host.imds["AZURE_POD_IDENTITY_AUTHORITY_HOST"]
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{url}{path}", params=query, headers=headers, timeout=10)


def test_tokens_of_both_endpoints_open_graph(reader: Reader, host: AzureHost, story: Tenant) -> None:
    """Each answers in its own shape, numbers as text, with a token that is good for as long as it says."""
    machine = ask(host, IMDS, VM, {"Metadata": "true"}).json()
    service = ask(host, APP_SERVICE, APP, {"X-IDENTITY-HEADER": host.app_service["IDENTITY_HEADER"]}).json()
    assert machine["expires_in"] == "3599"
    assert "expires_in" not in service
    for answer in (machine, service):
        assert answer["token_type"] == "Bearer"
        assert answer["resource"] == GRAPH
        assert answer["expires_on"] == str(int((story.now + timedelta(seconds=3599)).timestamp()))
        assert reader.get("/v1.0/users", Authorization=f"Bearer {answer['access_token']}").status_code == 200
    story.clock.advance(timedelta(hours=2))
    expired = reader.error("/v1.0/users", Authorization=f"Bearer {machine['access_token']}")
    assert expired == (401, "InvalidAuthenticationToken")


def test_a_user_assigned_identity_is_chosen_by_its_client_id(host: AzureHost) -> None:
    """The token is the chosen identity's own; without a choice it is the host's."""
    chosen = ask(host, IMDS, {**VM, "client_id": host.client_id}, {"Metadata": "true"}).json()
    own = ask(host, IMDS, VM, {"Metadata": "true"}).json()
    assert chosen["client_id"] == host.client_id != own["client_id"]


@pytest.mark.parametrize(
    ("query", "headers", "text"),
    [
        (VM, {}, "Required metadata header not specified"),
        (VM, {"Metadata": "true", "X-Forwarded-For": "10.0.0.1"}, "Required metadata header not specified"),
        ({"resource": GRAPH}, {"Metadata": "true"}, "Required query variable 'api-version' is not 2018-02-01"),
        ({"api-version": "2018-02-01"}, {"Metadata": "true"}, "Required audience parameter not specified"),
        ({**VM, "client_id": NOBODY}, {"Metadata": "true"}, "Identity not found"),
    ],
)
def test_a_virtual_machine_refuses(host: AzureHost, query: dict[str, str], headers: dict[str, str], text: str) -> None:
    """What is not asked as it should be, or for an identity that is not there, gives 400 and OAuth's error."""
    answer = ask(host, IMDS, query, headers)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request", "error_description": text})


@pytest.mark.parametrize(
    ("query", "secret", "status", "text"),
    [
        (APP, "wrong", 401, "Unauthorized"),
        ({"resource": GRAPH}, None, 400, "api-version"),
        ({**APP, "client_id": NOBODY}, None, 400, "No User Assigned or Delegated Managed Identity found"),
    ],
)
def test_app_service_refuses(
    host: AzureHost, query: dict[str, str], secret: str | None, status: int, text: str
) -> None:
    """App Service has errors of its own shape, and insists on its header."""
    header = secret or host.app_service["IDENTITY_HEADER"]
    answer = ask(host, APP_SERVICE, query, {"X-IDENTITY-HEADER": header})
    assert (answer.status_code, answer.json()["statusCode"]) == (status, status)
    assert text in answer.json()["message"]


def test_faults_happen_to_the_host_too(reader: Reader, host: AzureHost) -> None:
    """A fault of the server's strikes the endpoint whose path it names, and nothing else is there."""
    reader.server.faults.throttle(IMDS, retry_after="3")
    struck = ask(host, IMDS, VM, {"Metadata": "true"})
    assert (struck.status_code, struck.headers["Retry-After"]) == (429, "3")
    assert ask(host, IMDS, VM, {"Metadata": "true"}).status_code == 200
    assert ask(host, "/metadata/instance", VM, {"Metadata": "true"}).status_code == 404
