"""What to do after a check: the one step that brings most."""

from __future__ import annotations

from typing import Final

from pipelines.cli.progress import duration
from pipelines.entra.permissions import GRAPH_APP_ID
from pipelines.entra.readiness import Readiness
from pipelines.identity.consent import permissions_page
from pipelines.settings import ManagedIdentity

UNKNOWN_APP: Final = "AADSTS700016"
"""Entra's code where the tenant does not know the app: nobody consented there yet, or the id is wrong."""

ASSIGN: Final = "Assign Microsoft Graph's app roles {roles} to the managed identity's service principal (POST /servicePrincipals/{{its object id}}/appRoleAssignments; Microsoft Graph's own app id is {graph})"


def of(found: Readiness, me: str) -> str:
    """Return the next step for a tenant, in a sentence or two.

    Args:
        found: what a check found.
        me: how this program is called.
    """
    again = f"then run `{me} check` again."
    if found.fault:
        return f"{found.fault}{_consent(found)} Then run `{me} check` again."
    if found.to_grant:
        return f"{_grant(found)}, {again}{_or_sync(found, me)}"
    if found.would_fail:
        return failure(found, me)
    if found.is_clock_wrong:
        return f"Set this machine's clock, {again}"
    if found.lacking:
        return f"Run `{me} sync`. What is missing stays unknown, and is never counted as unused."
    return f"Run `{me} sync`."


def failure(found: Readiness, me: str) -> str:
    """Return why a sync would fail."""
    if found.fault:
        return str(found.fault)
    failed = ", ".join(outcome.collection.name for outcome in found.outcomes if outcome.has_failed)
    return f"A sync would fail: it cannot do without {failed}. Correct what is said of it, then run `{me} check` again."


def clock(found: Readiness) -> str | None:
    """Return what a wrong clock breaks, or None where it is right."""
    if found.skew is None or not found.is_clock_wrong:
        return None
    way, breaks = (
        ("ahead of", "rows that land late are missed, because windows count as read for good too early")
        if found.skew.total_seconds() > 0
        else ("behind", "the newest events are not read")
    )
    return f"This machine's clock is {duration(abs(found.skew.total_seconds()))} {way} Graph's: {breaks}, and Entra refuses what is signed with a certificate (AADSTS700024)."


def _grant(found: Readiness) -> str:
    missing = found.to_grant
    if isinstance(found.tenant.credential, ManagedIdentity):
        roles = ", ".join(f"{name} ({id_})" for name, id_ in missing.items())
        return ASSIGN.format(roles=roles, graph=GRAPH_APP_ID)
    page = permissions_page(found.tenant)
    where = f" ({page})" if page else ""
    return (
        f"Add the application permissions {', '.join(missing)} of Microsoft Graph to the app registration{where}, "
        f"let an administrator consent at {found.access.consent_url}"
    )


def _consent(found: Readiness) -> str:
    """Return where to consent, where Entra gave no token because nobody has."""
    is_unknown = UNKNOWN_APP in str(found.fault) and found.access.consent_url
    return f" An administrator consents at {found.access.consent_url}." if is_unknown else ""


def _or_sync(found: Readiness, me: str) -> str:
    return "" if found.would_fail else f" Or run `{me} sync` without them; what they would tell stays unknown."
