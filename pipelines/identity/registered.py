"""Tokens for an app registration: by secret, certificate or federated token."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_never

import msal
import requests
from requests.adapters import HTTPAdapter

from pipelines.errors import IdentityError, SettingsError
from pipelines.identity import advice, certificates
from pipelines.settings import ClientCertificate, ClientSecret, Tenant, WorkloadIdentity
from pipelines.transport import TOKEN_RETRY, base


class RegisteredApp:
    """An app registration, which asks Entra itself.

    Args:
        tenant: where and as whom to ask.
        credential: what proves that we are the app.
        http: the session that MSAL sends its requests through.
    """

    def __init__(
        self, tenant: Tenant, credential: ClientSecret | ClientCertificate | WorkloadIdentity, http: requests.Session
    ):
        self._tenant = tenant
        self._credential = credential
        self._http = http
        self._authority = f"{tenant.authority_url}/{tenant.tenant_id}"
        self._http.mount(f"{self._authority}/", HTTPAdapter(max_retries=TOKEN_RETRY))
        self._app: msal.ConfidentialClientApplication | None = None

    def ask(self) -> dict[str, Any]:
        """Return what MSAL has in its cache or, where that is old, what Entra answers: a token or OAuth's error.

        Raises:
            IdentityError: Entra cannot be reached, or what answered is not Entra.
            SettingsError: the credential cannot be used.
        """
        app = self._app = self._app or self._connect()
        try:
            return dict(app.acquire_token_for_client(scopes=[f"{base(self._tenant.graph_url)}/.default"]) or {})
        except OSError as fault:
            raise IdentityError(advice.unreachable(self._tenant, fault)) from fault
        except (msal.exceptions.MsalError, ValueError) as fault:
            raise IdentityError(advice.unanswered(self._tenant, fault)) from fault

    def forget(self) -> None:
        """Make the next question go to Entra."""
        if self._app is not None:
            self._app.remove_tokens_for_client()

    def _connect(self) -> msal.ConfidentialClientApplication:
        proof = _for_msal(self._credential)
        try:
            # Instance discovery would ask login.microsoftonline.com about hosts it does not know.
            return msal.ConfidentialClientApplication(
                self._tenant.client_id,
                client_credential=proof,
                authority=self._authority,
                instance_discovery=False,
                http_client=self._http,
            )
        except OSError as fault:  # of requests, or of a bundle of certificates that is not there
            raise IdentityError(advice.unreachable(self._tenant, fault)) from fault
        except (ValueError, KeyError) as fault:
            answer = {"error_description": str(fault)}
            raise IdentityError(advice.refused(self._tenant, answer, advice.undiscovered(self._tenant))) from fault


def _for_msal(credential: ClientSecret | ClientCertificate | WorkloadIdentity) -> Any:
    """Return what MSAL takes as `client_credential`."""
    match credential:
        case ClientSecret(secret):
            return secret
        case ClientCertificate():
            return certificates.load(credential)
        case WorkloadIdentity(token_file):
            # MSAL calls this for each request to Entra: the file's owner replaces the token every hour or so.
            return {"client_assertion": lambda: _federated_token(token_file)}
        case _:
            assert_never(credential)


def _federated_token(file: Path) -> str:
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(
            f"CONSENTRY_FEDERATED_TOKEN_FILE names {str(file)!r}, which cannot be read; check that it is there and whom it belongs to."
        ) from fault
    if not token:
        raise SettingsError(
            f"CONSENTRY_FEDERATED_TOKEN_FILE names {str(file)!r}, which is empty; whoever issues the token has to write it there."
        )
    return token
