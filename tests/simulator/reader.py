"""A client that knows nothing but HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import requests

from simulator import Server

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
GRAPH_SCOPE = "https://graph.microsoft.com/.default"


class Reader:
    """Reads a served tenant over HTTPS."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.session = requests.Session()
        # The environment may name another authority; this server has its own.
        self.session.trust_env = False
        self.session.verify = str(server.ca_file)
        self.authorize()

    def token(self, **changes: str) -> requests.Response:
        """Ask for an access token."""
        settings = self.server.settings
        form = {
            "grant_type": "client_credentials",
            "client_id": settings["CONSENTRY_CLIENT_ID"],
            "client_secret": self.server.tenant.registration.secret,
            "scope": GRAPH_SCOPE,
        }
        path = f"/{settings['CONSENTRY_TENANT_ID']}/oauth2/v2.0/token"
        return self.session.post(self.server.url + path, data={**form, **changes}, timeout=10)

    def authorize(self) -> None:
        """Use a fresh access token from now on."""
        self.session.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def get(self, path: str, **headers: str) -> requests.Response:
        """GET a path or a whole link."""
        url = path if path.startswith("https://") else self.server.url + path
        return self.session.get(url, headers={k.replace("_", "-"): v for k, v in headers.items()}, timeout=30)

    def error(self, path: str, **headers: str) -> tuple[int, str]:
        """The status and the error code of a refused request."""
        answer = self.get(path, **headers)
        return answer.status_code, answer.json()["error"]["code"]

    def pages(self, path: str, **headers: str) -> Iterator[Mapping[str, Any]]:
        """Every page of a listing."""
        link: str | None = path
        while link:
            answer = self.get(link, **headers)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            yield body
            link = body.get("@odata.nextLink")

    def rows(self, path: str, **headers: str) -> list[dict[str, Any]]:
        """Every row of a listing."""
        return [row for page in self.pages(path, **headers) for row in page["value"]]


Open = Callable[..., Reader]
