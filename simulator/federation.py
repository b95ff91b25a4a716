"""Workload identity federation: an issuer outside Entra, whose tokens the app registration trusts instead of a secret."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from simulator.oauth import Refusal
from simulator.tenant import Tenant

AUDIENCE = "api://AzureADTokenExchange"
_UNMATCHED = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion."
_UNTIMED = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}


@cache
def _issuer_key() -> RSAPrivateKey:
    """The key with which the issuer of this process signs."""
    return generate_private_key(65537, 2048)


class Issuer:
    """An issuer such as a Kubernetes cluster's, and the one federated credential that the app registration has of it.

    Args:
        tenant: Its clock decides what has expired.

    Attributes:
        url: The issuer that the credential names.
        subject: The subject that the credential names.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.url = "https://oidc.cluster.example/"
        self.subject = "system:serviceaccount:consentry:reader"

    def token(
        self,
        *,
        issuer: str | None = None,
        subject: str | None = None,
        audience: str = AUDIENCE,
        life: timedelta = timedelta(hours=1),
        key: RSAPrivateKey | None = None,
    ) -> str:
        """A token as the issuer writes it into a file; whatever is given differs from what the credential names."""
        now = self._tenant.now
        claims = {
            "iss": issuer or self.url,
            "sub": subject or self.subject,
            "aud": [audience],
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
        }
        return jwt.encode(claims, key or _issuer_key(), algorithm="RS256")

    def check(self, assertion: str) -> None:
        """Accept a token that the credential matches.

        Raises:
            Refusal: It does not, or it has expired.
        """
        claims = self._claims(assertion)
        now = self._tenant.now.timestamp()
        if not claims.get("nbf", 0) <= now < claims.get("exp", 0):
            raise Refusal(401, "invalid_client", 700024, "Client assertion is not within its valid time range.")
        if AUDIENCE not in claims.get("aud", []):
            raise _unmatched(700212, "audience", claims.get("aud"))
        if claims.get("sub") != self.subject:
            raise _unmatched(700213, "subject", claims.get("sub"))

    def _claims(self, assertion: str) -> dict[str, Any]:
        try:
            issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
            if issuer != self.url:
                raise _unmatched(700211, "issuer", issuer)
            key = _issuer_key().public_key()
            claims: dict[str, Any] = jwt.decode(assertion, key, algorithms=["RS256"], options=_UNTIMED)  # type: ignore[arg-type]
        except jwt.InvalidTokenError:
            raise Refusal(401, "invalid_client", 50027, "JWT token is invalid or malformed.") from None
        return claims


def _unmatched(number: int, what: str, found: object) -> Refusal:
    text = f"No matching federated identity record found for presented assertion {what} '{found}'. {_UNMATCHED}"
    return Refusal(401, "invalid_client", number, text)
