"""The governor: never more than Graph allows in any span, and no waiting without need."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.graph import limits
from pipelines.settings import Tenant


@pytest.mark.parametrize(
    ("graph_url", "quota", "is_kept"),
    [
        ("https://graph.microsoft.com", "auto", True),
        ("https://dod-graph.microsoft.us", "auto", True),
        ("https://localhost:1", "auto", False),
        ("https://localhost:1", "published", True),
        ("https://graph.microsoft.com", "off", False),
    ],
)
def test_limits_are_kept_at_microsofts_hosts_unless_told_otherwise(
    tenant: Tenant, graph_url: str, quota: str, is_kept: bool
) -> None:
    """`auto` keeps the published limits at Microsoft's hosts only; the other two settings mean what they say."""
    assert limits.is_kept(replace(tenant, graph_url=graph_url, quota=quota)) == is_kept
