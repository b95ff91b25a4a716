"""The dashboard in the box: its address, a browser where there is a screen, and the end by Ctrl-C."""

from __future__ import annotations

import socket
import sys
import webbrowser

from dashboard.server import address, bind, is_loopback, serve
from dashboard.site import Site
from pipelines.cli.console import say
from pipelines.settings import Home


def show(home: Home, host: str, port: int, *, browser: bool) -> None:
    """Serve the dashboard until it is ended.

    Args:
        home: the folder of the published file, which need not be there yet.
        host: the address to listen at.
        port: 0 takes a free one.
        browser: whether to open one where there is a screen.

    Raises:
        PortTaken: nothing can listen there.
    """
    with bind(host, port) as listening:
        if not is_loopback(host):
            say(_warning(host), style="yellow")
        serve(Site(home.published), listening, lambda: _ready(home, listening, browser))
    say("The dashboard was ended.")


def _ready(home: Home, listening: socket.socket, browser: bool) -> None:
    where = address(listening)
    say(f"The dashboard on {home.published} is at {where} (Ctrl-C ends it).")
    sys.stdout.flush()
    if browser and (seen := _graphical()):
        seen.open(where)


def _warning(host: str) -> str:
    return (
        f"Anybody who can reach {host} can read everything here: the dashboard has no sign-in. "
        f"Put a proxy with sign-in in front of it (docs/dashboard.md), or leave --host away."
    )


def _graphical() -> webbrowser.BaseBrowser | None:
    """Return the browser that a person would see; one of the terminal would take it over, and is none."""
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return None
    is_of_terminal = isinstance(found, webbrowser.GenericBrowser) and not isinstance(
        found, webbrowser.BackgroundBrowser
    )
    return None if is_of_terminal else found
