"""The simulated tenant of `consentry demo`: started once, kept running, found again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from pipelines import settings
from pipelines.errors import ConsentryError, IdentityError, SettingsError
from pipelines.graph.client import GraphClient
from pipelines.settings import Home, Tenant

START_SECONDS: Final = 60
IDLE_MINUTES: Final = 60


class Simulator:
    """The process that plays the tenant, and the folder it keeps its identity in.

    Args:
        home: the folder that the demo writes to.
    """

    def __init__(self, home: Home):
        self.folder: Final = home.simulator
        self._warehouse = home.warehouse
        self._process_file = self.folder / "process"
        self._log = self.folder / "simulator.log"

    def tenant(self) -> Tenant:
        """Return how to reach it.

        Raises:
            SettingsError: it never ran here.
        """
        return settings.tenant({k: v for k, v in dotenv_values(self.folder / "simulator.env").items() if v})

    def ensure(self, arguments: list[str]) -> bool:
        """Start it unless it answers already. Return whether it was started.

        Raises:
            SettingsError: the folder holds a real tenant's warehouse.
            ConsentryError: it did not come up.
        """
        if self._warehouse.exists() and not self.folder.exists():
            raise SettingsError(
                f"{self._warehouse} holds a real tenant. Set CONSENTRY_HOME to another folder for the demo, for example CONSENTRY_HOME=demo."
            )
        if self._answers():
            return False
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [
            sys.executable,
            "-m",
            "simulator",
            "--home",
            str(self.folder),
            "--idle-minutes",
            str(IDLE_MINUTES),
            *arguments,
        ]
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._process_file.write_text(str(process.pid), encoding="ascii")
        self._wait(process)
        return True

    def stop(self) -> bool:
        """End it. Return whether it ran."""
        process = self._process()
        self._process_file.unlink(missing_ok=True)
        if process is None:
            return False
        os.kill(process, signal.SIGTERM)
        return True

    def _process(self) -> int | None:
        if not self._process_file.exists():
            return None
        number = int(self._process_file.read_text(encoding="ascii"))
        command = Path(f"/proc/{number}/cmdline")
        if Path("/proc").is_dir():  # a process id may have been given to another program since
            return number if command.exists() and str(self.folder).encode() in command.read_bytes() else None
        return number

    def _answers(self) -> bool:
        if self._process() is None:
            return False
        try:
            with GraphClient(self.tenant()) as client:
                client.sign_in()
        except (IdentityError, SettingsError):
            return False
        return True

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if "ready" in self._log.read_text(encoding="utf-8").splitlines():
                return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        raise ConsentryError(f"The simulated tenant did not start; {self._log} says why.")
