"""Runs jobs that die in mid-work, each in a process of its own: `python -m tests.dying '<JSON>'`.

The JSON holds `settings` (as the environment would) and `deaths`, each with `home`, `collection`, `step`, `counter` and
`count`: the job ends when dlt's counter reaches the count in a step whose name begins so, as if the power had gone.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dlt.common.runtime.collector_base import Collector

from flows import steps
from pipelines import settings
from pipelines.graph.client import GraphClient
from pipelines.settings import Home
from pipelines.warehouse.load import Loader
from tests.collecting import small

DEAD: Final = 9


@dataclass
class Dying(Collector):
    """Ends the process at one of dlt's counts.

    Attributes:
        fatal: what the step's name begins with.
        counter: the name of the count.
        remaining: how much is left of it.
    """

    fatal: str
    counter: str
    remaining: int

    def update(self, name: str, inc: int = 1, *_: Any, **__: Any) -> None:
        """Die, if the count is reached."""
        if self.step.startswith(self.fatal) and name == self.counter:
            self.remaining -= inc
            if self.remaining <= 0:
                os._exit(DEAD)

    def _start(self, step: str) -> None:
        """Go on."""

    def _stop(self) -> None:
        """Go on."""


def die(env: dict[str, str], death: dict[str, Any]) -> None:
    """Read a collection, and end the process in the middle of it."""
    tenant, home = settings.tenant(env), Home(Path(death["home"]))
    Loader(home, tenant.tenant_id).prepare()
    loader = Loader(home, tenant.tenant_id, Dying(death["step"], death["counter"], death["count"]))
    with GraphClient(tenant) as client:
        steps.collect(steps.Plan(tenant, home), small(death["collection"]), loader, client, steps.Unwatched())


def main(plan: dict[str, Any]) -> list[int]:
    """Let each job die in its own process, made before any thread is; return their exit codes."""
    codes = []
    for death in plan["deaths"]:
        process = os.fork()
        if process == 0:
            die(plan["settings"], death)
            os._exit(0)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
    return codes


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
