"""Secrets that Prefect keeps: a setting that says `prefect:NAME` names a Secret block."""

from __future__ import annotations

from typing import cast

from prefect.blocks.system import Secret

from pipelines.errors import SettingsError


def opened(name: str) -> str:
    """Return what a Secret block holds. It goes into no parameter, result or log of the run.

    Raises:
        SettingsError: there is no such block, or the server does not give it.
    """
    try:
        held = cast("Secret[str]", Secret.load(name)).get()  # in a flow that is no coroutine, nothing is to be awaited
    except ValueError as fault:
        raise SettingsError(
            f"Prefect has no Secret block named {name!r}; make one (docs/privacy.md says how), or correct the name behind `prefect:`."
        ) from fault
    return held if isinstance(held, str) else str(held)
