"""What happens after a file is published does not undo that it is."""

from __future__ import annotations

import logging

import httpx
import pytest

from flows import sync


def test_a_server_that_takes_no_artifact_fails_no_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is warned of, and the run goes on."""

    def refuse(*_: object) -> None:
        raise httpx.ConnectError("gone")

    monkeypatch.setattr(sync, "create_markdown_artifact", refuse)
    monkeypatch.setattr(sync, "get_run_logger", lambda: logging.getLogger("test"))
    sync._store("text", sync.CHANGES, "what")
    assert "The artifact changes could not be stored: gone" in caplog.text
