"""Microsoft's own client reads the simulator without knowing that it is one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from azure.identity.aio import ClientSecretCredential
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph_core import GraphClientFactory, PageIterator

from tests.simulator.reader import GRAPH_SCOPE, Reader

Fetch = Callable[[GraphServiceClient], Awaitable[Any]]


async def collect(reader: Reader, fetch: Fetch) -> list[Any]:
    """Every item of a collection, read with the SDK's own page iterator."""
    server, settings = reader.server, reader.server.settings
    ca_file = settings["CONSENTRY_CA_FILE"]
    credential = ClientSecretCredential(
        settings["CONSENTRY_TENANT_ID"],
        settings["CONSENTRY_CLIENT_ID"],
        settings["CONSENTRY_CLIENT_SECRET"],
        authority=settings["CONSENTRY_AUTHORITY_URL"],
        disable_instance_discovery=True,
        connection_verify=ca_file,
    )
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[GRAPH_SCOPE], allowed_hosts=["localhost"])
    base_url = f"{server.url}/v1.0"
    trust = ssl.create_default_context(cafile=ca_file)
    # The SDK wraps the transport and forgets to close what it wrapped.
    async with httpx.AsyncHTTPTransport(verify=trust) as transport, credential:
        http = httpx.AsyncClient(transport=transport, base_url=base_url, timeout=30)
        adapter = GraphRequestAdapter(provider, client=GraphClientFactory.create_with_default_middleware(client=http))
        adapter.base_url = base_url
        client = GraphServiceClient(request_adapter=adapter)
        items: list[Any] = []
        pages = PageIterator(await fetch(client), adapter)
        await pages.iterate(lambda item: items.append(item) or True)
        return items


@pytest.mark.parametrize(
    ("name", "fetch"),
    [
        ("users", lambda client: client.users.get()),
        ("servicePrincipals", lambda client: client.service_principals.get()),
        ("oauth2PermissionGrants", lambda client: client.oauth2_permission_grants.get()),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK calls its own deprecated classes
def test_sdk_gets_exactly_the_rows(crowd: Reader, name: str, fetch: Fetch) -> None:
    """The SDK lists every row once, and reads its properties."""
    expected = crowd.server.tenant.rows(name)
    found = asyncio.run(collect(crowd, fetch))
    assert [item.id for item in found] == [row["id"] for row in expected]
    if name == "oauth2PermissionGrants":
        assert [item.scope for item in found] == [row["scope"] for row in expected]
    else:
        assert [item.display_name for item in found] == [row["displayName"] for row in expected]
