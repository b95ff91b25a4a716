"""Tokens for the managed identity of an Azure host (virtual machine, App Service and their kin)."""

from __future__ import annotations

from typing import Any

import msal

from pipelines import transport
from pipelines.errors import IdentityError
from pipelines.identity import advice, claims
from pipelines.settings import ManagedIdentity, Tenant


class ManagedHost:
    """The host's endpoint, which asks Entra for us.

    MSAL finds the endpoint by itself and speaks its protocol; it repeats nothing, so the session does. The endpoint has a
    cache of its own: a token that was revoked early may come again until Azure notices.

    Args:
        tenant: whose token it has to be.
        credential: which of the host's identities.
    """

    def __init__(self, tenant: Tenant, credential: ManagedIdentity):
        self._tenant = tenant
        self._cache = msal.TokenCache()
        self._resource = transport.base(tenant.graph_url)
        chosen = credential.client_id
        self._client = msal.ManagedIdentityClient(
            msal.UserAssignedManagedIdentity(client_id=chosen) if chosen else msal.SystemAssignedManagedIdentity(),
            http_client=transport.host_session(),
            token_cache=self._cache,
        )

    def ask(self) -> dict[str, Any]:
        """Return what MSAL has in its cache or, where that is old, what the host answers: a token or OAuth's error.

        Raises:
            IdentityError: the host has no such endpoint, or its identity belongs to another tenant.
        """
        try:
            answer = dict(self._client.acquire_token_for_client(resource=self._resource) or {})
        except (OSError, ValueError) as fault:
            raise IdentityError(advice.no_host(fault)) from fault
        home = str(claims.read(str(answer.get("access_token"))).get("tid", self._tenant.tenant_id)).lower()
        if home != self._tenant.tenant_id:
            raise IdentityError(advice.foreign_host(self._tenant, home))
        return answer

    def forget(self) -> None:
        """Make the next question go to the host."""
        for token in list(self._cache.search(msal.TokenCache.CredentialType.ACCESS_TOKEN)):
            self._cache.remove_at(token)
