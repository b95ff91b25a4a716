"""Settings -> access tokens, through MSAL: the wire belongs to MSAL, and so does the cache that renews a token before it ends."""

from __future__ import annotations

import threading
from typing import Any, Protocol

import requests

from pipelines.errors import IdentityError
from pipelines.identity import advice, claims
from pipelines.identity.managed import ManagedHost
from pipelines.identity.registered import RegisteredApp
from pipelines.settings import ManagedIdentity, Tenant


class Source(Protocol):
    """Where tokens come from."""

    def ask(self) -> dict[str, Any]:
        """Return a token, cached or new, or OAuth's error."""

    def forget(self) -> None:
        """Make the next question go out."""


class Identity:
    """Access tokens for one tenant's Graph. Threads may share it.

    Args:
        tenant: where and as whom to ask.
        http: the session that MSAL sends its requests to Entra through.
    """

    def __init__(self, tenant: Tenant, http: requests.Session):
        self._tenant = tenant
        self._source = _source(tenant, http)
        self._lock = threading.Lock()

    def token(self, *, rejected: str | None = None) -> str:
        """Return an access token: the cached one, or a new one in place of one that Graph rejected.

        Raises:
            IdentityError: Entra gave none; the sentence says why and what to do.
            SettingsError: the credential cannot be used.
        """
        with self._lock:
            answer = self._source.ask()
            if rejected is not None and answer.get("access_token") == rejected:
                self._source.forget()
                answer = self._source.ask()
        if "access_token" not in answer:
            fallback = advice.CHECK_HOST if isinstance(self._source, ManagedHost) else advice.CHECK_REGISTRATION
            raise IdentityError(advice.refused(self._tenant, answer, fallback))
        return str(answer["access_token"])

    def granted(self) -> frozenset[str]:
        """Return the application permissions that Entra wrote into the token, for `consentry check` to show.

        They are read from the token's `roles` without checking its signature, and they decide nothing: Graph does. A
        token that cannot be read has none.

        Raises:
            IdentityError: Entra gave no token.
            SettingsError: the credential cannot be used.
        """
        roles = claims.read(self.token()).get("roles", [])
        return frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset()


def _source(tenant: Tenant, http: requests.Session) -> Source:
    if isinstance(tenant.credential, ManagedIdentity):
        return ManagedHost(tenant, tenant.credential)
    return RegisteredApp(tenant, tenant.credential, http)
