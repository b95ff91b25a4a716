"""Why a collection could not be read: the words that a sync notes in `raw.sync_outcomes` and `consentry check` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipelines.entra.collection import Collection
from pipelines.entra.permissions import holding
from pipelines.errors import Denied, GraphError, NotInCloud, Refused, ServerFailed, Throttled, Unlicensed, Unreachable

PERMISSION, LICENCE, ROLE, CLOUD, REFUSED = "permission", "licence", "role", "cloud", "refused"
NETWORK, FAULT = "network", "fault"

KINDS: Final[tuple[tuple[type[GraphError], str], ...]] = (
    (Unlicensed, LICENCE),
    (NotInCloud, CLOUD),
    (Unreachable, NETWORK),
    (ServerFailed, FAULT),
    (Throttled, FAULT),
    (Refused, REFUSED),
)
"""The kind of each error but Denied, whose code tells permission and role apart."""

ROLE_CODE: Final = "Authentication_RequestFromUnsupportedUserRole"
ROLES: Final = {"reports": "Reports Reader", "identity_protection": "Security Reader"}
"""The least directory role that reads what counts against a quota (Microsoft Graph reference page of each list)."""

LEAST_ROLE: Final = "Directory Readers"


@dataclass(frozen=True)
class Access:
    """What is known of an app's access to a tenant before Graph is asked for anything.

    Attributes:
        granted: the application permissions in the access token; none where it cannot be read.
        consent_url: where an administrator consents to what the app registration asks for; None where there is none.
    """

    granted: frozenset[str] = frozenset()
    consent_url: str | None = None


@dataclass(frozen=True)
class Reason:
    """Why a collection could not be read.

    Attributes:
        kind: `permission`, `licence`, `role`, `cloud`, `refused`, `network` or `fault`.
        words: for a person.
        missing: what the tenant would have to give; None where giving does not help.
    """

    kind: str
    words: str
    missing: str | None = None

    @classmethod
    def of(cls, error: GraphError, collection: Collection, granted: frozenset[str] = frozenset()) -> Reason:
        """Return why an error stood between us and a collection.

        Args:
            error: what went wrong.
            collection: what was asked for.
            granted: the application permissions in the access token.
        """
        kind = _kind(error)
        missing = _missing(kind, collection)
        if missing is None:
            return cls(kind, str(error))
        held = holding(collection.permission, granted) if kind == PERMISSION else None
        beside = f"; the token holds {held}, and Graph refuses it nevertheless" if held else ""
        return cls(kind, f"needs {missing}{beside}", missing)


def least_role(collection: Collection) -> str:
    """Return the directory role that reads a collection and little else."""
    return ROLES.get(collection.bucket, LEAST_ROLE)


def _kind(error: GraphError) -> str:
    if isinstance(error, Denied):
        return ROLE if error.code == ROLE_CODE else PERMISSION
    return next((kind for of, kind in KINDS if isinstance(error, of)), FAULT)


def _missing(kind: str, collection: Collection) -> str | None:
    if kind == PERMISSION:
        return f"the permission {collection.permission} (application), with admin consent"
    if kind == ROLE:
        return f"the directory role {least_role(collection)}, assigned to the app"
    if kind == LICENCE:
        return f"the licence {collection.licence}" if collection.licence else "a licence that Graph does not name"
    return None
