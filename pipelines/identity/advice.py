"""What Entra or an Azure host answers in place of a token -> a sentence for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import requests

from pipelines.settings import Tenant

ADVICE: Final = {
    "AADSTS7000215": "The client secret is wrong; set CONSENTRY_CLIENT_SECRET to the secret's value (not its id), or make a new one.",
    "AADSTS7000222": "The client secret has expired; make a new one and set CONSENTRY_CLIENT_SECRET.",
    "AADSTS7000112": "The app is disabled in this tenant; an administrator may enable it among the enterprise applications.",
    "AADSTS700016": "The tenant knows no app with this client id; check CONSENTRY_CLIENT_ID and that admin consent was given, and CONSENTRY_CLOUD.",
    "AADSTS700024": "What we signed is too old or not valid yet; set this machine's clock, or renew the token in CONSENTRY_FEDERATED_TOKEN_FILE.",
    "AADSTS700027": "Entra does not accept the certificate; upload its public part to the app registration, or correct CONSENTRY_CLIENT_CERTIFICATE.",
    "AADSTS70021": "No federated credential of the app registration matches the token in CONSENTRY_FEDERATED_TOKEN_FILE; compare issuer, subject and audience.",
    "AADSTS700211": "The app registration has no federated credential for the issuer of the token in CONSENTRY_FEDERATED_TOKEN_FILE; add one, or correct its issuer.",
    "AADSTS700212": "The token in CONSENTRY_FEDERATED_TOKEN_FILE is meant for another audience; have it issued for the one that the app registration's federated credential names.",
    "AADSTS700213": "The app registration has no federated credential for the subject of the token in CONSENTRY_FEDERATED_TOKEN_FILE; add one, or correct its subject (capitals count).",
    "AADSTS50027": "The token in CONSENTRY_FEDERATED_TOKEN_FILE is no valid one of its issuer; have it issued again.",
    "AADSTS90002": "There is no such tenant in this cloud; check CONSENTRY_TENANT_ID, CONSENTRY_CLOUD and CONSENTRY_AUTHORITY_URL.",
    "AADSTS500011": "The tenant does not know this Graph; CONSENTRY_GRAPH_URL and CONSENTRY_AUTHORITY_URL must be of the same cloud.",
    "AADSTS53003": "Conditional Access blocks this app; allow its workload identity.",
}
"""What to do about the error codes that Entra gives to an app (Microsoft Entra authentication and authorization error codes)."""

HOST_ADVICE: Final = {
    "Identity not found": "This host has no such managed identity; assign it, or correct CONSENTRY_MANAGED_IDENTITY.",
    "No User Assigned or Delegated Managed Identity found": "This host has no such managed identity; assign it, or correct CONSENTRY_MANAGED_IDENTITY.",
}
"""What to do about the errors of a host's managed identity endpoint, which have no codes."""

CHECK_REGISTRATION: Final = "Check the app registration and its credentials."
CHECK_HOST: Final = "Check that a managed identity is assigned to this host."
CORRECT_BUNDLE: Final = "Correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE in the environment, or set CONSENTRY_CA_FILE."
"""What to do where requests finds no bundle of certificates at the path that the environment names."""

_CODE: Final = re.compile(r"\bAADSTS\d+\b")


def refused(tenant: Tenant, answer: Mapping[str, Any], fallback: str = CHECK_REGISTRATION) -> str:
    """Return why no token came and what to do.

    Args:
        tenant: whose token was asked for.
        answer: OAuth's `error` and `error_description`; nothing of the description but Entra's code is shown.
        fallback: what to do about errors that are not known.
    """
    description = str(answer.get("error_description") or answer.get("error") or "")
    found = _CODE.search(description)
    code = found[0] if found else str(answer.get("error") or "")
    known = ADVICE.get(code) or next((text for words, text in HOST_ADVICE.items() if words in description), None)
    named = f" ({code})" if code else ""
    return f"{_no_token(tenant)}{named}. {known or fallback}"


def _no_token(tenant: Tenant) -> str:
    named = "" if tenant.name == tenant.tenant_id else f" ({tenant.name})"
    return f"Entra gave no access token for tenant {tenant.tenant_id}{named}"


def undiscovered(tenant: Tenant) -> str:
    """Return what to do where MSAL does not say why it found no token endpoint."""
    return f"Nothing at {tenant.authority_url} knows this tenant; check CONSENTRY_TENANT_ID, CONSENTRY_CLOUD and CONSENTRY_AUTHORITY_URL."


def unanswered(tenant: Tenant, fault: Exception) -> str:
    """Return that what came was no answer of Entra's."""
    return f"Entra at {tenant.authority_url} could not answer ({type(fault).__name__}); try again in a minute."


def unreachable(tenant: Tenant, fault: OSError) -> str:
    """Return why Entra cannot be reached, and which setting may be wrong."""
    where = tenant.authority_url
    if not isinstance(fault, requests.RequestException):
        return f"{str(fault).rstrip('.')}. {CORRECT_BUNDLE}"
    if isinstance(fault, requests.exceptions.SSLError):
        return f"The certificate of {where} is not trusted; set CONSENTRY_CA_FILE to the authority that signed it, or correct CONSENTRY_AUTHORITY_URL."
    if isinstance(fault, requests.exceptions.RetryError):
        return f"Entra at {where} keeps failing; try again in a few minutes."
    return f"Entra at {where} cannot be reached; check CONSENTRY_AUTHORITY_URL, the network and the proxy settings."


def no_host(fault: Exception) -> str:
    """Return that the host has no managed identity endpoint, or a broken one."""
    return f"No managed identity endpoint answers on this host ({type(fault).__name__}). CONSENTRY_MANAGED_IDENTITY works on Azure only; elsewhere set a certificate or a federated token."


def foreign_host(tenant: Tenant, found: str) -> str:
    """Return that the host's identity belongs to another tenant than the settings name."""
    return f"The managed identity of this host belongs to tenant {found}, and CONSENTRY_TENANT_ID is {tenant.tenant_id}; correct it. A managed identity reads its own tenant only."
