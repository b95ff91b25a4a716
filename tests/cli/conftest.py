"""The command as a person runs it: the installed script, in a process and a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from simulator import Server, serve
from tests.odd_tenant import odd_tenant

SCRIPT = Path(sys.executable).parent / "consentry"


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended.

    Attributes:
        code: the exit code.
        out: standard output.
        err: standard error.
    """

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Person:
    """Somebody at a shell.

    Attributes:
        folder: where they are; nothing but their own files is in it.
        settings: the `CONSENTRY_` variables of their shell.
    """

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Return the folder that Consentry writes to by itself."""
        return self.folder / "data"

    def types(self, *words: str, **more: str) -> Said:
        """Run `consentry` with these words; no output ever holds the secret or a traceback."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("CONSENTRY_")}
        ran = subprocess.run(
            [SCRIPT, *words],
            cwd=self.folder,
            env={**env, **self.settings, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        said = Said(ran.returncode, ran.stdout, ran.stderr)
        for secret in {self.settings.get("CONSENTRY_CLIENT_SECRET"), more.get("CONSENTRY_CLIENT_SECRET")} - {None}:
            assert str(secret) not in said.out + said.err
        assert "Traceback" not in said.out + said.err
        assert "unforeseen" not in said.err
        return said

    def fails(self, *words: str, **more: str) -> str:
        """Run `consentry`, which must fail and say why on standard error. Return that."""
        return self._ends(1, *words, **more)

    def errs(self, *words: str, **more: str) -> str:
        """Run `consentry`, whose usage or settings are wrong, and which must say so on standard error. Return that."""
        return self._ends(2, *words, **more)

    def _ends(self, code: int, *words: str, **more: str) -> str:
        said = self.types(*words, **more)
        assert said.code == code, said
        assert said.err.strip()
        return said.err


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """Return a served tenant that gives everything."""
    with serve(odd_tenant()) as served:
        yield served


@pytest.fixture
def stranger(tmp_path: Path) -> Person:
    """Return somebody who has set nothing."""
    return Person(tmp_path)


@pytest.fixture
def person(tmp_path: Path, shared_server: Server) -> Person:
    """Return somebody who has set what the tenant needs."""
    return Person(tmp_path, shared_server.settings)
