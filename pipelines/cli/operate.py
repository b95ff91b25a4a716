"""`consentry up`, `down` and `health`: the schedule on this machine, in words."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flows import local as locally
from pipelines import settings
from pipelines.cli.console import complain, say, table
from pipelines.errors import ConsentryError
from pipelines.settings import Home
from pipelines.warehouse import runnable
from pipelines.wording import duration

if TYPE_CHECKING:
    from flows.health import Deployed, Health

FINE, FAILED, DEGRADED = 0, 1, 3


def up(env: Mapping[str, str], host: str, port: int, *, detached: bool) -> None:
    """Bring everything up, here or in a process of its own. Where it is up already, bring its deployments up to date.

    Args:
        env: the settings.
        host: where the server listens.
        port: likewise.
        detached: whether to return once it is up.

    Raises:
        ConsentryError: it does not come up, or the settings do not suffice for a run.
    """
    home, webhook = settings.home(env), settings.webhook(env)
    # A run would fail of what is wrong; whoever types this is here to correct it. Blocks are in the server that is yet to come.
    settings.tenants(env, vault=lambda name: name)
    runnable.insist(env, home)
    found = locally.standing(home)
    if found is not None and not found.is_ready:
        say(f"Consentry is starting already, since {found.since}; `consentry health` says when it is up.")
        return
    if found is not None:
        _renew(found.local(home), webhook)
        say(
            f"Consentry is up already at {found.local(home).address}; its deployments and automations are those of now."
        )
        return
    local = locally.Local(home, host, port)
    if detached:
        standing = locally.detach(local, ["up", "--host", host, "--port", str(port)])
        say(
            f"Consentry is up at {standing.local(home).address}; `consentry health` says how it does, `consentry down` ends it."
        )
        return
    _keep_up(local, webhook)


def down(home: Home) -> None:
    """End what is up.

    Raises:
        ConsentryError: it does not end.
    """
    say("Consentry is down." if locally.down(home) else f"Nothing is up in {home.path}.")


def health(home: Home, *, as_json: bool) -> int:
    """Print how everything does, and return the exit code: 0 fine, 1 nothing runs, 3 something is not as it should be.

    Raises:
        ConsentryError: nothing is up here.
    """
    from flows.health import look

    found = locally.standing(home)
    if found is None:
        raise ConsentryError(f"Nothing is up in {home.path}; run `consentry up`.")
    if not found.is_ready:
        raise ConsentryError(f"Consentry is starting, since {found.since}; ask again in a minute.")
    health = look(found.local(home))
    code = FAILED if health.failures else DEGRADED if health.complaints else FINE
    if as_json:
        sys.stdout.write(json.dumps(document(health, code), indent=2, ensure_ascii=False) + "\n")
        return code
    _print(health, found.since)
    return code


def _keep_up(local: locally.Local, webhook: str | None) -> None:
    from flows import arranging

    locally.up(local, lambda: arranging.arrange(local, webhook), say)
    say("Consentry is down.")


def _renew(local: locally.Local, webhook: str | None) -> None:
    from flows import arranging

    arranging.arrange(local, webhook)
    locally.deploy(local)


def document(health: Health, code: int) -> dict[str, Any]:
    """Return what was found, as JSON has it."""
    return {
        "checked_at": _iso(health.now),
        "exit_code": code,
        "address": health.address,
        "prefect_version": health.version,
        "workers": [
            {"name": one.name, "is_online": one.is_online, "seen_at": _iso(one.seen_at)} for one in health.workers
        ],
        "deployments": [_deployment(one) for one in health.deployed],
        "published_at": _iso(health.published_at),
        "published_by_run": health.run_id,
        "failures": health.failures,
        "complaints": health.complaints,
    }


def _deployment(one: Deployed) -> dict[str, Any]:
    state = one.last.state if one.last else None
    return {
        "name": one.name,
        "schedules": list(one.schedules),
        "is_paused": one.is_paused,
        "last_run_state": state.name if state else None,
        "last_run_message": state.message if state else None,
        "last_run_began_at": _iso(one.last.start_time) if one.last else None,
        "next_run_at": _iso(one.next_at),
        "late_runs": one.late,
    }


def _print(health: Health, since: str) -> None:
    answers = f"Prefect {health.version}, up since {since}" if health.version else "does not answer"
    say(f"server at {health.address}: {answers}", style="bold")
    for one in health.workers:
        seen = f"last sign of life {_ago(health, one.seen_at)}" if one.seen_at else "never gave a sign of life"
        say(f"worker {one.name}: {'online' if one.is_online else 'offline'}, {seen}")
    made = f"made {_ago(health, health.published_at)} by the run {health.run_id}" if health.published_at else "none yet"
    say(f"published file: {made}")
    say()
    if health.deployed:
        columns = dict.fromkeys(("deployment", "schedule (UTC)", "last run", "began", "next run"), "left")
        table("Deployments", {**columns, "late": "right"}, [_row(health, one) for one in health.deployed])
    for sentence in health.failures:
        complain(sentence)
    for sentence in health.complaints:
        say(sentence, style="yellow")


def _row(health: Health, one: Deployed) -> list[object]:
    state = one.last.state.name if one.last and one.last.state else "none yet"
    began = _ago(health, one.last.start_time) if one.last and one.last.start_time else ""
    schedule = "paused" if one.is_paused else ", ".join(one.schedules) or "when asked for"
    return [one.name, schedule, state, began, f"{one.next_at:%a %H:%M}" if one.next_at else "", one.late or ""]


def _ago(health: Health, moment: datetime) -> str:
    return f"{duration(max(0.0, (health.now - moment).total_seconds()))} ago"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
