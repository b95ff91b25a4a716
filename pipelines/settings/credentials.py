"""What proves to Entra that we are the app: four kinds, of which a tenant has exactly one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from pipelines.settings.secrecy import HIDDEN
from pipelines.settings.values import FILE, GUID, Values

PASSPHRASE: Final = "CONSENTRY_CLIENT_CERTIFICATE_PASSPHRASE"  # noqa: S105 - the name of a setting
SYSTEM: Final = "system"


@dataclass(frozen=True)
class ClientSecret:
    """A secret shared with Entra."""

    setting: ClassVar = "CONSENTRY_CLIENT_SECRET"
    secret: str = field(repr=False)

    @classmethod
    def read(cls, values: Values) -> ClientSecret:
        """Return the credential that the settings name."""
        return cls(values.secret(cls.setting) or "")


@dataclass(frozen=True)
class ClientCertificate:
    """A file that holds a private key and its certificate.

    Attributes:
        path: a PEM file, or a PFX (PKCS #12) one.
        passphrase: what the key is encrypted with, or None.
    """

    setting: ClassVar = "CONSENTRY_CLIENT_CERTIFICATE"
    path: Path
    passphrase: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, values: Values) -> ClientCertificate:
        """Return the credential that the settings name."""
        return cls(values.file(cls.setting) or Path(), values.secret(PASSPHRASE))


@dataclass(frozen=True)
class ManagedIdentity:
    """The identity that Azure gives the host, which needs no secret.

    Attributes:
        client_id: of a user-assigned identity, or None for the host's own (system-assigned) one.
    """

    setting: ClassVar = "CONSENTRY_MANAGED_IDENTITY"
    client_id: str | None = None

    @classmethod
    def read(cls, values: Values) -> ManagedIdentity:
        """Return the credential that the settings name."""
        chosen = (values.get(cls.setting) or SYSTEM).lower()
        if chosen != SYSTEM and not GUID.fullmatch(chosen):
            values.wrong.append(
                f"{cls.setting} is neither `system` nor a GUID ({HIDDEN}); it must be `system`, or the client id of a user-assigned identity."
            )
        if "CONSENTRY_CLIENT_ID" in values:
            values.wrong.append(
                f"Both CONSENTRY_CLIENT_ID and {cls.setting} are set; a managed identity has no app registration. Remove CONSENTRY_CLIENT_ID; a user-assigned identity's own client id is the value of {cls.setting}."
            )
        return cls(None if chosen == SYSTEM else chosen)


@dataclass(frozen=True)
class WorkloadIdentity:
    """A token of another issuer (Kubernetes, a CI service) that the app registration trusts, instead of a secret.

    Attributes:
        token_file: holds the token; its owner replaces it before it expires.
    """

    setting: ClassVar = "CONSENTRY_FEDERATED_TOKEN_FILE"
    token_file: Path

    @classmethod
    def read(cls, values: Values) -> WorkloadIdentity:
        """Return the credential that the settings name."""
        return cls(values.file(cls.setting) or Path())


Credential = ClientSecret | ClientCertificate | ManagedIdentity | WorkloadIdentity
KINDS: Final = (ClientSecret, ClientCertificate, ManagedIdentity, WorkloadIdentity)
SECRETS: Final = (ClientSecret.setting, PASSPHRASE)
"""The settings that hold a secret; each may be a file's instead."""
SETTINGS: Final = (*(kind.setting for kind in KINDS), ClientSecret.setting + FILE)
"""The settings any of which names a credential."""


def read(values: Values) -> Credential:
    """Return the one credential that the settings name; where there is none, or more than one, that is noted."""
    if values.has_secret(PASSPHRASE) and ClientCertificate.setting not in values:
        values.wrong.append(
            f"{PASSPHRASE} is set without {ClientCertificate.setting}; set that to the file it opens, or remove it."
        )
    chosen = [kind for kind in KINDS if values.has_secret(kind.setting)]
    if not chosen:
        values.lacks(ClientSecret.setting)
        return ClientSecret("")
    if len(chosen) > 1:
        first, last = ", ".join(kind.setting for kind in chosen[:-1]), chosen[-1].setting
        values.wrong.append(f"{first} and {last} are set, and a tenant has one credential; keep one of them.")
        return ClientSecret("")
    return chosen[0].read(values)
