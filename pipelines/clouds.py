"""The clouds that Microsoft runs Entra and Graph in, and what each of them lacks.

Hosts: "Microsoft Graph national cloud deployments" and "National clouds" of the Microsoft identity platform; those of the
sovereign clouds are the ones that MSAL and the Microsoft Graph PowerShell SDK know. What is lacking: the table of
national cloud deployments on the Graph reference page of each list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

GLOBAL_ONLY: Final = (
    "/v1.0/auditLogs/signIns",  # beta has them in every cloud
    "/beta/reports/servicePrincipalSignInActivities",
    "/beta/reports/appCredentialSignInActivities",
)
GLOBAL_AND_US: Final = (
    "/v1.0/auditLogs/directoryAudits",
    "/beta/auditLogs/directoryAudits",
    "/v1.0/identityProtection/riskyServicePrincipals",
    "/beta/identityProtection/riskyServicePrincipals",
)


@dataclass(frozen=True)
class Cloud:
    """One of Microsoft's clouds.

    Attributes:
        name: what `CONSENTRY_CLOUD` calls it.
        authority_url: where tokens come from, without a trailing slash.
        graph_url: Microsoft Graph's origin, without a trailing slash or version.
        portal_url: where apps are registered; "" where Microsoft publishes no address.
        absent: paths below Graph's origin, with their API version, that Microsoft does not offer in it.
    """

    name: str
    authority_url: str
    graph_url: str
    portal_url: str = ""
    absent: tuple[str, ...] = ()

    def lacks(self, path: str) -> bool:
        """Return whether the cloud does not have what lies at a path.

        Args:
            path: below Graph's origin, with the API version; a query behind it does not matter.
        """
        asked = _segments(path)
        return any(asked[: len(absent)] == absent for absent in map(_segments, self.absent))


def _segments(path: str) -> list[str]:
    return path.partition("?")[0].lower().strip("/").split("/")


GLOBAL: Final = Cloud(
    "global", "https://login.microsoftonline.com", "https://graph.microsoft.com", "https://portal.azure.com"
)
CLOUDS: Final = {
    cloud.name: cloud
    for cloud in (
        GLOBAL,
        Cloud(
            "usgov-l4",
            "https://login.microsoftonline.us",
            "https://graph.microsoft.us",
            "https://portal.azure.us",
            GLOBAL_ONLY,
        ),
        Cloud(
            "usgov-l5",
            "https://login.microsoftonline.us",
            "https://dod-graph.microsoft.us",
            "https://portal.azure.us",
            GLOBAL_ONLY,
        ),
        Cloud(
            "china",
            "https://login.chinacloudapi.cn",
            "https://microsoftgraph.chinacloudapi.cn",
            "https://portal.azure.cn",
            GLOBAL_ONLY + GLOBAL_AND_US,
        ),
        # Microsoft's tables have no column for these three: they lack what is marked as global only; the rest is tried.
        Cloud("bleu-fr", "https://login.sovcloud-identity.fr", "https://graph.svc.sovcloud.fr", absent=GLOBAL_ONLY),
        Cloud("delos-de", "https://login.sovcloud-identity.de", "https://graph.svc.sovcloud.de", absent=GLOBAL_ONLY),
        Cloud("govsg", "https://login.sovcloud-identity.sg", "https://graph.svc.sovcloud.sg", absent=GLOBAL_ONLY),
    )
}
"""The clouds by name; US Government L4 is GCC High, L5 is DoD, and GCC is in the global one."""


def microsoft_hosts() -> frozenset[str]:
    """Return the hosts at which Microsoft serves Graph, in whichever cloud."""
    return frozenset(urlsplit(cloud.graph_url).hostname or "" for cloud in CLOUDS.values())
