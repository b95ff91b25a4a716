"""Graph's published limits, and how long to wait to stay under them: a pure function of what was sent and now.

Source: Microsoft Graph service-specific throttling limits, "Identity and access reports service" (5 requests per 10 s
for an app in a tenant, shared by sign-ins, directory audits and reports). The directory's own limit (3,500 resource units
per 10 s in the smallest tenant) lies above what one process with a few connections asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pipelines.settings import GRAPH_URL, Tenant


@dataclass(frozen=True)
class Limit:
    """At most so many requests in so many seconds."""

    requests: int
    seconds: float


PUBLISHED: Final[Mapping[str, Limit]] = {"reports": Limit(requests=5, seconds=10.0)}
MICROSOFT_HOSTS: Final = frozenset(
    {urlsplit(GRAPH_URL).hostname, "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}
)


def limits(tenant: Tenant) -> Mapping[str, Limit]:
    """Return the limits to keep, by quota bucket: the published ones at Microsoft's hosts, or as the settings say."""
    at_microsoft = urlsplit(tenant.graph_url).hostname in MICROSOFT_HOSTS
    keep = tenant.quota == "published" or (tenant.quota == "auto" and at_microsoft)
    return PUBLISHED if keep else {}


def wait(sent: Sequence[float], limit: Limit | None, now: float) -> float:
    """Return the seconds until one more request stays within the limit.

    Args:
        sent: when the requests of this bucket were sent, oldest first, on the clock of `now`.
        limit: the bucket's limit, or None where there is none.
        now: seconds.
    """
    if limit is None or len(sent) < limit.requests:
        return 0.0
    return max(0.0, sent[-limit.requests] + limit.seconds - now)
