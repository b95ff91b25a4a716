"""Prefect as docs/operate.md brings it up: its commands, its environment, processes of their own."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeVar

import requests

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
LINES: Final = [
    line for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
COMMANDS: Final = [line for line in LINES if line.startswith("prefect ")]
EXPORTS: Final = dict(line.removeprefix("export ").split("=", 1) for line in LINES if line.startswith("export "))
GRACE_SECONDS: Final = 5
BUSY_SECONDS: Final = 20

Found = TypeVar("Found")


def documented(start: str) -> list[str]:
    """Return the words of the page's one command that begins so."""
    (line,) = [line for line in COMMANDS if line.startswith(start)]
    return shlex.split(line)


def eventually(look: Callable[[], Found | None], what: str, seconds: float) -> Found:
    """Return what a look finds as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


@dataclass(frozen=True)
class Orchestra:
    """A Prefect server of the test's own.

    Attributes:
        folder: its home, database and logs.
        port: where it answers on loopback.
    """

    folder: Path
    port: int

    @classmethod
    def in_folder(cls, folder: Path) -> Orchestra:
        """Return one on a free port."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return cls(folder, listener.getsockname()[1])

    @property
    def environment(self) -> dict[str, str]:
        """What the page exports, with a port and a home of the test's own."""
        exported = {name: value.strip('"').replace("4200", str(self.port)) for name, value in EXPORTS.items()}
        usual = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        path = exported["PATH"].replace("$PWD", str(ROOT)).replace("$PATH", os.environ["PATH"])
        # `PWD` is where a shell was last: Prefect must not take it for the folder that is deployed.
        own = {"PATH": path, "PWD": "/", "PREFECT_HOME": str(self.folder), "COLUMNS": "200"}
        return {**usual, **exported, **own}

    def run(self, words: list[str], seconds: float = 60) -> str:
        """Carry a command out in the repository and return what it printed."""
        ended = subprocess.run(
            words, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    @contextmanager
    def running(self, words: list[str], name: str, settings: Mapping[str, str]) -> Iterator[Path]:
        """Keep a command running in the repository for the block; return the file of what it prints."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                words,
                cwd=ROOT,
                env={**self.environment, **settings},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield log
        finally:
            _end(process)

    def ask(self, path: str, **body: Any) -> Any:
        """Return the server's answer to a question, asked again while its database is busy, as Prefect's own client does."""

        def answered() -> requests.Response | None:
            answer = self._send(path, body)
            return None if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE else answer

        answer = eventually(answered, f"{path} answers", BUSY_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _send(self, path: str, body: Mapping[str, Any]) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            url = f"http://127.0.0.1:{self.port}/api/{path}"
            return session.post(url, json=body, timeout=30) if body else session.get(url, timeout=30)

    def is_up(self) -> bool | None:
        """Return whether the server answers, or None where it does not yet."""
        try:
            return bool(self.ask("health"))
        except requests.RequestException:  # while it starts it may refuse, keep one waiting, or answer 500
            return None

    def pause(self) -> None:
        """Let no schedule start a run from now on, and forget the runs that were planned."""
        for deployment in self.ask("deployments/filter", sort="NAME_ASC"):
            self.ask(f"deployments/{deployment['id']}/pause_deployment", paused=True)

    def planned(self) -> list[dict[str, Any]]:
        """Return the runs that the server made from the schedules and that have not begun."""
        runs = self.ask("flow_runs/filter", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})
        return [run for run in runs if run["auto_scheduled"]]

    def start(self, deployment: str, *, environment: Mapping[str, str] | None = None, **parameters: str) -> str:
        """Ask for a run now and return its id.

        Args:
            deployment: `flow/name`.
            environment: variables of the run's process, over those of the worker.
            **parameters: of the flow, over those of the deployment.
        """
        found = self.ask(f"deployments/name/{deployment}")
        asked = {"parameters": parameters, "job_variables": {"env": dict(environment or {})}}
        run = self.ask(f"deployments/{found['id']}/create_flow_run", state={"type": "SCHEDULED"}, **asked)
        return str(run["id"])

    def ended(self, run: str, seconds: float) -> dict[str, Any]:
        """Return a flow run as soon as it has ended."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask(f"flow_runs/{run}")
            return found if found["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None

        return eventually(look, f"the run {run} ends", seconds)

    def artifact(self, run: str) -> str:
        """Return the text of a flow run's one artifact."""
        (found,) = self.ask("artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
        return str(found["data"])

    def tasks(self, run: str) -> dict[str, str]:
        """Return the state of each task of a flow run by its name; no two have the same."""
        found = self.ask("task_runs/filter", flow_runs={"id": {"any_": [run]}})
        states = {task["name"]: str(task["state_name"]) for task in found}
        assert len(states) == len(found)
        return states


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, wherever they put themselves."""
    family = _descendants(process.pid)
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for number in family:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _descendants(parent: int) -> list[int]:
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in table.splitlines()]
    found = [parent]
    for number in found:
        found += [child for child, of in pairs if of == number]
    return found[1:]
