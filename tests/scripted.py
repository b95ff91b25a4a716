"""A Graph on loopback that answers what a test tells it to, byte for byte.

The simulator behaves like Graph; this one misbehaves exactly as it is told.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/json;odata.metadata=minimal"


@dataclass
class Reply:
    """One answer.

    Attributes:
        status: the HTTP status.
        body: what is sent.
        headers: beyond content type and length.
        promised: the Content-Length, where it is not the body's; the connection ends after the body.
        drop: end the connection without an answer.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    drop: bool = False


def page(*ids: str, next_link: str | None = None, **more: Any) -> Reply:
    """Return a page of rows with these ids."""
    link = {"@odata.nextLink": next_link} if next_link else {}
    return Reply(body=json.dumps({"value": [{"id": i} for i in ids], **link, **more}).encode())


def error(status: int, code: str = "UnknownError", message: str = "", **headers: str) -> Reply:
    """Return an error as Graph words it."""
    body = {"error": {"code": code, "message": message, "innerError": {"request-id": "r-1"}}}
    return Reply(status, json.dumps(body).encode(), {"request-id": "r-1", **headers})


class Scripted:
    """The server: `replies` are given in order, `asked` is what came in.

    Attributes:
        url: its origin.
        replies: what it will answer.
        asked: path and headers of each request.
        sent: the bodies of the POSTs among them.
        connections: how many were made.
    """

    def __init__(self, url: str):
        self.url = url
        self.replies: list[Reply] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent: list[bytes] = []
        self.connections = 0

    def will(self, *replies: Reply) -> Scripted:
        """Add answers."""
        self.replies.extend(replies)
        return self

    def link(self, rest: str) -> str:
        """Return an absolute address on this server."""
        return f"{self.url}{rest}"


@contextmanager
def scripted() -> Iterator[Scripted]:
    """Run the server for the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            state.connections += 1
            super().setup()

        def do_GET(self) -> None:
            state.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            reply = state.replies.pop(0) if state.replies else error(418, "NothingScripted")
            if reply.drop:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {"Content-Type": JSON, **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.promised is None else reply.promised))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = reply.promised is not None

        def do_POST(self) -> None:
            state.sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = Scripted(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
