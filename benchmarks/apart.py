"""Work in a process of its own, so that its processor time and memory are its own.

Only the standard library is used: the process may run in another environment than this one.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MEGABYTE = 2**20


@dataclass(frozen=True)
class Usage:
    """What some work took.

    Attributes:
        rows: how many it brought; what it counts is the work's own business.
        cpu: seconds of processor time, user and system, of all threads; loading the modules not counted.
        wall: seconds on the clock, likewise.
        peak: the most memory that was resident, in megabytes; of the whole process.
        told: what else the work returned.
    """

    rows: int
    cpu: float
    wall: float
    peak: float
    told: dict[str, Any]

    @property
    def cpu_per_million(self) -> float:
        """Seconds of processor time for a million rows."""
        return self.cpu / self.rows * 1e6

    @property
    def rows_per_second(self) -> float:
        """Rows in a second on the clock."""
        return self.rows / self.wall


def apart(work: str, *arguments: Any, python: Path | str = sys.executable, **env: str) -> Usage:
    """Do work in a process of its own.

    Args:
        work: `module:function`; the function returns how many rows, or (rows, a dict of what else there is to tell).
        *arguments: what JSON can carry.
        python: the environment's interpreter.
        **env: the process's whole environment, but for PATH and HOME.
    """
    command = [str(python), "-m", "benchmarks.apart", work, json.dumps(arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=_environment(env))
    if done.returncode:
        raise SystemExit(f"{work} failed:\n{done.stderr[-4000:]}")
    return Usage(**json.loads(done.stdout.splitlines()[-1]))


def _environment(env: dict[str, str]) -> dict[str, str]:
    import os

    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "DO_NOT_TRACK": "1", **env}


def measured(work: str, arguments: list[Any]) -> Usage:
    """Do the work here and return what it took."""
    module, _, function = work.partition(":")
    call = getattr(importlib.import_module(module), function)
    wall, cpu = time.perf_counter(), time.process_time()
    found = call(*arguments)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    rows, told = found if isinstance(found, tuple) else (found, {})
    return Usage(rows, cpu, wall, peak(), told)


def peak() -> float:
    """Return the most memory that this process had resident so far, in megabytes.

    Linux's `ru_maxrss` begins with that of the process which started this one; `VmHWM` does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE


if __name__ == "__main__":
    print(json.dumps(asdict(measured(sys.argv[1], json.loads(sys.argv[2])))))
