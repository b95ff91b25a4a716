"""`consentry check`: what a sync would collect, what it would not and why, and the next step."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from pipelines.cli.console import complain, err, say, table
from pipelines.entra import next_step
from pipelines.entra.outcomes import NOT_NEEDED, Outcome
from pipelines.entra.readiness import Readiness, examine
from pipelines.errors import ConsentryError, SettingsError
from pipelines.graph.governor import AppLimits
from pipelines.identity.consent import permissions_page
from pipelines.settings import Tenant
from pipelines.warehouse.answers import unknown

FINE, FAILED, DEGRADED = 0, 1, 3
VERSION: Final = 1
"""Of the JSON document; it grows by keys, and another number means that one of them means something else."""


def check(settings: Callable[[], Sequence[Tenant]], me: str, *, as_json: bool) -> int:
    """Examine the tenants, print what was found, and return the exit code.

    Args:
        settings: says whom to ask.
        me: how this program is called.
        as_json: print one JSON document in place of text.

    Raises:
        ConsentryError: there is nobody to ask; the document says so, too.
    """
    try:
        tenants = settings()
    except ConsentryError as error:
        if as_json:
            _write(document([], me, error.exit_code, str(error)))
        raise
    found = []
    for one in _examined(tenants):
        found.append(one)
        if not as_json:
            _print(one, me)
        if one.would_fail:
            name = f"{one.tenant.name}: " if len(tenants) > 1 else ""
            complain(f"{name}{next_step.failure(one, me)}")
    code = exit_code(found)
    if as_json:
        _write(document(found, me, code))
    return code


def _write(made: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(made, indent=2, ensure_ascii=False) + "\n")


def exit_code(found: Sequence[Readiness]) -> int:
    """Return 0 where everything would be collected, 3 where something would not, 1 (or 2) where no tenant could be synced."""
    failing = [one for one in found if one.would_fail]
    if len(failing) == len(found):
        are_settings = all(isinstance(one.fault, SettingsError) for one in failing)
        return SettingsError.exit_code if are_settings else FAILED
    return FINE if all(one.is_whole for one in found) else DEGRADED


def document(found: Sequence[Readiness], me: str, code: int, error: str | None = None) -> dict[str, Any]:
    """Return what was found, as JSON has it; `docs/check.md` describes it.

    Args:
        found: one for each tenant that was examined.
        me: how this program is called.
        code: the exit code.
        error: why no tenant was examined.
    """
    return {
        "version": VERSION,
        "checked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "exit_code": code,
        "tenants": [_tenant(one, me) for one in found],
        "error": error,
    }


def _tenant(one: Readiness, me: str) -> dict[str, Any]:
    lost = unknown(one.outcomes)
    return {
        "tenant_id": one.tenant.tenant_id,
        "name": one.tenant.name,
        "client_id": one.tenant.client_id or None,
        "cloud": one.tenant.cloud.name,
        "would_fail": one.would_fail,
        "is_whole": one.is_whole,
        "error": str(one.fault) if one.fault else None,
        "granted_permissions": sorted(one.access.granted),
        "permissions_to_grant": [{"name": name, "id": id_} for name, id_ in one.to_grant.items()],
        "licences": [{"name": name, "is_held": is_held} for name, is_held in one.licences.items()],
        "clock_skew_seconds": None if one.skew is None else round(one.skew.total_seconds()),
        "is_clock_wrong": one.is_clock_wrong,
        "consent_url": one.access.consent_url,
        "permissions_url": permissions_page(one.tenant),
        "collections": [_collection(outcome, lost) for outcome in one.outcomes],
        "next_step": next_step.of(one, me),
    }


def _collection(outcome: Outcome, lost: dict[str, str]) -> dict[str, Any]:
    _, noted = outcome.note()
    keys = ("collection", "table_name", "is_required", "outcome", "reason_kind", "reason")
    missing = ("missing_permission", "missing_permission_id", "missing_licence", "error", "error_code", "request_id")
    return {
        **{key: noted[key] for key in (*keys, *missing)},
        "holds": outcome.collection.meaning,
        "leaves_unknown": lost.get(outcome.collection.name),
    }


def _examined(tenants: Sequence[Tenant]) -> Iterator[Readiness]:
    apps: defaultdict[str, AppLimits] = defaultdict(AppLimits)
    for tenant in tenants:
        with _asking() as told:
            found = examine(tenant, apps[tenant.client_id], told)
        yield found


@contextmanager
def _asking() -> Iterator[Any]:
    """Show a person what is asked for; a quota may make it take half a minute."""
    if not err.is_terminal:
        yield lambda _: None
        return
    with err.status("asking Entra for a token") as status:
        yield lambda name: status.update(f"asking Graph for {name}")


def _print(one: Readiness, me: str) -> None:
    named = "" if one.tenant.name == one.tenant.tenant_id else f"{one.tenant.name}, "
    say(f"{named}tenant {one.tenant.tenant_id} in the cloud {one.tenant.cloud.name}", style="bold")
    if one.outcomes:
        _print_facts(one)
        _print_collections(one)
        _print_gaps(one)
    say(f"Next step: {next_step.of(one, me)}", style="bold")
    say()


def _print_facts(one: Readiness) -> None:
    granted = ", ".join(sorted(one.access.granted)) or "no permission that can be read from it"
    say(f"  access token: {granted}")
    for licence, is_held in one.licences.items():
        needing = ", ".join(
            outcome.collection.name for outcome in one.outcomes if outcome.collection.licence == licence
        )
        said = {True: "yes", False: f"no, and these need it: {needing}", None: f"unknown; these need it: {needing}"}
        say(f"  {licence}: {said[is_held]}")
    if clock := next_step.clock(one):
        say(f"  {clock}", style="yellow")
    say()


def _print_collections(one: Readiness) -> None:
    rows: list[list[object]] = [
        [outcome.collection.name, _readable(outcome), outcome.collection.meaning] for outcome in one.outcomes
    ]
    table("What a sync would collect", {"collection": "left", "readable": "left", "it holds": "left"}, rows)


def _readable(outcome: Outcome) -> str:
    if outcome.outcome == NOT_NEEDED:
        return "not needed"
    return "yes" if outcome.is_complete else "no"


def _print_gaps(one: Readiness) -> None:
    if not one.lacking:
        return
    lost = unknown(one.outcomes)
    say("What it would not collect and why, and what stays unknown without it", style="bold")
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for outcome in one.lacking:
        reasons[outcome.reason.words if outcome.reason else outcome.outcome].append(outcome.collection.name)
    for words, names in reasons.items():
        say(f"  {words}", style="yellow")
        for name in names:
            say(f"    {name}: {lost[name]}")
    say()
    if one.to_grant:
        rows: list[list[object]] = [[name, id_] for name, id_ in one.to_grant.items()]
        table("To be granted", {"application permission of Microsoft Graph": "left", "id": "left"}, rows)
