"""Clouds: one setting leads to the right hosts, and what a cloud lacks is known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import jwt
import pytest

from pipelines import clouds, settings, transport
from pipelines.clouds import CLOUDS, Cloud
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import Listing, pages
from pipelines.identity import Identity
from simulator import Server, serve
from simulator import Tenant as SimulatedTenant
from tests.tunnel import Tunnel, tunnel

HOSTS: Final = sorted({urlsplit(url).hostname or "" for c in CLOUDS.values() for url in (c.authority_url, c.graph_url)})
CLOUD: Final = pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a served tenant that has certificates for the hosts of all clouds."""
    with serve(SimulatedTenant(), names=tuple(HOSTS)) as served:
        yield served


@pytest.fixture
def proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tunnel]:
    """Return a proxy through which Microsoft's hosts are the simulator."""
    with tunnel(urlsplit(server.url).port or 0) as made:
        for name in ("NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", made.url)
        yield made


def tenant_in(server: Server, cloud: Cloud, **more: str) -> settings.Tenant:
    """Return the tenant with its cloud's setting and no addresses."""
    given = {name: value for name, value in server.settings.items() if not name.endswith("_URL")}
    return settings.tenant({**given, "CONSENTRY_CLOUD": cloud.name, **more})


@CLOUD
def test_one_setting_reaches_a_clouds_own_hosts(server: Server, proxy: Tunnel, cloud: Cloud) -> None:
    """MSAL and the client ask the cloud's two hosts and no other, and Graph accepts the token, which is meant for it."""
    tenant = tenant_in(server, cloud)
    assert (tenant.authority_url, tenant.graph_url) == (cloud.authority_url, cloud.graph_url)
    with GraphClient(tenant) as client:
        assert sum(len(page.rows) for page in pages(client, Listing("/v1.0/organization"), Traffic())) == 1
    assert set(proxy.hosts) == {f"{urlsplit(url).hostname}:443" for url in (cloud.authority_url, cloud.graph_url)}
    token = Identity(tenant, transport.session(tenant.ca_file)).token()
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == cloud.graph_url


def test_an_address_of_ones_own_stands_above_the_clouds(server: Server) -> None:
    """A cloud's name with an address leads to the address; the rest stays the cloud's."""
    tenant = tenant_in(server, CLOUDS["china"], CONSENTRY_GRAPH_URL="https://graph.example.com/v1.0")
    assert tenant.graph_url == "https://graph.example.com"
    assert tenant.authority_url == CLOUDS["china"].authority_url
    assert tenant.cloud.name == "china"


@pytest.mark.parametrize(
    ("path", "absent"),
    [
        ("/v1.0/auditLogs/signIns", {"usgov-l4", "usgov-l5", "china", "bleu-fr", "delos-de", "govsg"}),
        ("/v1.0/auditLogs/signIns?$top=1", {"usgov-l4", "usgov-l5", "china", "bleu-fr", "delos-de", "govsg"}),
        ("/beta/auditLogs/signIns", set()),
        ("/v1.0/auditLogs/directoryAudits", {"china"}),
        (
            "/beta/reports/servicePrincipalSignInActivities",
            {"usgov-l4", "usgov-l5", "china", "bleu-fr", "delos-de", "govsg"},
        ),
        (
            "/beta/reports/appcredentialsigninactivities",
            {"usgov-l4", "usgov-l5", "china", "bleu-fr", "delos-de", "govsg"},
        ),
        ("/v1.0/identityProtection/riskyServicePrincipals/1/history", {"china"}),
        ("/v1.0/identityProtection/riskyServicePrincipalsX", set()),
        ("/v1.0/users", set()),
    ],
)
def test_what_a_cloud_lacks_is_known(path: str, absent: set[str]) -> None:
    """A path is lacking with everything below it, however it is capitalised; another version or name is not."""
    assert {cloud.name for cloud in CLOUDS.values() if cloud.lacks(path)} == absent


def test_hosts_of_microsoft_are_those_of_the_clouds() -> None:
    """Each cloud's Graph counts as Microsoft's, and nothing else does."""
    assert len(clouds.microsoft_hosts()) == len(CLOUDS)
    assert {"graph.microsoft.com", "dod-graph.microsoft.us", "graph.svc.sovcloud.fr"} <= clouds.microsoft_hosts()
    assert "login.microsoftonline.com" not in clouds.microsoft_hosts()


@CLOUD
def test_the_page_of_clouds_is_true(cloud: Cloud) -> None:
    """Each cloud's row names its hosts."""
    page = (Path(__file__).parents[1] / "docs" / "connect.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{cloud.name}`"))
    assert [cell.strip() for cell in row.split("|")][3:5] == [
        urlsplit(cloud.authority_url).hostname,
        urlsplit(cloud.graph_url).hostname,
    ]
