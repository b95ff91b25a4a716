"""Pacing: never more requests than the limit in any span of its length."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipelines.graph import quota
from pipelines.graph.quota import Limit
from pipelines.settings import GRAPH_URL, Tenant

TENANT = Tenant("t", "c", "s", None)


@given(gaps=st.lists(st.floats(0, 5), min_size=1, max_size=60), most=st.integers(1, 6), span=st.floats(0.5, 20))
def test_no_span_holds_more_than_the_limit(gaps: list[float], most: int, span: float) -> None:
    """However fast requests are wished for, any span of the limit's length holds at most as many as it allows."""
    limit, sent, now = Limit(most, span), list[float](), 0.0
    for gap in gaps:
        now += gap
        now += quota.wait(sent, limit, now)
        sent.append(now)
    for first, later in zip(sent, sent[most:], strict=False):
        assert later - first >= span - 1e-6


def test_limits_are_kept_at_microsofts_hosts_unless_told_otherwise() -> None:
    """`auto` keeps the published limits at Microsoft's hosts only; the other two settings mean what they say."""
    elsewhere = replace(TENANT, graph_url="https://localhost:1")
    assert quota.limits(TENANT) == quota.PUBLISHED
    assert quota.limits(elsewhere) == {}
    assert quota.limits(replace(elsewhere, quota="published")) == quota.PUBLISHED
    assert quota.limits(replace(TENANT, quota="off")) == {}
    assert TENANT.graph_url == GRAPH_URL
