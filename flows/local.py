"""A Prefect server and its worker on this machine: brought up, kept up and ended by one process."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Final, NoReturn

from pipelines.errors import ConsentryError
from pipelines.settings import Home

POOL: Final = "consentry"
HOST: Final = "127.0.0.1"
PORT: Final = 4200
EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - a host that a person may choose

PREFECT: Final = (sys.executable, "-m", "prefect")
DEPLOYMENTS: Final = Path(__file__).resolve().parents[1] / "prefect.yaml"

START_SECONDS: Final = 240
DEPLOY_SECONDS: Final = 600
GRACE_SECONDS: Final = 10
POLL_SECONDS: Final = 0.5

MOST_RESTARTS: Final = 5
WITHIN_SECONDS: Final = 600
"""What ends more often than that within that time is not started again."""

Told = Callable[[str], None]


@dataclass(frozen=True)
class Local:
    """Where the server is, and what it keeps where.

    Attributes:
        home: the folder of `CONSENTRY_HOME`.
        host: the address that the server listens at.
        port: its port.
    """

    home: Home
    host: str = HOST
    port: int = PORT

    @property
    def folder(self) -> Path:
        """The folder of Prefect's database and logs."""
        return self.home.path / "prefect"

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        host = HOST if self.host in EVERYWHERE else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def api(self) -> str:
        """Where Prefect's commands find it, as PREFECT_API_URL names it."""
        return f"{self.address}/api"

    def environment(self) -> dict[str, str]:
        """Return the environment of the server, the worker and the runs: this process's, and what is set for Prefect."""
        own = {
            "PREFECT_HOME": str(self.folder),
            "PREFECT_API_URL": self.api,
            "PREFECT_SERVER_API_HOST": self.host,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_UI_API_URL": "/api",  # a browser may be on another machine
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": self.address,  # else any site that a browser shows could start runs
            "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # flows/automations/lost_runs.yaml counts on it
            "DO_NOT_TRACK": "1",
            "PWD": str(Path.cwd()),  # Prefect takes it for the folder that is deployed from
        }
        return {**os.environ, **own}


@dataclass(frozen=True)
class Standing:
    """What is up, as the process that keeps it up noted it.

    Attributes:
        process: that process.
        since: when it began, UTC.
        host: the address that the server listens at.
        port: its port.
        children: what it started, by name.
        is_ready: whether all of it is there.
    """

    process: int
    since: str
    host: str
    port: int
    children: Mapping[str, int] = field(default_factory=dict)
    is_ready: bool = False

    def local(self, home: Home) -> Local:
        """Return where it is."""
        return Local(home, self.host, self.port)


def standing(home: Home) -> Standing | None:
    """Return what is up, or None where nothing is."""
    file = _note(home)
    if not file.exists():
        return None
    with file.open("r+", encoding="utf-8") as opened:
        while not _take(opened):
            opened.seek(0)
            with suppress(ValueError):  # read while it is written
                return Standing(**json.loads(opened.read()))
            time.sleep(POLL_SECONDS)
    return None


def up(local: Local, prepare: Callable[[], None], told: Told) -> None:
    """Bring up server, pool, deployments, automations and worker, and keep them up until this process is told to end.

    Args:
        local: where.
        prepare: makes the server hold what it should; called once, so that what a later `consentry up` changes stays.
        told: is told what a person should know.

    Raises:
        ConsentryError: something did not come up, or ends again and again.
    """
    local.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _keeping(local) as note:
        _sweep(local.home)
        _insist_on_port(local)
        keeper = _Keeper(local, prepare, note, told)
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            keeper.start()
            keeper.keep()
        except KeyboardInterrupt:
            told("Ending the worker and the server ...")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever presses Ctrl-C twice would leave half of it running
            keeper.stop()


def detach(local: Local, arguments: Sequence[str]) -> Standing:
    """Bring it up in a process of its own, and return what is up once all of it is.

    Args:
        local: where.
        arguments: of the command that brings it up.

    Raises:
        ConsentryError: it did not come up; the message is what it said.
    """
    local.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = local.folder / "up.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", "from pipelines.cli import main; main()", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    while process.poll() is None:
        found = standing(local.home)
        if found is not None and found.is_ready:
            return found
        time.sleep(POLL_SECONDS)
    raise ConsentryError(_last_words(log.read_text(encoding="utf-8", errors="replace"), f"{log} says why."))


def down(home: Home) -> bool:
    """End what is up, or what a killed `consentry up` left. Return whether there was anything.

    Raises:
        ConsentryError: it does not end.
    """
    found = standing(home)
    if found is None:
        return _sweep(home)
    os.kill(found.process, signal.SIGTERM)
    deadline = time.monotonic() + 4 * GRACE_SECONDS
    while standing(home) is not None:
        if time.monotonic() > deadline:
            raise ConsentryError(f"The process {found.process} does not end; kill it, then run `consentry down` again.")
        time.sleep(POLL_SECONDS)
    return True


def deploy(local: Local) -> None:
    """Bring the deployments of prefect.yaml to the server; their runs start in the folder that this process is in.

    What somebody paused stays paused.

    Raises:
        ConsentryError: the server does not take them.
    """
    from flows.arranging import pauses_kept

    with pauses_kept(local):
        _deploy(local)


def _deploy(local: Local) -> None:
    words = [*PREFECT, "--no-prompt", "deploy", "--all", "--prefect-file", str(DEPLOYMENTS)]
    try:
        ended = subprocess.run(  # noqa: S603 - Prefect's own command
            words, env=local.environment(), capture_output=True, text=True, timeout=DEPLOY_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as fault:
        raise ConsentryError(
            f"The server did not take the deployments of {DEPLOYMENTS} within {DEPLOY_SECONDS // 60} minutes; try again when the machine has less to do."
        ) from fault
    if ended.returncode:
        raise ConsentryError(
            f"The deployments of {DEPLOYMENTS} could not be made: {_last_words(ended.stdout + ended.stderr, 'Prefect does not say why.')}"
        )


class _Keeper:
    """Starts the server and the worker, and starts again what ends.

    Args:
        local: where.
        prepare: makes the server hold what it should.
        note: the file that says what is up.
        told: is told what a person should know.
    """

    def __init__(self, local: Local, prepare: Callable[[], None], note: TextIOWrapper, told: Told):
        self._local = local
        self._prepare = prepare
        self._note = note
        self._told = told
        self._since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._ends: deque[float] = deque(maxlen=MOST_RESTARTS)

    def start(self) -> None:
        """Start everything, in order."""
        self._told("Starting the Prefect server ...")
        self._start_server()
        self._told("Making the work pool, the automations and the deployments ...")
        self._prepare()
        deploy(self._local)
        self._start_worker()
        self._sign(is_ready=True)
        self._told(
            f"Consentry is up at {self._local.address} (the runs of {Path.cwd()}, kept in {self._local.folder})."
        )

    def keep(self) -> NoReturn:
        """Start again what ends.

        Raises:
            ConsentryError: it ends again and again.
        """
        while True:
            time.sleep(POLL_SECONDS)
            for name, child in list(self._children.items()):
                if child.poll() is not None:
                    self._restart(name, child.returncode)

    def stop(self) -> None:
        """End everything, the worker and its run first."""
        for name in reversed(self._children):
            end(self._children[name])

    def _restart(self, name: str, code: int) -> None:
        now = time.monotonic()
        if len(self._ends) == MOST_RESTARTS and now - self._ends[0] < WITHIN_SECONDS:
            raise ConsentryError(
                f"The {name} ended {MOST_RESTARTS + 1} times within {WITHIN_SECONDS // 60} minutes (exit code {code}); its last words stand above."
            )
        self._ends.append(now)
        self._told(f"The {name} ended (exit code {code}); it is started again.")
        (self._start_server if name == "server" else self._start_worker)()
        self._sign(is_ready=True)

    def _start_server(self) -> None:
        local = self._local
        self._start(
            "server", "server", "start", "--host", local.host, "--port", str(local.port), "--log-level", "WARNING"
        )
        deadline = time.monotonic() + START_SECONDS
        while not answers(local):
            child = self._children["server"]
            if child.poll() is not None or time.monotonic() > deadline:
                raise ConsentryError(
                    f"The Prefect server did not come up (exit code {child.poll()}); its last words stand above. Its database is {local.folder / 'prefect.db'}."
                )
            time.sleep(POLL_SECONDS)

    def _start_worker(self) -> None:
        from flows.arranging import requeue

        requeue(self._local)
        self._start("worker", "worker", "start", "--pool", POOL, "--name", "consentry", "--limit", "1")

    def _start(self, name: str, *words: str) -> None:
        self._children[name] = subprocess.Popen(  # noqa: S603 - Prefect's own command
            [*PREFECT, *words],
            env=self._local.environment(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process, which ends them in order
        )
        self._sign(is_ready=False)

    def _sign(self, *, is_ready: bool) -> None:
        children = {name: child.pid for name, child in self._children.items()}
        local = self._local
        self._note.truncate(0)
        json.dump(asdict(Standing(os.getpid(), self._since, local.host, local.port, children, is_ready)), self._note)
        self._note.flush()


def answers(local: Local) -> bool:
    """Return whether a server answers there."""
    from flows.speaking import speaking

    with speaking(local) as client:
        return client.api_healthcheck() is None


@contextmanager
def _keeping(local: Local) -> Iterator[TextIOWrapper]:
    """Hold the note for the block; the kernel frees it when the process ends, however it ends.

    Raises:
        ConsentryError: somebody brought it up meanwhile.
    """
    with _note(local.home).open("a+", encoding="utf-8") as file:
        if not _take(file):
            raise ConsentryError("Another `consentry up` is starting here; `consentry health` shows it.")
        try:
            yield file
        finally:
            file.truncate(0)


def _note(home: Home) -> Path:
    return Local(home).folder / "up.json"


def _take(file: TextIOWrapper) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _insist_on_port(local: Local) -> None:
    """Refuse a port that is taken.

    Raises:
        ConsentryError: it is, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in local.host else socket.AF_INET
    try:
        socket.create_server((local.host, local.port), family=family).close()
    except OSError as fault:
        raise ConsentryError(
            f"Port {local.port} at {local.host} cannot be had ({fault.strerror}): another program listens there, or an earlier `consentry up` was killed and left its server. "
            f"Run `consentry down`, or choose another port: consentry up --port {local.port + 1}"
        ) from fault


def _sweep(home: Home) -> bool:
    """End what a killed `consentry up` left. Return whether there was anything."""
    file = _note(home)
    if not file.exists():
        return False
    left = [number for number in _noted(file) if _is_prefect(number)]
    for number in left:
        kill([number, *descendants(number)])
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_is_prefect, left)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)  # a port is free once they are gone
    file.write_text("", encoding="utf-8")
    return bool(left)


def _noted(file: Path) -> list[int]:
    """Return the processes that a note names; none where it was being written when its writer was killed."""
    try:
        return list(json.loads(file.read_text(encoding="utf-8"))["children"].values())
    except ValueError:
        return []


def _is_prefect(number: int) -> bool:
    return "prefect" in _command(number)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process and what it started: the run of a worker is in a session of its own.

    A worker that is told to end waits for its run, and may even begin another one. So after a while it is stopped as it stands,
    which starts nothing any more, and killed with all that there is by then.
    """
    family = descendants(child.pid)
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGSTOP)
        family += descendants(child.pid)
        child.kill()
        child.wait()
    kill(family)


def kill(numbers: Sequence[int]) -> None:
    """End processes at once, without a word to them; one that is gone already is none the worse."""
    for number in numbers:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def descendants(parent: int) -> list[int]:
    """Return the processes that a process started, and those that these started."""
    pairs = [tuple(map(int, line.split())) for line in _ps("-A", "-o", "pid=,ppid=").splitlines()]
    found = [parent]
    for number in found:
        found += [child for child, of in pairs if of == number]
    return found[1:]


def _command(number: int) -> str:
    return _ps("-ww", "-p", str(number), "-o", "command=")  # else it may end at the 80th column, before what it is


def _ps(*words: str) -> str:
    return subprocess.run(["ps", *words], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607 - reads


def _last_words(text: str, otherwise: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[-3:]) or otherwise
