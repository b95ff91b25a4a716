"""Prefect as docs/operate.md brings it up: its commands, its environment, processes of their own."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeVar

import requests

from flows import local
from pipelines.settings import Home

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
LINES: Final = [
    line for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
COMMANDS: Final = [line for line in LINES if line.startswith(("prefect ", "consentry "))]
EXPORTS: Final = dict(line.removeprefix("export ").split("=", 1) for line in LINES if line.startswith("export "))
BUSY_SECONDS: Final = 20
ANSWER_SECONDS: Final = 120

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
    """A Prefect server of the test's own, with its worker.

    Attributes:
        folder: where a person would stand.
        port: where it answers on loopback.
        settings: the `CONSENTRY_` variables of their shell, and what else they set.
    """

    folder: Path
    port: int
    settings: Mapping[str, str]

    @classmethod
    def in_folder(cls, folder: Path, settings: Mapping[str, str]) -> Orchestra:
        """Return one on a free port."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return cls(folder, listener.getsockname()[1], settings)

    @property
    def home(self) -> Home:
        """Where the worker's runs write, and the server keeps its database."""
        return Home(Path(self.settings["CONSENTRY_HOME"]))

    @property
    def environment(self) -> dict[str, str]:
        """What the page exports, with a port and settings of the test's own."""
        exported = {name: value.strip('"').replace("4200", str(self.port)) for name, value in EXPORTS.items()}
        usual = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        path = exported["PATH"].replace("$PWD", str(ROOT)).replace("$PATH", os.environ["PATH"])
        # `PWD` is where a shell was last: Prefect must not take it for the folder that is deployed.
        own = {"PATH": path, "PWD": "/", "PREFECT_HOME": str(self.folder / "client"), "COLUMNS": "200"}
        return {**usual, **exported, **own, **self.settings}

    def run(self, words: list[str], seconds: float = 180, code: int = 0) -> str:
        """Carry a command out, which must end with this exit code, and return what it printed."""
        ended = subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    @property
    def log(self) -> Path:
        """What `consentry up`, the server and the worker printed."""
        return self.folder / "up.log"

    @contextmanager
    def up(self, words: Sequence[str]) -> Iterator[None]:
        """Keep everything up for the block by the page's command."""
        with self.log.open("wb") as sink:
            process = subprocess.Popen(
                [*words, "--port", str(self.port)],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield
        finally:
            local.end(process)

    def children(self) -> dict[str, int]:
        """Return the processes that were started, by name."""
        found = local.standing(self.home)
        assert found is not None
        return dict(found.children)

    def ask(self, path: str, **body: Any) -> Any:
        """Return the server's answer to a question, asked again while its database is busy, as Prefect's own client does."""

        def answered() -> requests.Response | None:
            answer = self._send(path, body)
            return None if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE else answer

        answer = eventually(answered, f"{path} answers", BUSY_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def tries(self, path: str, **body: Any) -> tuple[int, Any]:
        """Return the status and the body of the server's answer to something that it may refuse."""
        answer = self._send(path, body)
        return answer.status_code, answer.json()

    def _send(self, path: str, body: Mapping[str, Any]) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            url = f"http://127.0.0.1:{self.port}/api/{path}"
            return (
                session.post(url, json=body, timeout=ANSWER_SECONDS)
                if body
                else session.get(url, timeout=ANSWER_SECONDS)
            )

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

    def artifact(self, run: str, key: str) -> Any:
        """Return what a flow run's newest artifact of a key holds."""
        wanted = {"flow_run_id": {"any_": [run]}, "key": {"any_": [key]}}
        return self.ask("artifacts/filter", artifacts=wanted, sort="CREATED_DESC")[0]["data"]

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Return the newest events whose names begin so."""
        found = self.ask("events/filter", filter={"event": {"prefix": list(names)}}, limit=50)
        return [dict(event) for event in found["events"]]

    def tasks(self, run: str) -> dict[str, str]:
        """Return the state of each task of a flow run by its name; no two have the same."""
        found = self.ask("task_runs/filter", flow_runs={"id": {"any_": [run]}})
        states = {task["name"]: str(task["state_name"]) for task in found}
        assert len(states) == len(found)
        return states


def is_alive(number: int) -> bool:
    """Return whether a process runs; one that nobody has waited for does not."""
    status = Path(f"/proc/{number}/stat")
    return status.exists() and status.read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
