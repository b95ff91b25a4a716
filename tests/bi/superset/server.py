"""A real Superset on loopback: its own environment, database and server, and a client of its API."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

NAME = "admin"
PASSWORD = "only-on-loopback"
CONFIGURATION = """\
SECRET_KEY = "made-up-for-a-server-that-lives-for-minutes-on-loopback"
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db"
TALISMAN_ENABLED = False
"""
PATIENCE = 900


@dataclass
class Superset:
    """A Superset that can be asked.

    Attributes:
        programs: where its commands are.
        home: its folder.
        port: where it listens.
        session: signed in as the administrator.
    """

    programs: Path
    home: Path
    port: int = 0
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What its processes know."""
        own = {
            "SUPERSET_CONFIG_PATH": str(self.home / "superset_config.py"),
            "SUPERSET_HOME": str(self.home),
            "FLASK_APP": "superset",
            "SCARF_ANALYTICS": "false",
            "TZ": "UTC",
        }
        return {**os.environ, **own}

    def run(self, *words: str) -> None:
        """Run one of its commands to the end."""
        command = [str(self.programs / "superset"), *words]
        ended = subprocess.run(
            command, check=False, env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert ended.returncode == 0, f"superset {' '.join(words)}: {ended.stderr[-3000:]}"

    def prepare(self) -> None:
        """Make its database and its administrator."""
        self.home.mkdir(parents=True)
        (self.home / "superset_config.py").write_text(CONFIGURATION.format(home=self.home))
        self.run("db", "upgrade")
        person = ["--username", NAME, "--firstname", "A", "--lastname", "Person", "--email", "a@example.com"]
        self.run("fab", "create-admin", *person, "--password", PASSWORD)
        self.run("init")

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve for the block, signed in."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [str(self.programs / "gunicorn"), "--workers", "1", "--worker-class", "gthread", "--threads", "8"]
        command += ["--timeout", "300", "--bind", f"127.0.0.1:{self.port}", "superset.app:create_app()"]
        with (self.home / "server.log").open("wb") as log:
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        try:
            self._sign_in()
            yield
        finally:
            process.terminate()
            process.wait(60)

    def _sign_in(self) -> None:
        self.session.trust_env = False
        deadline = time.monotonic() + PATIENCE
        while not self._is_up():
            assert time.monotonic() < deadline, (self.home / "server.log").read_text()[-3000:]
            time.sleep(1)
        person = {"username": NAME, "password": PASSWORD, "provider": "db", "refresh": True}
        token = self.session.post(f"{self.address}/api/v1/security/login", json=person).json()["access_token"]
        self.session.headers.update({"Authorization": f"Bearer {token}", "Referer": self.address})
        self.session.headers["X-CSRFToken"] = self.get("security/csrf_token/")["result"]

    def _is_up(self) -> bool:
        try:
            return self.session.get(f"{self.address}/health", timeout=5).ok
        except requests.RequestException:  # it does not listen yet, or is still starting
            return False

    def get(self, path: str) -> Any:
        """Return what its API answers."""
        answer = self.session.get(f"{self.address}/api/v1/{path}")
        assert answer.ok, answer.text[:2000]
        return answer.json()

    def ask(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows that a chart's query finds."""
        answer = self.session.post(f"{self.address}/api/v1/chart/data", json=query)
        assert answer.ok, answer.text[:2000]
        rows: list[dict[str, Any]] = answer.json()["result"][0]["data"]
        return rows

    def overwrite(self, bundle: Path) -> None:
        """Import a bundle over what is there, charts and datasets among it."""
        with bundle.open("rb") as file:
            answer = self.session.post(f"{self.address}/api/v1/assets/import/", files={"bundle": file})
        assert answer.ok, answer.text[:2000]
