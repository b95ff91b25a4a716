"""Where an administrator gives an app its permissions.

Source: "Grant tenant-wide admin consent to an application" (learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent)
for the link to consent; the portal's page is the one that its own menu *API permissions* leads to.
"""

from __future__ import annotations

from pipelines.settings import ManagedIdentity, Tenant


def consent_url(tenant: Tenant) -> str | None:
    """Return where an administrator consents to all that the app registration asks for.

    A managed identity has no registration, and nothing to consent to: its app roles are assigned one by one.
    """
    if isinstance(tenant.credential, ManagedIdentity):
        return None
    return f"{tenant.authority_url}/{tenant.tenant_id}/adminconsent?client_id={tenant.client_id}"


def permissions_page(tenant: Tenant) -> str | None:
    """Return the portal's page on which permissions are added to the app registration, where its cloud has a known portal."""
    if isinstance(tenant.credential, ManagedIdentity) or not tenant.cloud.portal_url:
        return None
    blade = "#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI"
    return f"{tenant.cloud.portal_url}/{blade}/appId/{tenant.client_id}"
