"""Microsoft Graph's application permissions that the collections need.

Source: "Microsoft Graph permissions reference" (learn.microsoft.com/graph/permissions-reference) for the ids, and its table
of permissions of each path for what else opens a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

GRAPH_APP_ID: Final = "00000003-0000-0000-c000-000000000000"
"""The app id of Microsoft Graph in every tenant, whose app roles the permissions are."""

IDS: Final[Mapping[str, str]] = {
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "AuditLog.Read.All": "b0afded3-3588-46d8-8b3d-9842eff778da",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "IdentityRiskyServicePrincipal.Read.All": "607c7344-0eed-41e5-823a-9695ebe1b7b0",
    "LicenseAssignment.Read.All": "e2f98668-2877-4f38-a2f4-8202e0717aa1",
    "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
}
"""The app role's id of each permission."""

_DIRECTORY: Final = ("Directory.Read.All", "Directory.ReadWrite.All")
WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    "Application.Read.All": (*_DIRECTORY, "Application.ReadWrite.All"),
    "Directory.Read.All": ("Directory.ReadWrite.All",),
    "GroupMember.Read.All": (*_DIRECTORY, "Group.Read.All", "Group.ReadWrite.All"),
    "IdentityRiskyServicePrincipal.Read.All": ("IdentityRiskyServicePrincipal.ReadWrite.All",),
    "LicenseAssignment.Read.All": (*_DIRECTORY, "Organization.Read.All"),
    "Organization.Read.All": _DIRECTORY,
    "RoleManagement.Read.Directory": (*_DIRECTORY, "RoleManagement.ReadWrite.Directory"),
    "User.Read.All": (*_DIRECTORY, "User.ReadWrite.All"),
}
"""What else opens the lists that a permission opens."""


def holding(permission: str, granted: Iterable[str]) -> str | None:
    """Return which of the granted permissions opens what a permission opens, or None."""
    held = set(granted)
    return next((name for name in (permission, *WIDER.get(permission, ())) if name in held), None)
