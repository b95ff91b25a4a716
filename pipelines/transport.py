"""Settings -> an HTTP session that trusts the right certificate authority and honours proxies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from pipelines.errors import SettingsError

CONNECTIONS: Final = 16
LONGEST: Final = 60
"""Seconds of a `Retry-After` that are waited for a token: meanwhile nobody has one, and the wait cannot be halted."""

TOKEN_RETRY: Final = Retry(
    3,
    other=0,
    backoff_factor=0.5,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=None,
    retry_after_max=LONGEST,
)
"""For the token endpoint, which MSAL asks once and gives up; requests to Graph are repeated by `graph.retry` instead."""

HOST_RETRY: Final = Retry(
    3,
    connect=1,
    other=0,
    backoff_factor=0.5,
    status_forcelist=(404, 410, 429, 500, 502, 503, 504),
    raise_on_status=False,
    retry_after_max=LONGEST,
)
"""For a host's managed identity endpoint; it says 404 and 410 while it is being updated (Azure, "How to use managed identities")."""

TOKEN_SECONDS: Final = (10, 60)
"""How long to wait for a connection and for an answer, where whoever sends does not say: MSAL never does."""

HOST_SECONDS: Final = (2, 30)
"""The same for the host's own endpoint; outside Azure nothing answers at its address."""

DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class _Session(requests.Session):
    """A session that never waits for ever, and whose own `verify` wins over REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.

    Args:
        timeout: seconds for a connection and for an answer.
    """

    def __init__(self, timeout: tuple[float, float]):
        super().__init__()
        self._timeout = timeout

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if options.get("timeout") is None:
            options["timeout"] = self._timeout
        return super().send(request, **options)

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        merged = super().merge_environment_settings(url, proxies, stream, verify, cert)
        if isinstance(self.verify, str):
            merged["verify"] = self.verify
        return merged


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL: what must be the same for a token to go there."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)


def base(url: str) -> str:
    """Return a URL without its path: what a token's audience is called."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def session(ca_file: Path | None, headers: Mapping[str, str] | None = None) -> requests.Session:
    """Return a session that trusts the authorities of `ca_file`, or the system's where it is None.

    Raises:
        SettingsError: the file cannot be read, or holds no certificate.
    """
    made = _Session(TOKEN_SECONDS)
    made.headers.update(headers or {})
    if ca_file is not None:
        _insist_on_certificate(ca_file)
        made.verify = str(ca_file)
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS, max_retries=0)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


def _insist_on_certificate(ca_file: Path) -> None:
    named = f"CONSENTRY_CA_FILE names {str(ca_file)!r}"
    try:
        content = ca_file.read_bytes()
    except OSError as fault:
        raise SettingsError(f"{named}, which cannot be opened ({fault.strerror}); correct that.") from fault
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise SettingsError(f"{named}, which holds no PEM certificate; export the authority's certificate as PEM.")


def host_session() -> requests.Session:
    """Return a session for the endpoint of the Azure host that this runs on, which no proxy can reach."""
    made = _Session(HOST_SECONDS)
    made.trust_env = False
    adapter = HTTPAdapter(max_retries=HOST_RETRY)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made
