"""Sign-ins as JSON: byte templates, filled per row with parts that are made once per user, app and device."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator import ids, instants
from simulator.outcomes import INTERACTIVE, KINDS, MANAGED_IDENTITY, SERVICE_PRINCIPAL, Outcome, outcome
from simulator.places import NO_DEVICE, NO_NETWORK, device_part, ip_address, members, network_part
from simulator.sign_ins import Actor, Client, Key, SignInLog

_ID_SALT = 0x51
_CORRELATION_SALT = 0xC0
_SESSION_SALT = 0x5E
# One sign-in in so many is from a trip.
ADDRESSES = 5
# Stands in a template for the time of the row.
_TIME = "@time@"

_POLICIES: tuple[tuple[str, list[str], list[str]], ...] = (
    ("Require multifactor authentication for all users", ["Mfa"], []),
    ("Sign-in frequency for unmanaged devices", [], ["SignInFrequency", "PersistentBrowserSessionMode"]),
)


def request_id(kind: int, number: int, seed: int) -> str:
    """The id of a sign-in: a GUID that ends in 00."""
    return ids.guid_of(number | kind << 56, seed + _ID_SALT, zero_end=True)


def located(log: SignInLog, request: str, seed: int) -> Key | None:
    """The place of the sign-in with this id; None when there is none."""
    for kind in range(len(KINDS)):
        columns = log.columns(kind)
        halves = ids.first_halves(_spread(kind, columns.number), seed + _ID_SALT)
        for place in np.flatnonzero(halves == ids.first_half(request)).tolist():
            if request_id(kind, int(columns.number[place]), seed) == request:
                return Key(int(columns.ticks[place]), kind, int(columns.number[place]))
    return None


def render(log: SignInLog, keys: Sequence[Key], seed: int, tenant_id: str) -> list[bytes]:
    """The JSON objects, in the shape of beta, of the sign-ins at `keys`, in the order of `keys`."""
    result: list[bytes] = [b""] * len(keys)
    for kind in range(len(KINDS)):
        places = [place for place, key in enumerate(keys) if key.kind == kind]
        if places:
            rows = _render_kind(log, kind, [keys[place] for place in places], seed, tenant_id)
            for place, row in zip(places, rows, strict=True):
                result[place] = row
    return result


def _render_kind(log: SignInLog, kind: int, keys: Sequence[Key], seed: int, tenant_id: str) -> list[bytes]:
    columns, places = log.columns(kind), log.positions(kind, keys)
    spread = _spread(kind, [key.number for key in keys])
    names, raw = ids.guids_of(spread, seed + _ID_SALT, zero_end=True)
    times = instants.written_all(columns.ticks[places])
    own = zip(
        [name.encode() for name in names],
        [time.encode() for time in times],
        [token.encode() for token in ids.token_identifiers(raw)],
        # Two neighbours share a correlation id, as the steps of one sign-in do; four share a session.
        [name.encode() for name in ids.guids_of(spread >> np.uint64(1), seed + _CORRELATION_SALT)[0]],
        [name.encode() for name in ids.guids_of(spread >> np.uint64(2), seed + _SESSION_SALT)[0]],
        strict=True,
    )
    parts = _parts(log, KINDS[kind], places, ids.mix(spread, seed).tolist())
    templates = [_template(KINDS[kind], code, tenant_id) for code in columns.error[places].tolist()]
    return [
        template % (name, at, name, token, correlation, session, *part, *([at] * steps))
        for (template, steps), (name, at, token, correlation, session), part in zip(templates, own, parts, strict=True)
    ]


def _parts(
    log: SignInLog, kind: str, places: NDArray[np.int64], chances: Sequence[int]
) -> list[tuple[int, bytes, bytes, bytes, bytes, bytes]]:
    columns = log.columns(KINDS.index(kind))
    rows = zip(
        columns.actor[places].tolist(),
        columns.client[places].tolist(),
        columns.resource[places].tolist(),
        columns.error[places].tolist(),
        chances,
        strict=True,
    )
    return [
        (
            40 + chance % 700,
            _person_part(log.actors[actor] if actor >= 0 else None),
            _client_part(kind, log.clients[client], error == 0),
            _resource_part(log.resources[resource]),
            device_part(log.actors[actor].id, chance % 7) if actor >= 0 else NO_DEVICE,
            _network(kind, log.actors[actor].id if actor >= 0 else log.clients[client].app_id, chance % ADDRESSES),
        )
        for actor, client, resource, error, chance in rows
    ]


def _network(kind: str, name: str, variant: int) -> bytes:
    return NO_NETWORK if kind == MANAGED_IDENTITY else network_part(name, variant)


def address(kind: str, name: str, variant: int) -> str:
    """The IP address of a sign-in by the user or app with this id; empty where Entra knows none."""
    return "" if kind == MANAGED_IDENTITY else ip_address(name, variant)


def variants(kind: int, numbers: Sequence[int] | NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """From where each sign-in came: 0 for a trip, others the usual place."""
    return (ids.mix(_spread(kind, numbers), seed) % np.uint64(ADDRESSES)).astype(np.int64)


def _spread(kind: int, numbers: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint64]:
    return np.array(numbers, dtype=np.uint64) | np.uint64(kind << 56)


@lru_cache(maxsize=1 << 17)
def _person_part(person: Actor | None) -> bytes:
    if person is None:
        # Apps that sign in by themselves: Entra leaves the names out and the id empty.
        return members({"userId": None, "userDisplayName": None, "userPrincipalName": None, "homeTenantId": None})
    return members(
        {
            "userId": person.id,
            "userDisplayName": person.display_name,
            "userPrincipalName": person.sign_in_name,
            "userType": "guest" if person.is_guest else "member",
            "signInIdentifier": person.user_principal_name,
            "signInIdentifierType": "userPrincipalName",
            "homeTenantId": person.home_tenant_id,
            "homeTenantName": "",
            "crossTenantAccessType": "b2bCollaboration" if person.is_guest else "none",
        }
    )


@lru_cache(maxsize=1 << 16)
def _client_part(kind: str, client: Client, succeeded: bool) -> bytes:
    by_itself = kind in {SERVICE_PRINCIPAL, MANAGED_IDENTITY}
    return members(
        {
            "appId": client.app_id,
            "appDisplayName": None if by_itself else client.display_name,
            "appOwnerTenantId": client.owner_tenant_id or None,
            "servicePrincipalId": client.service_principal_id if by_itself else "",
            "servicePrincipalName": client.display_name if by_itself else None,
            "servicePrincipalCredentialKeyId": _key_id(client) if kind == SERVICE_PRINCIPAL else None,
            "servicePrincipalCredentialThumbprint": "",
            "clientCredentialType": client.key_type if kind == SERVICE_PRINCIPAL else "none",
            "managedServiceIdentity": managed_identity(client) if kind == MANAGED_IDENTITY else None,
            "authenticationProcessingDetails": _processing(client, issued=succeeded and not by_itself),
        }
    )


def _key_id(client: Client) -> str:
    """The credential of a client; that of an app of others is kept in its own tenant."""
    return client.key_id or ids.guid("key", client.app_id)


def managed_identity(client: Client) -> dict[str, Any]:
    """The managedIdentity that stands behind a client."""
    name = f"/subscriptions/{ids.guid('subscription')}/resourcegroups/production/providers/Microsoft.Web/sites/"
    return {
        "msiType": "systemAssigned",
        "associatedResourceId": name + client.display_name,
        "federatedTokenId": None,
        "federatedTokenIssuer": None,
    }


def _processing(client: Client, *, issued: bool) -> list[dict[str, str]]:
    scopes = [{"key": "Oauth Scope Info", "value": json.dumps(client.scopes)}] if issued and client.scopes else []
    return [
        {"key": "Legacy TLS (TLS 1.0, 1.1, 3DES)", "value": "False"},
        *scopes,
        {"key": "Is CAE Token", "value": "False"},
    ]


@lru_cache(maxsize=4096)
def _resource_part(resource: Client) -> bytes:
    return members(
        {
            "resourceDisplayName": resource.display_name,
            "resourceId": resource.app_id,
            "resourceServicePrincipalId": resource.service_principal_id or None,
            "resourceOwnerTenantId": resource.owner_tenant_id or None,
        }
    )


@cache
def _template(kind: str, code: int, tenant_id: str) -> tuple[bytes, int]:
    """The template of an outcome, and how many times the time of the row stands at its end."""
    end = outcome(code)
    tail = {**_constant(kind, end, tenant_id), **_authentication(kind, end)}
    body = members(tail).replace(b"%", b"%%")
    steps = body.count(_TIME.encode())
    head = (
        b'{"id":"%b","createdDateTime":"%b","originalRequestId":"%b","uniqueTokenIdentifier":"%b","correlationId":"%b",'
        b'"sessionId":"%b","processingTimeInMilliseconds":%d,%b,%b,%b,%b,%b,'
    )
    return head + body.replace(_TIME.encode(), b"%b") + b"}", steps


def _constant(kind: str, end: Outcome, tenant_id: str) -> dict[str, Any]:
    """What all sign-ins of a kind with one outcome have in common."""
    return {
        "signInEventTypes": [kind],
        "isInteractive": kind == INTERACTIVE,
        "resourceTenantId": tenant_id,
        "status": status(kind, end),
        "riskDetail": "none",
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "riskEventTypes_v2": [],
        "flaggedForReview": False,
        "isTenantRestricted": False,
        "isThroughGlobalSecureAccess": False,
        "tokenIssuerName": "",
        "tokenIssuerType": "AzureAD",
        "federatedCredentialId": None,
        "mfaDetail": None,
        "privateLinkDetails": None,
        "authenticationContextClassReferences": [],
        "tokenProtectionStatusDetails": {"signInSessionStatus": "none", "signInSessionStatusCode": 0},
        "conditionalAccessAudiences": [],
    }


def status(kind: str, end: Outcome) -> dict[str, Any]:
    """The signInStatus of an outcome."""
    return {"errorCode": end.code, "failureReason": end.reason, "additionalDetails": _detail(kind, end)}


def conditional_access_status(kind: str, end: Outcome) -> str:
    """What Conditional Access made of a sign-in; it looks at those of users only."""
    if kind in {SERVICE_PRINCIPAL, MANAGED_IDENTITY}:
        return "notApplied"
    return "failure" if end.blocked_by_policy else "success" if end.code == 0 else "notApplied"


def _detail(kind: str, end: Outcome) -> str | None:
    if kind in {SERVICE_PRINCIPAL, MANAGED_IDENTITY}:
        return None
    return "MFA requirement satisfied by claim in the token" if end.code == 0 else None


def _authentication(kind: str, end: Outcome) -> dict[str, Any]:
    by_user = kind not in {SERVICE_PRINCIPAL, MANAGED_IDENTITY}
    interactive = kind == INTERACTIVE
    return {
        "authenticationProtocol": "oAuth2" if by_user else "none",
        "incomingTokenType": "primaryRefreshToken"
        if kind not in {INTERACTIVE, SERVICE_PRINCIPAL, MANAGED_IDENTITY}
        else "none",
        "originalTransferMethod": "none",
        "authenticationMethodsUsed": ["Password", "Authenticator App"] if interactive and end.code == 0 else [],
        "authenticationRequirement": "multiFactorAuthentication" if by_user else "singleFactorAuthentication",
        "authenticationRequirementPolicies": _requirement() if by_user else [],
        "authenticationDetails": _steps(end, interactive=interactive) if by_user else [],
        "sessionLifetimePolicies": [],
        **_conditional_access(kind, end),
    }


def _requirement() -> list[dict[str, str]]:
    return [{"requirementProvider": "multiConditionalAccess", "detail": "Conditional Access"}]


def _steps(end: Outcome, *, interactive: bool) -> list[dict[str, Any]]:
    passed = end.code == 0
    first = _step("Password" if interactive else "Previously satisfied", "Primary authentication", succeeded=passed)
    second = _step("Mobile app notification", "Multifactor authentication", succeeded=True)
    return [first, second] if interactive and passed else [first]


def _step(method: str, requirement: str, *, succeeded: bool) -> dict[str, Any]:
    return {
        "authenticationStepDateTime": _TIME,
        "authenticationMethod": method,
        "authenticationMethodDetail": "Password Hash Sync" if method == "Password" else None,
        "succeeded": succeeded,
        "authenticationStepResultDetail": "Correct password" if succeeded else "Not completed",
        "authenticationStepRequirement": requirement,
    }


def _conditional_access(kind: str, end: Outcome) -> dict[str, Any]:
    result = conditional_access_status(kind, end)
    shown = {INTERACTIVE: len(_POLICIES), SERVICE_PRINCIPAL: 0, MANAGED_IDENTITY: 0}.get(kind, 1)
    policies = [_policy(number, result) for number in range(shown)]
    return {"conditionalAccessStatus": result, "appliedConditionalAccessPolicies": policies}


def _policy(number: int, status: str) -> dict[str, Any]:
    name, grant, session = _POLICIES[number]
    return {
        "id": ids.guid("policy", number),
        "displayName": name,
        "enforcedGrantControls": grant,
        "enforcedSessionControls": session,
        "sessionControlsNotSatisfied": [],
        "result": status if number == 0 else "notApplied",
        "conditionsSatisfied": "application,users" if number == 0 else "none",
        "conditionsNotSatisfied": "none" if number == 0 else "users",
    }
