"""Sign-ins with Microsoft's client and its page iterator."""

from __future__ import annotations

import asyncio
import ssl
import warnings

import httpx
from azure.identity.aio import ClientSecretCredential
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph_core import GraphClientFactory, PageIterator

from benchmarks.peers import QUERY


def read(env: dict[str, str], most: int) -> int:
    """Return how many sign-ins came; each is an object of the client's."""
    warnings.simplefilter("ignore", DeprecationWarning)  # the client calls its own deprecated classes
    return asyncio.run(_read(env, most))


async def _read(env: dict[str, str], most: int) -> int:
    trust = ssl.create_default_context(cafile=env["CONSENTRY_CA_FILE"])
    url = env["CONSENTRY_GRAPH_URL"]
    credential = ClientSecretCredential(
        env["CONSENTRY_TENANT_ID"],
        env["CONSENTRY_CLIENT_ID"],
        env["CONSENTRY_CLIENT_SECRET"],
        authority=env["CONSENTRY_AUTHORITY_URL"],
        disable_instance_discovery=True,
        connection_verify=env["CONSENTRY_CA_FILE"],
    )
    scopes = ["https://graph.microsoft.com/.default"]
    provider = AzureIdentityAuthenticationProvider(credential, scopes=scopes, allowed_hosts=["localhost"])
    async with httpx.AsyncHTTPTransport(verify=trust) as transport, credential:
        http = httpx.AsyncClient(transport=transport, base_url=f"{url}/v1.0", timeout=60)
        adapter = GraphRequestAdapter(provider, client=GraphClientFactory.create_with_default_middleware(client=http))
        adapter.base_url = f"{url}/v1.0"
        client = GraphServiceClient(request_adapter=adapter)
        first = await client.audit_logs.sign_ins.with_url(url + QUERY).get()
        assert first is not None
        found: list[object] = []

        def take(item: object) -> bool:
            found.append(item)
            return len(found) < most

        await PageIterator(first, adapter).iterate(take)
        return len(found)
