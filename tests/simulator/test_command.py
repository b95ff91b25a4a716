"""`python -m simulator`: a tenant in a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from simulator import main


@contextmanager
def running(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A simulator that is ready, with the settings it printed; it is ended by SIGTERM."""
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--home",
        str(home),
        "--users",
        "5",
        "--apps",
        "3",
        "--days",
        "1",
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = list(iter(lambda: process.stdout.readline().strip(), "ready"))  # type: ignore[union-attr]
            yield process, dict(line.split("=", 1) for line in lines)
        finally:
            process.terminate()
            process.wait(10)


def first_user(settings: dict[str, str]) -> str:
    """The id of the first user, read with the settings alone."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = settings["CONSENTRY_CA_FILE"]
        form = {
            "grant_type": "client_credentials",
            "client_id": settings["CONSENTRY_CLIENT_ID"],
            "client_secret": settings["CONSENTRY_CLIENT_SECRET"],
            "scope": "https://graph.microsoft.com/.default",
        }
        url = f"{settings['CONSENTRY_AUTHORITY_URL']}/{settings['CONSENTRY_TENANT_ID']}/oauth2/v2.0/token"
        token = session.post(url, data=form, timeout=10).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        users = session.get(f"{settings['CONSENTRY_GRAPH_URL']}/v1.0/users", headers=headers, timeout=10)
        return str(users.json()["value"][0]["id"])


def test_settings_are_printed_and_kept(tmp_path: Path) -> None:
    """What is printed before `ready` is what the file holds, and it opens the tenant; only the owner may read it."""
    with running(tmp_path) as (_, settings):
        file = tmp_path / "simulator.env"
        assert dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines()) == settings
        assert first_user(settings)
        for name in ("simulator.env", "client.pem", "ca.key", "server.pem"):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert (
        json.loads((tmp_path / "tenant.json").read_text(encoding="utf-8"))["tenant_id"]
        == settings["CONSENTRY_TENANT_ID"]
    )


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    """SIGTERM and SIGINT end it with 0 and without a word, even while a client holds a connection."""
    with running(tmp_path) as (process, settings), requests.Session() as session:
        session.trust_env = False
        session.get(f"{settings['CONSENTRY_GRAPH_URL']}/v1.0/users", verify=settings["CONSENTRY_CA_FILE"], timeout=10)
        process.send_signal(ending)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")


def test_restart_continues_the_tenant(tmp_path: Path) -> None:
    """The same home gives the same tenant, ids, secret and authority, whatever the options say now."""
    with running(tmp_path) as (_, settings):
        user, authority = first_user(settings), (tmp_path / "ca.pem").read_text(encoding="utf-8")
    with running(tmp_path, "--seed", "99") as (_, again):
        assert first_user(again) == user
    moved = {"CONSENTRY_AUTHORITY_URL", "CONSENTRY_GRAPH_URL"}
    assert {k: v for k, v in again.items() if k not in moved} == {k: v for k, v in settings.items() if k not in moved}
    assert (tmp_path / "ca.pem").read_text(encoding="utf-8") == authority


def test_certificate_instead_of_the_secret(tmp_path: Path) -> None:
    """With --certificate the settings name the certificate and no secret."""
    with running(tmp_path, "--certificate") as (_, settings):
        assert settings["CONSENTRY_CLIENT_CERTIFICATE"] == str(tmp_path / "client.pem")
        assert "CONSENTRY_CLIENT_SECRET" not in settings


def test_idle_simulator_ends(tmp_path: Path) -> None:
    """When nobody asks anything for the given time it ends by itself."""
    with running(tmp_path, "--idle-minutes", "0.01") as (process, _):
        assert process.wait(10) == 0


def test_used_port_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is taken gives one sentence that names it and a way out, and exit code 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--home", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert f"Port {port}" in message
    assert message.count("\n") == 1


@pytest.mark.parametrize(("options", "word"), [(["--port", "70000"], "70000"), (["--users", "0"], "at least 1 user")])
def test_impossible_options_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], word: str
) -> None:
    """An impossible port or size gives one sentence and exit code 2."""
    assert main([*options, "--home", str(tmp_path / "home")]) == 2
    message = capsys.readouterr().err
    assert word in message
    assert message.count("\n") == 1
