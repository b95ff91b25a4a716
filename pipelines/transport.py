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
TOKEN_RETRY: Final = Retry(3, other=0, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), allowed_methods=None)
"""For the token endpoint, which MSAL asks once and gives up; requests to Graph are repeated by `graph.retry` instead."""

DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class _Session(requests.Session):
    """A session whose own `verify` wins over REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, which requests would let override it."""

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        merged = super().merge_environment_settings(url, proxies, stream, verify, cert)
        if isinstance(self.verify, str):
            merged["verify"] = self.verify
        return merged


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL: what must be the same for a token to go there."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)


def session(ca_file: Path | None, headers: Mapping[str, str] | None = None) -> requests.Session:
    """Return a session that trusts the authorities of `ca_file`, or the system's where it is None.

    Raises:
        SettingsError: the file holds no certificate.
    """
    made = _Session()
    made.headers.update(headers or {})
    if ca_file is not None:
        if b"-----BEGIN CERTIFICATE-----" not in ca_file.read_bytes():
            raise SettingsError(
                f"CONSENTRY_CA_FILE names {str(ca_file)!r}, which holds no PEM certificate; export the authority's certificate as PEM."
            )
        made.verify = str(ca_file)
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS, max_retries=0)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made
