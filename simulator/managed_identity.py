"""The managed identities of an Azure host: the endpoints of a virtual machine (IMDS) and of App Service, on plain HTTP."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from simulator import ids
from simulator.server import Server
from simulator.wire import Answer, Request, json_answer

IMDS = "/metadata/identity/oauth2/token"
APP_SERVICE = "/msi/token"
_IMDS_VERSION = "2018-02-01"
_APP_SERVICE_VERSION = "2019-08-01"
_NO_SUCH = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."


class AzureHost:
    """A host with a system-assigned identity and a user-assigned one, both with the roles of the app registration.

    Args:
        server: Whose tenant the identities live in; its faults happen here too.
        url: Where the endpoints are.

    Attributes:
        client_id: Of the user-assigned identity.
        imds: The environment that leads MSAL to the endpoint of a virtual machine.
        app_service: The environment in which App Service runs a program.
        requests: What was asked, oldest first.
    """

    def __init__(self, server: Server, url: str) -> None:
        self._server = server
        self._secret = secrets.token_hex(16)
        self._own_id = ids.guid("system-assigned identity", server.tenant.id)
        self.client_id = ids.guid("user-assigned identity", server.tenant.id)
        self.imds: Mapping[str, str] = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": url}
        self.app_service: Mapping[str, str] = {
            "IDENTITY_ENDPOINT": f"{url}{APP_SERVICE}",
            "IDENTITY_HEADER": self._secret,
        }
        self.requests: deque[Request] = deque(maxlen=1000)

    def answer(self, request: Request) -> Answer:
        """The answer to a request, faults included."""
        self.requests.append(request)
        return self._server.faults.answer(request, self._answer)

    def _answer(self, request: Request) -> Answer:
        if request.path == IMDS and request.method == "GET":
            return self._imds(request)
        if request.path == APP_SERVICE and request.method == "GET":
            return self._app_service(request)
        return Answer(404, b"Not Found", "text/plain")

    def _imds(self, request: Request) -> Answer:
        if request.headers.get("metadata", "").lower() != "true" or "x-forwarded-for" in request.headers:
            return _imds_refusal("Required metadata header not specified")
        if request.query.get("api-version") != _IMDS_VERSION:
            return _imds_refusal(f"Required query variable 'api-version' is not {_IMDS_VERSION}")
        if not request.query.get("resource"):
            return _imds_refusal("Required audience parameter not specified")
        client_id = self._chosen(request)
        if client_id is None:
            return _imds_refusal("Identity not found")
        life = str(int(self._server.identity.life.total_seconds()))
        more = {"expires_in": life, "ext_expires_in": life, "not_before": str(int(request.at.timestamp()))}
        return json_answer({**self._token(request, client_id), **more})

    def _app_service(self, request: Request) -> Answer:
        if not secrets.compare_digest(request.headers.get("x-identity-header", ""), self._secret):
            return _app_service_refusal(401, "Unauthorized")
        if request.query.get("api-version") != _APP_SERVICE_VERSION or not request.query.get("resource"):
            return _app_service_refusal(400, "The request needs an api-version and a resource.")
        client_id = self._chosen(request)
        if client_id is None:
            return _app_service_refusal(400, _NO_SUCH)
        return json_answer(self._token(request, client_id))

    def _chosen(self, request: Request) -> str | None:
        """The client id of the identity that is asked for; None where the host does not have it."""
        asked = request.query.get("client_id", self._own_id)
        return asked if asked in {self._own_id, self.client_id} else None

    def _token(self, request: Request, client_id: str) -> dict[str, str]:
        resource = request.query["resource"].rstrip("/")
        return {
            "access_token": self._server.identity.access_token(request, resource, client_id),
            "client_id": client_id,
            "expires_on": str(int((request.at + self._server.identity.life).timestamp())),
            "resource": resource,
            "token_type": "Bearer",
        }


def _imds_refusal(text: str) -> Answer:
    return json_answer({"error": "invalid_request", "error_description": text}, 400)


def _app_service_refusal(status: int, text: str) -> Answer:
    return json_answer({"statusCode": status, "message": text, "correlationId": str(uuid4())}, status)


@contextmanager
def azure_host(server: Server) -> Iterator[AzureHost]:
    """Serve the endpoints of a host from threads of this process, on a free port of loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as listener:
        host = AzureHost(server, f"http://127.0.0.1:{listener.server_port}")
        listener.RequestHandlerClass = _handler(host.answer, server)
        listener.daemon_threads = True
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), name="azure host", daemon=True)
        thread.start()
        try:
            yield host
        finally:
            listener.shutdown()
            thread.join()


def _handler(answer: Callable[[Request], Answer], server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            at = server.tenant.now
            given = answer(Request("GET", parts.path, query, headers, b"", server.url, str(uuid4()), at))
            self.send_response(given.status)
            for name, value in {"Content-Type": given.content_type, **given.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    return Handler
