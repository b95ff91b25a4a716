"""Do what docs/extend.md says, from top to bottom, in a copy of the project: `python -m tests.extending`, or `make extend`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.pages import BLOCK, PROMPT, ROOT

PAGE: Final = ROOT / "docs" / "extend.md"
LEFT_OUT: Final = frozenset({".git", ".venv", "data"})
"""What is no part of the project, in its folder."""

MADE: Final = shutil.ignore_patterns("__pycache__", "target", ".*_cache")
"""What its tools leave behind, anywhere."""

DIFF, CONSOLE, PYTHON = "diff", "console", "python"


@dataclass(frozen=True)
class Step:
    """A block of the page that is done.

    Attributes:
        part: the heading that it stands under.
        language: `diff`, `console` or `python`.
        text: the block.
    """

    part: str
    language: str
    text: str


@dataclass(frozen=True)
class Copy:
    """A copy of the project.

    Attributes:
        folder: where it is.
    """

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Copy:
        """Return a copy in a folder that is not there yet, of what this one is like now."""
        shutil.copytree(
            ROOT,
            folder,
            ignore=lambda path, names: MADE(path, names) | (LEFT_OUT if Path(path) == ROOT else frozenset()),
        )
        return cls(folder)

    def do(self, step: Step) -> None:
        """Carry a block out as a reader does.

        Raises:
            subprocess.CalledProcessError: it does not work.
        """
        match step.language:
            case "diff":
                self._run(["git", "apply", "-"], step.text)
            case "console":
                typed = [line.removeprefix(PROMPT) for line in step.text.splitlines() if line.startswith(PROMPT)]
                self._run(["bash", "-e"], "\n".join(typed))
            case _:
                self._run([sys.executable, "-"], step.text)

    def end(self) -> None:
        """End the simulated tenant that the page left running."""
        self._run([sys.executable, "-c", "from pipelines.cli import main; main()", "demo", "--stop"], "")

    def _run(self, command: list[str], typed: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONSENTRY_", "GIT_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        # The copy comes before the project that is installed in the environment, and is no part of a repository around it.
        own = {"PATH": path, "PYTHONPATH": str(self.folder), "GIT_CEILING_DIRECTORIES": str(self.folder.parent)}
        subprocess.run(command, input=typed, text=True, cwd=self.folder, env={**kept, **own}, check=True)


def steps() -> Iterator[Step]:
    """Yield what the page does, in order."""
    part = ""
    for piece in re.split(r"^(## .+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if piece.startswith("## "):
            part = piece.removeprefix("## ")
        else:
            yield from (
                Step(part, kind, text) for kind, text in BLOCK.findall(piece) if kind in (DIFF, CONSOLE, PYTHON)
            )


def main() -> int:
    """Do everything."""
    with tempfile.TemporaryDirectory() as place:
        copy = Copy.made(Path(place) / "project")
        try:
            for step in steps():
                sys.stdout.write(f"--- {step.part}: {step.language}\n")
                sys.stdout.flush()
                copy.do(step)
        except subprocess.CalledProcessError as fault:
            sys.stderr.write(
                f"docs/extend.md is wrong: under “{step.part}”, {fault.cmd} ended with {fault.returncode}:\n{step.text}\n"
            )
            return 1
        finally:
            copy.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
