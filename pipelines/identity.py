"""Settings -> access tokens, through MSAL.

A credential is a small object that knows what MSAL wants of it; the wire belongs to MSAL.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import msal
import requests
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from requests.adapters import HTTPAdapter

from pipelines.errors import IdentityError, SettingsError
from pipelines.settings import Tenant
from pipelines.transport import TOKEN_RETRY

ADVICE: Final = {
    "AADSTS7000215": "The client secret is wrong; set CONSENTRY_CLIENT_SECRET to the secret's value (not its id), or make a new one.",
    "AADSTS7000222": "The client secret has expired; make a new one and set CONSENTRY_CLIENT_SECRET.",
    "AADSTS700016": "The tenant knows no app with this client id; check CONSENTRY_CLIENT_ID and that admin consent was given.",
    "AADSTS700027": "Entra does not accept the certificate; upload its public part to the app registration, or correct CONSENTRY_CLIENT_CERTIFICATE.",
    "AADSTS90002": "There is no such tenant; check CONSENTRY_TENANT_ID and CONSENTRY_AUTHORITY_URL.",
    "AADSTS53003": "Conditional Access blocks this app; allow its workload identity.",
}
"""What to do about the error codes that Entra gives to an app (the codes are Microsoft's published ones)."""


class Credential(Protocol):
    """What proves to Entra that we are the app."""

    def for_msal(self) -> Any:
        """Return what MSAL takes as `client_credential`."""


@dataclass(frozen=True)
class ClientSecret:
    """A secret shared with Entra."""

    secret: str = field(repr=False)

    def for_msal(self) -> str:
        """Return the secret itself."""
        return self.secret


@dataclass(frozen=True)
class ClientCertificate:
    """A PEM file that holds a private key and its certificate."""

    path: Path

    def for_msal(self) -> dict[str, str]:
        """Return key and certificate; MSAL signs with PS256 and sends the SHA-256 thumbprint.

        Raises:
            SettingsError: the file lacks the key or the certificate, or they cannot be read.
        """
        pem = self.path.read_bytes()
        lacking = [what for what in ("PRIVATE KEY-----", "BEGIN CERTIFICATE-----") if what.encode() not in pem]
        if lacking:
            raise SettingsError(self._unusable(f"lacks {' and '.join(what.rstrip('-') for what in lacking)}"))
        try:
            serialization.load_pem_private_key(pem, password=None)
            x509.load_pem_x509_certificate(pem)
        except TypeError as fault:
            raise SettingsError(self._unusable("holds a private key that is encrypted")) from fault
        except (ValueError, UnsupportedAlgorithm) as fault:
            raise SettingsError(self._unusable("cannot be read")) from fault
        text = pem.decode("utf-8", errors="replace")
        return {"private_key": text, "public_certificate": text}

    def _unusable(self, why: str) -> str:
        return f"CONSENTRY_CLIENT_CERTIFICATE names {str(self.path)!r}, which {why}; it must hold the private key, unencrypted, and the certificate as PEM."


def credential(tenant: Tenant) -> Credential:
    """Return the credential that the settings name."""
    if tenant.client_certificate is not None:
        return ClientCertificate(tenant.client_certificate)
    return ClientSecret(tenant.client_secret or "")


class Identity:
    """Access tokens for one tenant's Graph.

    Args:
        tenant: where and as whom to ask.
        http: the session that MSAL sends its requests through.
    """

    def __init__(self, tenant: Tenant, http: requests.Session):
        self._tenant = tenant
        self._http = http
        self._http.mount(f"{tenant.authority_url}/{tenant.tenant_id}/", HTTPAdapter(max_retries=TOKEN_RETRY))
        self._app: msal.ConfidentialClientApplication | None = None
        self._lock = threading.Lock()

    def token(self, *, rejected: str | None = None) -> str:
        """Return an access token: the cached one, or a new one in place of one that Graph rejected.

        Raises:
            IdentityError: Entra gave none; the sentence says why and what to do.
        """
        with self._lock:
            app = self._app = self._app or self._connect()
            answer = self._ask(app)
            if rejected is not None and answer.get("access_token") == rejected:
                app.remove_tokens_for_client()
                answer = self._ask(app)
        if "access_token" not in answer:
            raise IdentityError(_sentence(answer, self._tenant))
        return str(answer["access_token"])

    def _connect(self) -> msal.ConfidentialClientApplication:
        authority = f"{self._tenant.authority_url}/{self._tenant.tenant_id}"
        proof = credential(self._tenant).for_msal()
        try:
            # Instance discovery would ask login.microsoftonline.com about hosts it does not know, such as a sovereign cloud's.
            return msal.ConfidentialClientApplication(
                self._tenant.client_id,
                client_credential=proof,
                authority=authority,
                instance_discovery=False,
                http_client=self._http,
            )
        except OSError as fault:  # of requests, or of a bundle of certificates that is not there
            raise IdentityError(_unreachable(self._tenant, fault)) from fault
        except (ValueError, KeyError) as fault:
            raise IdentityError(
                _sentence({"error_description": str(fault)}, self._tenant, _no_discovery(self._tenant))
            ) from fault

    def _ask(self, app: msal.ConfidentialClientApplication) -> dict[str, Any]:
        try:
            return dict(app.acquire_token_for_client(scopes=[f"{_origin(self._tenant.graph_url)}/.default"]) or {})
        except OSError as fault:
            raise IdentityError(_unreachable(self._tenant, fault)) from fault
        except (msal.exceptions.MsalError, ValueError) as fault:
            raise IdentityError(
                f"Entra at {self._tenant.authority_url} could not answer ({type(fault).__name__}); try again in a minute."
            ) from fault


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _sentence(
    answer: dict[str, Any], tenant: Tenant, fallback: str = "Check the app registration and its credentials."
) -> str:
    description = str(answer.get("error_description") or answer.get("error") or "no reason given")
    advice = next(
        (text for code, text in ADVICE.items() if f"{code}:" in description or f"{code}." in description), fallback
    )
    code = next(
        (word.rstrip(":.") for word in description.split() if word.startswith("AADSTS")), str(answer.get("error", ""))
    )
    named = f" ({code})" if code else ""
    return f"Entra gave no access token for tenant {tenant.tenant_id}{named}. {advice}"


def _no_discovery(tenant: Tenant) -> str:
    """Return what to do where MSAL does not say why it found no token endpoint."""
    return (
        f"Nothing at {tenant.authority_url} knows this tenant; check CONSENTRY_TENANT_ID and CONSENTRY_AUTHORITY_URL."
    )


def _unreachable(tenant: Tenant, fault: OSError) -> str:
    where = tenant.authority_url
    if not isinstance(fault, requests.RequestException):
        return f"{str(fault).rstrip('.')}. Correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment, or set CONSENTRY_CA_FILE."
    if isinstance(fault, requests.exceptions.SSLError):
        return f"The certificate of {where} is not trusted; set CONSENTRY_CA_FILE to the authority that signed it, or correct CONSENTRY_AUTHORITY_URL."
    if isinstance(fault, requests.exceptions.RetryError):
        return f"Entra at {where} keeps failing; try again in a few minutes."
    return f"Entra at {where} cannot be reached; check CONSENTRY_AUTHORITY_URL, the network and the proxy settings."
