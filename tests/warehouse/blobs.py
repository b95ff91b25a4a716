"""A storage account on loopback that speaks as much of Azure's blob protocol as uploads, listings and reads need.

`make azurite` holds the same tests against Microsoft's own emulator.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import md5
from xml.sax.saxutils import escape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The emulators' well-known account; it opens nothing else."""
CONTAINER = "marts"


def connection_string(port: int) -> str:
    """Return what `AZURE_STORAGE_CONNECTION_STRING` has to be for an emulator."""
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"


@dataclass
class Account:
    """The account: one container.

    Attributes:
        blobs: what it holds.
        port: where it is.
        refuses: a pattern of blobs that nobody may write, or None.
        requests: what was asked, for example `PUT a/b.parquet`.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    port: int = 0
    refuses: str | None = None
    requests: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        """Answer a request as Azure would."""
        container, name = request.path_params["container"], request.path_params.get("name", "")
        self.requests.append(f"{request.method} {name}")
        if container != CONTAINER:
            return _refusal(404, "ContainerNotFound")
        if not name:
            return self._listing(request.query_params.get("prefix", ""))
        if request.method == "PUT":
            return self._put(name, request.query_params.get("comp", ""), await request.body())
        if name not in self.blobs:
            return _refusal(404, "BlobNotFound")
        if request.method == "DELETE":
            del self.blobs[name]
            return Response(status_code=202)
        return self._blob(name, request.headers.get("x-ms-range") or request.headers.get("range"))

    def _put(self, name: str, comp: str, body: bytes) -> Response:
        if self.refuses and re.search(self.refuses, name):
            return _refusal(403, "AuthorizationPermissionMismatch")
        assert comp == "", "what a test uploads is small enough for one request"
        self.blobs[name] = body
        return Response(status_code=201, headers=_properties(body))

    def _blob(self, name: str, asked: str | None) -> Response:
        body = self.blobs[name]
        if not asked or not body:
            return Response(body, headers=_properties(body))
        first, _, last = asked.removeprefix("bytes=").partition("-")
        part = body[int(first) : int(last or len(body)) + 1]
        shown = f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"
        return Response(part, 206, {**_properties(body), "Content-Range": shown})

    def _listing(self, prefix: str) -> Response:
        listed = "".join(_listed(name, body) for name, body in sorted(self.blobs.items()) if name.startswith(prefix))
        xml = f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{CONTAINER}"><Blobs>{listed}</Blobs><NextMarker /></EnumerationResults>'
        return Response(xml, media_type="application/xml")


@contextmanager
def served() -> Iterator[Account]:
    """Serve an account for the block."""
    account = Account()
    routes = [
        Route(f"/{ACCOUNT}/{{container}}", account.answer, methods=["GET", "HEAD", "PUT"]),
        Route(f"/{ACCOUNT}/{{container}}/{{name:path}}", account.answer, methods=["GET", "HEAD", "PUT", "DELETE"]),
    ]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        account.port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield account
        finally:
            server.should_exit = True
            thread.join()


def _properties(body: bytes) -> dict[str, str]:
    return {
        "ETag": f'"{md5(body, usedforsecurity=False).hexdigest()}"',
        "Last-Modified": formatdate(0, usegmt=True),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-request-server-encrypted": "true",
        "x-ms-version": "2021-12-02",
    }


def _listed(name: str, body: bytes) -> str:
    properties = f"<Last-Modified>{formatdate(0, usegmt=True)}</Last-Modified><Content-Length>{len(body)}</Content-Length><BlobType>BlockBlob</BlobType>"
    return f"<Blob><Name>{escape(name)}</Name><Properties>{properties}</Properties></Blob>"


def _refusal(status: int, code: str) -> Response:
    xml = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
    return Response(xml, status, {"x-ms-error-code": code}, media_type="application/xml")
