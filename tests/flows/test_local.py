"""`consentry up`, `down` and `health` where something is amiss, without a server."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from flows import local
from flows.arranging import requeue
from flows.local import Local
from pipelines.errors import ConsentryError
from pipelines.settings import Home

from .orchestra import ROOT, eventually, is_alive

SETTINGS: Final = {
    "CONSENTRY_TENANT_ID": "11111111-2222-3333-4444-555555555555",
    "CONSENTRY_CLIENT_ID": "66666666-7777-8888-9999-000000000000",
    "CONSENTRY_CLIENT_SECRET": "secret",
}


def consentry(folder: Path, *words: str, **more: str) -> tuple[int, str]:
    """Return how the command ended in a folder, and what it printed."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("CONSENTRY_", "PREFECT_"))}
    ended = subprocess.run(
        [Path(sys.executable).parent / "consentry", *words],
        cwd=folder,
        env={**usual, **SETTINGS, **more},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.returncode, ended.stdout + ended.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """It ends at once with the port, and with what to do about it; nothing is left that looks as if it were up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, said = consentry(tmp_path, "up", "--port", str(port))
    assert code == 1
    assert f"Port {port} at 127.0.0.1 cannot be had" in said
    assert f"consentry up --port {port + 1}" in said
    assert local.standing(Home(tmp_path / "data")) is None


def test_a_detached_one_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    """With --detach the sentence is the same, and so is the exit code."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code, said = consentry(tmp_path, "up", "--detach", "--port", str(listener.getsockname()[1]))
    assert (code, "cannot be had" in said) == (1, True), said


def test_without_settings_nothing_is_started(tmp_path: Path) -> None:
    """What each run would fail of is said at once, with the exit code of settings."""
    code, said = consentry(tmp_path, "up", CONSENTRY_TENANT_ID="")
    assert (code, "Settings are missing" in said) == (2, True), said


def test_a_webhook_that_is_none_is_refused_and_not_shown(tmp_path: Path) -> None:
    """Whoever knows the address may write there, so the complaint does not hold it."""
    code, said = consentry(tmp_path, "up", CONSENTRY_WEBHOOK_URL="http://chat.example/hook/s3cr3t")
    assert (code, "CONSENTRY_WEBHOOK_URL is no https:// address" in said, "s3cr3t" in said) == (2, True, False), said


def test_where_nothing_is_up_one_is_told(tmp_path: Path) -> None:
    """`health` fails with what to do; `down` has nothing to do and says so."""
    assert consentry(tmp_path, "health")[0] == 1
    code, said = consentry(tmp_path, "down")
    assert (code, "Nothing is up in" in said) == (0, True), said


def test_what_a_killed_one_left_is_ended(tmp_path: Path) -> None:
    """A server whose `consentry up` was killed is found by what it noted, and ended; a number that another program has by now is left alone, however narrow the terminal."""
    home = Home(tmp_path / "data")
    folder = Local(home).folder
    folder.mkdir(parents=True)
    deep = "x" * 80  # as the folder of the environment may be
    ours, other = (
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", deep, *words])
        for words in (["-m", "prefect"], ["something"])
    )
    try:
        noted = {"process": 1, "since": "", "host": "127.0.0.1", "port": 4200, "is_ready": True}
        children = {"server": ours.pid, "worker": other.pid}
        (folder / "up.json").write_text(json.dumps({**noted, "children": children}), encoding="utf-8")
        assert local.standing(home) is None
        code, said = consentry(tmp_path, "down", COLUMNS="80")
        assert (code, "Consentry is down." in said) == (0, True), said
        assert ours.wait(10) == -9
        assert other.poll() is None
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()


def test_one_that_does_not_come_up_ends_what_a_killed_one_left(tmp_path: Path) -> None:
    """What a killed `consentry up` left is ended before the port is looked at, whoever has that."""
    folder = Local(Home(tmp_path / "data")).folder
    folder.mkdir(parents=True)
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "-m", "prefect"])
    noted = {"process": 1, "since": "", "host": "127.0.0.1", "port": 4200, "children": {"server": left.pid}}
    (folder / "up.json").write_text(json.dumps(noted), encoding="utf-8")
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            code, said = consentry(tmp_path, "up", "--port", str(listener.getsockname()[1]))
        assert (code, "cannot be had" in said) == (1, True), said
        assert left.wait(10) == -9
    finally:
        left.kill()
        left.wait()


def test_a_note_that_was_never_finished_names_nothing(tmp_path: Path) -> None:
    """Whoever is killed while the note is written leaves half of it; that is no traceback."""
    folder = Local(Home(tmp_path)).folder
    folder.mkdir(parents=True)
    (folder / "up.json").write_text('{"process": 1, "chi', encoding="utf-8")
    assert not local.down(Home(tmp_path))


@pytest.mark.parametrize("verb", ["up", "check"])
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CONSENTRY_KEEP_SIGN_INS_DAYS", "5", "and at least 31 are needed"),
        ("CONSENTRY_PSEUDONYM_KEY_FILE", "nowhere.key", "nowhere.key"),
    ],
)
def test_settings_that_every_run_fails_of_are_told(
    tmp_path: Path, verb: str, name: str, value: str, sentence: str
) -> None:
    """They are a sentence at once, and not one in each run."""
    code, said = consentry(tmp_path, verb, **{name: value})
    assert (code, sentence in said) == (2, True), said


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")])  # noqa: S104 - a host that a person may choose
def test_the_address_is_one_that_a_browser_takes(tmp_path: Path, host: str, address: str) -> None:
    """Where the server listens everywhere, this machine finds it at loopback."""
    assert Local(Home(tmp_path), host, 4210).address == f"http://{address}:4210"


def test_the_product_runs_without_prefect() -> None:
    """What a person types to collect and to ask imports nothing of Prefect's."""
    code = "import sys, pipelines.cli.verbs, flows.steps, flows.collecting; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


STUBBORN: Final = """
import signal, subprocess, sys, time
def start(*_):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    print(child.pid, flush=True)
signal.signal(signal.SIGTERM, start)
start()
time.sleep(600)
"""
"""A worker that begins a run, and another one when it is told to end."""


def test_what_is_started_while_it_ends_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is told to end may begin another run; that one is not left behind either."""
    monkeypatch.setattr(local, "GRACE_SECONDS", 2)
    child = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
    assert child.stdout is not None
    first = int(child.stdout.readline())
    local.end(child)
    second = int(child.stdout.readline())
    child.stdout.close()
    assert child.returncode == -9
    eventually(lambda: not (is_alive(first) or is_alive(second)) or None, "both are gone", 10)


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """Whatever goes wrong on the way to the server is told with its address, and never as a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    gone = Local(Home(tmp_path), port=port)
    assert not local.answers(gone)
    with pytest.raises(ConsentryError, match=f"The Prefect server at {gone.address} gives no usable answer"):
        requeue(gone)


def test_one_that_is_starting_is_not_started_again(tmp_path: Path) -> None:
    """While `consentry up` starts, a second one and `consentry health` say so and leave it alone."""
    folder = Local(Home(tmp_path / "data")).folder
    folder.mkdir(parents=True)
    noted = {"process": 1, "since": "today", "host": "127.0.0.1", "port": 4200, "children": {}, "is_ready": False}
    with (folder / "up.json").open("a+", encoding="utf-8") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        note.write(json.dumps(noted))
        note.flush()
        assert consentry(tmp_path, "up") == (
            0,
            "Consentry is starting already, since today; `consentry health` says when it is up.\n",
        )
        code, said = consentry(tmp_path, "health")
    assert (code, "Consentry is starting, since today" in said) == (1, True), said
