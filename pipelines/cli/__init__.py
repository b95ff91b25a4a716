"""The verbs a person types. The only module that prints."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Final, NoReturn

from pipelines import settings
from pipelines.cli.console import complain
from pipelines.cli.verbs import app
from pipelines.errors import ConsentryError, SettingsError
from pipelines.settings import Home
from pipelines.settings.secrecy import is_content

INTERRUPTED: Final = 130
OTHERS: Final = 0o077


def main() -> None:
    """Run a verb. Ends with 0 (fine), 1 (failed), 2 (bad usage or settings), 3 (degraded) or 130 (Ctrl-C)."""
    os.umask(OTHERS)  # whatever a verb writes, only its owner may read
    try:
        app(prog_name="consentry")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _leave()
        raise
    except ConsentryError as error:
        _fail(str(error), error.exit_code)
    except OSError as fault:
        _fail(_of_the_system(fault))
    except Exception as fault:  # noqa: BLE001 - a person gets a sentence; the traceback goes to a file
        from pipelines.warehouse.database import is_interrupt

        if is_interrupt(fault):
            _leave()
        _fail(_unforeseen(fault))


def _fail(sentence: str, code: int = 1) -> NoReturn:
    complain(sentence)
    sys.exit(code)


def _of_the_system(fault: OSError) -> str:
    """Return what the operating system refuses; a name that may be a secret in a file's place is not shown."""
    name = str(fault.filename or "")
    to_what = name if name and not is_content(name) else "a file or connection"
    return f"{fault.strerror or type(fault).__name__}: {to_what}; correct that and try again."


def _leave() -> NoReturn:
    """End the process at once: Python would wait for threads that wait for Graph, whose answers may take minutes."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _unforeseen(fault: Exception) -> str:
    folder = _home().path
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "fault.log"
    log.write_text("".join(traceback.format_exception(fault)), encoding="utf-8")
    log.chmod(0o600)
    return f"Something unforeseen went wrong ({type(fault).__name__}). The details are in {log}; please report them."


def _home() -> Home:
    """Return the folder that the settings name, or where they cannot be read the one that is usual."""
    try:
        return settings.home(settings.environment())
    except SettingsError:
        return settings.home({})
