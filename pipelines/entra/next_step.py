"""What to do after a check: the one step that brings most."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from pipelines.entra.outcomes import TOLERATED
from pipelines.entra.permissions import GRAPH_APP_ID, holding
from pipelines.entra.readiness import Readiness
from pipelines.errors import BadAnswer, GraphError, Refused, ServerFailed, Throttled
from pipelines.identity.consent import permissions_page
from pipelines.settings import ManagedIdentity
from pipelines.wording import duration

UNKNOWN_APP: Final = "AADSTS700016"
"""Entra's code where the tenant does not know the app: nobody consented there yet, or the id is wrong."""

ASSIGN: Final = "Assign Microsoft Graph's app roles {roles} to the managed identity's service principal (POST /servicePrincipals/{{its object id}}/appRoleAssignments; Microsoft Graph's own app id is {graph})"

ASSIGN_ROLES: Final = (
    "Assign the directory role {roles} to the app's service principal (Entra admin center > Roles & admins)"
)

LACKED: Final = "it cannot do without {names}; correct what is said of that"
FAILING: Final = "Graph failed at {names}; try again in some minutes"
FOREIGN: Final = "what came for {names} is no answer of Graph's, and something between here and Graph may answer in its place; check the proxy settings"
REJECTED: Final = "Graph does not accept what was asked for {names}; correct what it says of that, or give Microsoft's support the request id"


def of(found: Readiness, me: str) -> str:
    """Return the next step for a tenant, in a sentence or two.

    Args:
        found: what a check found.
        me: how this program is called.
    """
    if found.fault:
        return f"{found.fault}{_consent(found)} Then run `{me} check` again."
    return _give(found, me) or _mend(found, me) or _go_on(found, me)


def _give(found: Readiness, me: str) -> str | None:
    """Return what an administrator has to give the app, or None."""
    if found.to_grant:
        return f"{_grant(found)}, then run `{me} check` again.{_or_sync(found, me)}"
    if found.roles:
        roles = ASSIGN_ROLES.format(roles=", ".join(found.roles))
        return f"{roles}, then run `{me} check` again.{_or_sync(found, me)}"
    return None


def _mend(found: Readiness, me: str) -> str | None:
    """Return what to do about what fails, what is wrong, and what is denied without a reason; None where nothing is."""
    denied = found.denied_nevertheless
    if found.would_fail and not any(outcome.has_failed for outcome in denied):
        return failure(found, me)
    if found.is_clock_wrong and not found.would_fail:
        return f"Set this machine's clock, then run `{me} check` again."
    return f"{_held(found, me)}{_or_sync(found, me)}" if denied else None


def _go_on(found: Readiness, me: str) -> str:
    beside = " What is missing stays unknown, and is never counted as unused." if found.lacking else ""
    return f"Run `{me} sync`.{beside}"


def failure(found: Readiness, me: str) -> str:
    """Return why a sync would fail."""
    if found.fault:
        return str(found.fault)
    causes: defaultdict[str, list[str]] = defaultdict(list)
    for outcome in found.outcomes:
        if outcome.has_failed:
            causes[_cause(outcome.error)].append(outcome.collection.name)
    said = "; ".join(cause.format(names=", ".join(names)) for cause, names in causes.items())
    return f"A sync would fail: {said}. Then run `{me} check` again."


def _cause(error: GraphError | None) -> str:
    """Return why a sync would fail with an error, and what to do, about `{names}`."""
    if isinstance(error, TOLERATED):
        return LACKED
    if isinstance(error, BadAnswer):
        return FOREIGN
    return FAILING if isinstance(error, (ServerFailed, Throttled)) else REJECTED


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


def _held(found: Readiness, me: str) -> str:
    """Return what to do where Graph denies what the token allows."""
    denied = found.denied_nevertheless
    names = ", ".join(outcome.collection.name for outcome in denied)
    held = sorted({str(holding(one.collection.permission, found.access.granted)) for one in denied})
    ids = [one.error.request_id for one in denied if isinstance(one.error, Refused) and one.error.request_id]
    support = f"give Microsoft's support the request id {ids[0]}" if ids else "ask Microsoft's support"
    return f"Graph denies {names}, though the access token holds {', '.join(held)}: new permissions take some minutes. Run `{me} check` again then; where it stays so, {support}."


def _consent(found: Readiness) -> str:
    """Return where to consent, where Entra gave no token because nobody has."""
    is_unknown = UNKNOWN_APP in str(found.fault) and found.access.consent_url
    return f" An administrator consents at {found.access.consent_url}." if is_unknown else ""


def _or_sync(found: Readiness, me: str) -> str:
    return "" if found.would_fail else f" Or run `{me} sync` without them; what they would tell stays unknown."
