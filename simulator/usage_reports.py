"""Reports of use: when users, apps and credentials were last seen, for longer than the logs go back.

Each is a signInActivity: names such as `lastSignIn`, with the time and the request id of the sign-in behind it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from simulator import instants
from simulator.directory import Row
from simulator.last_uses import last_uses
from simulator.outcomes import INTERACTIVE, KINDS, MANAGED_IDENTITY, NON_INTERACTIVE, SERVICE_PRINCIPAL
from simulator.sign_in_rows import request_id
from simulator.sign_ins import Key
from simulator.views import View

if TYPE_CHECKING:
    from simulator.tenant import Tenant

_BY_USERS, _BY_APPS = (INTERACTIVE, NON_INTERACTIVE), (SERVICE_PRINCIPAL, MANAGED_IDENTITY)
_OF_USERS = (
    ("lastSignIn", (INTERACTIVE,), False),
    ("lastNonInteractiveSignIn", (NON_INTERACTIVE,), False),
    ("lastSuccessfulSignIn", _BY_USERS, True),
)
_OF_APPS = (
    ("delegatedClientSignInActivity", "client", _BY_USERS),
    ("delegatedResourceSignInActivity", "resource", _BY_USERS),
    ("applicationAuthenticationClientSignInActivity", "client", _BY_APPS),
    ("applicationAuthenticationResourceSignInActivity", "resource", _BY_APPS),
)


def user_activity(tenant: Tenant, view: View) -> Callable[[Row], Row] | None:
    """What adds `signInActivity` to users; it lives outside the directory and comes only when asked for."""
    if not view.uses("signInActivity"):
        return None

    def with_activity(row: Row) -> Row:
        number = tenant.sign_ins.actors.numbers.get(row["id"])
        known = {
            name: key
            for name, kinds, only_success in _OF_USERS
            if (key := _last(tenant, view, "actor", number, kinds, only_success=only_success))
        }
        return {**row, "signInActivity": _activity(tenant, known)} if known else row

    return with_activity


def app_activity(tenant: Tenant, view: View, principal: Row) -> Iterator[Row]:
    """The servicePrincipalSignInActivity of an app; none when it was never used."""
    app_id = principal["appId"]
    numbers = {
        "client": tenant.sign_ins.clients.numbers.get(app_id),
        "resource": tenant.sign_ins.resources.numbers.get(app_id),
    }
    known = {name: _last(tenant, view, column, numbers[column], kinds) for name, column, kinds in _OF_APPS}
    last = max((key for key in known.values() if key), default=None)
    if last is not None:
        blocks = {"lastSignInActivity": last, **known}
        shown = {name: _activity(tenant, {"lastSignIn": key}) if key else None for name, key in blocks.items()}
        yield {"id": base64.b64encode(app_id.encode()).decode(), "appId": app_id, **shown}


def credential_activity(tenant: Tenant, view: View, principal: Row) -> Iterator[Row]:
    """The appCredentialSignInActivity of each credential of an app that was used."""
    number = tenant.sign_ins.clients.numbers.get(principal["appId"])
    last = _last(tenant, view, "client", number, (SERVICE_PRINCIPAL,), only_success=True)
    if number is None or last is None:
        return
    application = next(tenant.directory.applications.rows(("appId", principal["appId"])), None)
    for origin, holder in (("application", application), ("servicePrincipal", principal)):
        for key_type, name in (("clientSecret", "passwordCredentials"), ("certificate", "keyCredentials")):
            for credential in (holder or {}).get(name, ()):
                if credential["keyId"] == tenant.sign_ins.clients[number].key_id:
                    yield _credential(tenant, principal, application, credential, key_type, origin, last)


def _credential(
    tenant: Tenant, principal: Row, application: Row | None, credential: Row, key_type: str, origin: str, last: Key
) -> Row:
    resource = tenant.sign_ins.resources[tenant.sign_ins.resource_of(last)]
    return {
        "id": base64.b64encode(f"{credential['keyId']}|{origin}".encode()).decode(),
        "keyId": credential["keyId"],
        "keyType": key_type,
        "keyUsage": "sign" if key_type == "certificate" else "verify",
        "appId": principal["appId"],
        "appObjectId": application["id"] if application else None,
        "servicePrincipalObjectId": principal["id"],
        "resourceId": resource.service_principal_id,
        "credentialOrigin": origin,
        "createdDateTime": credential["startDateTime"],
        "expirationDateTime": credential["endDateTime"],
        "signInActivity": _activity(tenant, {"lastSignIn": last}),
    }


def _last(
    tenant: Tenant, view: View, column: str, number: int | None, kinds: tuple[str, ...], *, only_success: bool = False
) -> Key | None:
    if number is None:
        return None
    uses = (
        last_uses(tenant.sign_ins, column, KINDS.index(kind), view.visible_at, only_success=only_success)
        for kind in kinds
    )
    return max((use[number] for use in uses if number in use), default=None)


def _activity(tenant: Tenant, known: dict[str, Key]) -> Row:
    return {
        f"{name}{part}": value
        for name, key in known.items()
        for part, value in (
            ("DateTime", instants.written(key.ticks)),
            ("RequestId", request_id(key.kind, key.number, tenant.seed)),
        )
    }
