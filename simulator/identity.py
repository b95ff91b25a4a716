"""The token service: discovery, access tokens for the registered app, and the errors of Entra's own numbering."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from simulator import ids
from simulator.federation import Issuer
from simulator.oauth import Refusal, refused
from simulator.tenant import Tenant
from simulator.wire import Answer, GraphError, Request, json_answer

TOKEN_LIFE = timedelta(seconds=3599)
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ["PS256", "RS256"]
_INVALID = "InvalidAuthenticationToken"
_SKEW = 300  # seconds that a clock may be ahead
_UNTIMED = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@cache
def signing_key() -> RSAPrivateKey:
    """The key with which this process signs access tokens."""
    return generate_private_key(65537, 2048)


class Identity:
    """Issues and checks access tokens for one tenant.

    Args:
        tenant: The tenant; its registration holds the secret and the permissions.
        certificates: Certificates the app may sign its assertions with.
        token_life: How long a token lasts by the tenant's clock.

    Attributes:
        issuer: An issuer outside Entra whose tokens the app may present in place of a secret.
        life: How long a token lasts.
    """

    def __init__(
        self, tenant: Tenant, certificates: tuple[x509.Certificate, ...] = (), token_life: timedelta = TOKEN_LIFE
    ) -> None:
        self._tenant = tenant
        self._certificates = certificates
        self.issuer = Issuer(tenant)
        self.life = token_life
        self._generation = 0
        self._known: dict[str, dict[str, Any]] = {}

    def expire_tokens(self) -> None:
        """Make every token issued so far invalid."""
        self._generation += 1

    def answers(self, path: str) -> bool:
        """Whether a path belongs to the token service."""
        return "/oauth2/" in path or "/discovery/" in path or path.endswith("/openid-configuration")

    def answer(self, request: Request) -> Answer:
        """The answer to a request to the token service."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            return refused(request, refusal)

    def roles_of(self, request: Request) -> frozenset[str]:
        """The application permissions in the request's access token.

        Raises:
            GraphError: There is no token, or it is expired or not for this tenant.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise GraphError(401, _INVALID, "Access token is empty.")
        claims = self._claims(token)
        if claims["tid"] != self._tenant.id or claims["generation"] != self._generation:
            raise GraphError(401, _INVALID, "Access token validation failure. Invalid audience.")
        if _is_elsewhere(claims["aud"], request):
            raise GraphError(401, _INVALID, "Access token validation failure. Invalid audience.")
        if claims["exp"] <= self._tenant.now.timestamp():
            raise GraphError(401, _INVALID, "Lifetime validation failed, the token is expired.")
        return frozenset(claims["roles"])

    def _claims(self, token: str) -> dict[str, Any]:
        if token not in self._known:
            try:
                # The tenant's clock decides about the life of a token, not the real one.
                checks = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False}
                key = signing_key().public_key()
                self._known[token] = jwt.decode(token, key, algorithms=["RS256"], options=checks)  # type: ignore[arg-type]
            except jwt.InvalidTokenError:
                raise GraphError(401, _INVALID, "CompactToken parsing failed with error code: 80049217") from None
        return self._known[token]

    def _answer(self, request: Request) -> Answer:
        parts = request.path.strip("/").split("/")
        if request.path == "/common/discovery/instance":
            return json_answer(self._instance(request))
        if request.path.endswith("/discovery/v2.0/keys"):
            return json_answer({"keys": [self._public_key()]})
        if parts[0] not in {self._tenant.id, self._tenant.domain}:
            raise Refusal(400, "invalid_tenant", 90002, f"Tenant '{parts[0]}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.")  # fmt: skip
        if parts[-1] == "openid-configuration":
            return json_answer(self._configuration(request))
        if parts[1:] == ["oauth2", "v2.0", "token"] and request.method == "POST":
            return json_answer(self._token(request))
        raise Refusal(404, "invalid_request", 900144, f"There is nothing at {request.path}.")

    def _token(self, request: Request) -> dict[str, Any]:
        form = request.form
        if form.get("grant_type") != "client_credentials":
            raise Refusal(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if form.get("client_id") != self._tenant.registration.client_id:
            raise Refusal(400, "unauthorized_client", 700016, f"Application with identifier '{form.get('client_id')}' was not found in the directory '{self._tenant.name}'.")  # fmt: skip
        if not form.get("scope", "").endswith("/.default"):
            raise Refusal(400, "invalid_scope", 70011, f"The provided value for the input parameter 'scope' is not valid: {form.get('scope')}")  # fmt: skip
        self._authenticate(request, form)
        life = int(self.life.total_seconds())
        token = self.access_token(request, form["scope"].removesuffix("/.default"), form["client_id"])
        return {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}

    def _authenticate(self, request: Request, form: dict[str, str]) -> None:
        if form.get("client_assertion_type") == _ASSERTION:
            self._check_assertion(form.get("client_assertion", ""), request)
        elif form.get("client_secret") != self._tenant.registration.secret:
            raise Refusal(401, "invalid_client", 7000215, f"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{self._tenant.registration.client_id}'.")  # fmt: skip

    def _check_assertion(self, assertion: str, request: Request) -> None:
        """Accept what the app signed itself, or a token of the issuer that it trusts."""
        try:
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            raise Refusal(401, "invalid_client", 50027, "JWT token is invalid or malformed.") from None
        if claims.get("iss") == self._tenant.registration.client_id:
            self._check_signed(assertion, f"{request.base_url}{request.path}")
        else:
            self.issuer.check(assertion)

    def _check_signed(self, assertion: str, audience: str) -> None:
        client_id = self._tenant.registration.client_id
        for certificate in self._certificates:
            try:
                key = certificate.public_key()
                claims = jwt.decode(assertion, key, algorithms=_ALGORITHMS, audience=audience, issuer=client_id, options=_UNTIMED)  # type: ignore[arg-type]  # fmt: skip
                _check_thumbprint(assertion, certificate)
            except jwt.InvalidTokenError:
                continue
            # The app signs by its machine's clock, which is not the tenant's.
            if not claims.get("iat", 0) - _SKEW <= time.time() < claims.get("exp", 0):
                raise Refusal(401, "invalid_client", 700024, "Client assertion is not within its valid time range.")
            if claims.get("sub") == client_id:
                return
        raise Refusal(401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application, or the assertion has a wrong audience.")  # fmt: skip

    def access_token(self, request: Request, audience: str, client_id: str) -> str:
        """A token for an app or a managed identity of the tenant; all have the roles of the registration."""
        now = int(self._tenant.now.timestamp())
        claims = {
            "aud": audience,
            "iss": f"{request.base_url}/{self._tenant.id}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + int(self.life.total_seconds()),
            "appid": client_id,
            "app_displayname": "Consentry",
            "idtyp": "app",
            "oid": ids.guid("reader principal", client_id),
            "roles": list(self._tenant.registration.roles),
            "tid": self._tenant.id,
            "uti": request.id,
            "ver": "1.0",
            "generation": self._generation,
        }
        return jwt.encode(claims, signing_key(), algorithm="RS256", headers={"kid": "simulator"})

    def _configuration(self, request: Request) -> dict[str, Any]:
        base = f"{request.base_url}/{self._tenant.id}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "tenant_region_scope": "EU",
        }

    def _instance(self, request: Request) -> dict[str, Any]:
        host = request.base_url.removeprefix("https://")
        return {
            "tenant_discovery_endpoint": f"{request.base_url}/{self._tenant.id}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }

    def _public_key(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(signing_key().public_key(), as_dict=True)
        return {**key, "kid": "simulator", "use": "sig"}


def make_certificate() -> bytes:
    """A fresh RSA key with a self-signed certificate for it, as one PEM text."""
    key = generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Consentry reader")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=730)
    )
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _check_thumbprint(assertion: str, certificate: x509.Certificate) -> None:
    header = jwt.get_unverified_header(assertion)
    for name, algorithm in (("x5t", hashes.SHA1()), ("x5t#S256", hashes.SHA256())):  # noqa: S303 - the protocol's own
        expected = base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).rstrip(b"=").decode()
        if name in header and header[name].rstrip("=") != expected:
            raise jwt.InvalidTokenError("the assertion names another certificate")


def _is_elsewhere(audience: str, request: Request) -> bool:
    """Whether a token is meant for another Graph; on loopback any will do."""
    return urlsplit(request.base_url).hostname not in _LOOPBACK and audience != request.base_url
