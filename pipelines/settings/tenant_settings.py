"""The settings of one tenant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipelines import clouds
from pipelines.clouds import CLOUDS, Cloud
from pipelines.settings import credentials
from pipelines.settings.addresses import LOOPBACK
from pipelines.settings.credentials import Credential, ManagedIdentity
from pipelines.settings.values import Values

QUOTAS: Final = ("auto", "published", "off")


@dataclass(frozen=True)
class Tenant:
    """How to reach one tenant.

    Attributes:
        tenant_id: the tenant's GUID, lower case.
        client_id: the app's id; a managed identity's own, or "" where that is system-assigned and only Azure knows it.
        credential: what proves that we are the app.
        cloud: where the tenant lives.
        authority_url: where tokens come from, without a trailing slash; by default the cloud's.
        graph_url: Microsoft Graph's origin, without a trailing slash or version; by default the cloud's.
        ca_file: certificate authorities to trust instead of the system's, or None.
        quota: whether Graph's published limits are kept: `auto` (at Microsoft's hosts), `published` or `off`.
        name: what people call it; by default its id.
    """

    tenant_id: str
    client_id: str
    credential: Credential
    cloud: Cloud = clouds.GLOBAL
    authority_url: str = ""
    graph_url: str = ""
    ca_file: Path | None = None
    quota: str = "auto"
    name: str = ""

    def __post_init__(self) -> None:
        """Fill in what follows from the rest."""
        derived = {
            "authority_url": self.cloud.authority_url,
            "graph_url": self.cloud.graph_url,
            "name": self.tenant_id,
        }
        for name, value in derived.items():
            object.__setattr__(self, name, getattr(self, name) or value)


def read(values: Values, name: str = "") -> Tenant:
    """Return the tenant that the values describe; it is whole only where nothing was noted as missing or wrong."""
    tenant_id = values.guid("CONSENTRY_TENANT_ID")
    credential = credentials.read(values)
    cloud = CLOUDS[values.choice("CONSENTRY_CLOUD", CLOUDS)]
    return Tenant(
        tenant_id=tenant_id,
        client_id=_client_id(credential, values),
        credential=credential,
        cloud=cloud,
        authority_url=values.url("CONSENTRY_AUTHORITY_URL", cloud.authority_url),
        graph_url=re.sub(r"/(v1\.0|beta)$", "", values.url("CONSENTRY_GRAPH_URL", cloud.graph_url, LOOPBACK)),
        ca_file=values.file("CONSENTRY_CA_FILE"),
        quota=values.choice("CONSENTRY_QUOTA", QUOTAS),
        name=name,
    )


def _client_id(credential: Credential, values: Values) -> str:
    if isinstance(credential, ManagedIdentity):
        return credential.client_id or ""
    return values.guid("CONSENTRY_CLIENT_ID")
