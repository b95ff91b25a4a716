"""Somebody who is told through a webhook: an HTTP server on loopback that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

PATH: Final = "/hook/not-to-be-seen"
"""Whoever knows the address of a webhook may write there: it is a secret."""


class Receiver:
    """Keeps the texts that it was sent, in order.

    Attributes:
        texts: the `text` of each message, as chat programs take it.
        url: where to send them.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.url = ""

    def heard(self, *words: str) -> str | None:
        """Return the first text that holds all of these words, or None yet."""
        return next((text for text in list(self.texts) if all(word in text for word in words)), None)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen for the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == PATH
            receiver.texts.append(json.loads(body)["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}{PATH}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
