"""Faults at chosen requests: which things can go wrong, and when they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from simulator import Server
from simulator.faults import Fault, Faults

Trouble = Callable[[Faults, str], Fault]
"""Makes a fault for the requests whose path holds a text."""

TROUBLES: Final[Mapping[str, Trouble]] = {
    "429": lambda faults, path: faults.throttle(path, times=2, retry_after=None),
    "429 with seconds": lambda faults, path: faults.throttle(path, retry_after="7"),
    "429 with a fraction": lambda faults, path: faults.throttle(path, retry_after="2.128"),
    "429 with a date": lambda faults, path: faults.throttle(path, retry_after="Mon, 23 Nov 2020 07:00:00 GMT"),
    "500": lambda faults, path: faults.server_error(path, status=500),
    "502 HTML": lambda faults, path: faults.server_error(path, status=502, html=True),
    "503, three times": lambda faults, path: faults.server_error(path, times=3),
    "504": lambda faults, path: faults.server_error(path, status=504),
    "dropped": lambda faults, path: faults.drop(path),
    "cut": lambda faults, path: faults.cut(path),
    "cut in chunks": lambda faults, path: faults.cut(path, chunked=True),
    "200 empty": lambda faults, path: faults.empty_body(path),
    "200 HTML": lambda faults, path: faults.html(path),
    "page token expired": lambda faults, path: faults.expire_page_token(path),
    "empty page": lambda faults, path: faults.empty_page(path),
    "rows repeated": lambda faults, path: faults.repeat_rows(path, rows=2),
}
"""Everything that may happen to a listing without keeping it from being read whole."""


def at_request(server: Server, path: str, number: int, then: Callable[[], object]) -> None:
    """Do something when the number-th request (from 1) to a path gets as far as Graph.

    Args:
        server: the tenant.
        path: part of the path of the requests that are counted.
        number: which of them.
        then: what is done, before that request is answered; a fault made in it befalls the requests after it.
    """
    server.faults.call(then, path, after=number - 1)


def befall(server: Server, path: str, trouble: Trouble, after: int = 1) -> list[Fault]:
    """Let a trouble happen after so many requests to a path got as far as Graph.

    Returns:
        The fault, as soon as it was made; its `count` says whether it happened.
    """
    made: list[Fault] = []
    at_request(server, path, after, lambda: made.append(trouble(server.faults, path)))
    return made
