"""A proxy on loopback through which every HTTPS address leads to one server: Microsoft's own hosts, played by the simulator."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer


@dataclass
class Tunnel:
    """A running proxy.

    Attributes:
        url: what `HTTPS_PROXY` is set to.
        hosts: the addresses that clients wanted to reach, in order.
    """

    url: str = ""
    hosts: list[str] = field(default_factory=list)


@contextmanager
def tunnel(port: int) -> Iterator[Tunnel]:
    """Run a proxy that leads to a port of loopback, for the block."""
    state = Tunnel()

    class Connect(StreamRequestHandler):
        rbufsize = 0  # what follows the request is TLS

        def handle(self) -> None:
            wanted = self.rfile.readline().decode().split()[1]
            while self.rfile.readline().strip():
                continue
            state.hosts.append(wanted)
            with socket.create_connection(("127.0.0.1", port)) as far:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_carry, args=(far, self.connection), daemon=True)
                back.start()
                _carry(self.connection, far)
                back.join()

    with ThreadingTCPServer(("127.0.0.1", 0), Connect) as server:
        server.daemon_threads = True
        server.block_on_close = False
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until one side ends."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
