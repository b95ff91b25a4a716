"""What a client knows besides the answers: its permissions, its clock, and what its cloud does not have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pipelines import settings
from pipelines.clouds import CLOUDS
from pipelines.errors import NotInCloud
from pipelines.graph.client import GraphClient, Traffic
from pipelines.settings import Tenant
from simulator import Tenant as SimulatedTenant
from simulator import serve
from tests.scripted import Scripted, page

ROLES = ("AuditLog.Read.All", "User.Read.All")


def get(client: GraphClient, path: str) -> bytes:
    """Return the body of an answer."""
    return client.get(f"{client.url}{path}", headers={}, bucket="reports", traffic=Traffic(), parse=bytes)


@pytest.mark.parametrize("behind", [timedelta(hours=-3), timedelta(0), timedelta(days=2)])
def test_the_skew_of_the_clock_is_read_from_graphs_answers(behind: timedelta) -> None:
    """How far our clock is ahead is known to a second or two after an answer, and not before."""
    with (
        serve(SimulatedTenant(datetime.now(UTC) - behind)) as server,
        GraphClient(settings.tenant(server.settings)) as client,
    ):
        assert client.skew is None
        get(client, "/v1.0/users")
        assert client.skew is not None
        assert abs(client.skew - behind) < timedelta(seconds=30)


@pytest.mark.parametrize("behind", [timedelta(hours=-3), timedelta(hours=3)])
def test_a_date_to_come_back_at_is_graphs(behind: timedelta) -> None:
    """A `Retry-After` date is read by Graph's clock, however wrong this machine's is."""
    waits: list[float] = []
    theirs = datetime.now(UTC) - behind
    with (
        serve(SimulatedTenant(theirs)) as server,
        GraphClient(settings.tenant(server.settings), sleep=waits.append) as client,
    ):
        come_back = format_datetime(theirs + timedelta(seconds=90), usegmt=True)
        server.faults.throttle("/v1.0/users", retry_after=come_back)
        get(client, "/v1.0/users")
    assert waits == [pytest.approx(90.0, abs=30.0)]


def test_the_permissions_of_the_token_are_told() -> None:
    """What Entra wrote into the token is what the app was given."""
    with serve(SimulatedTenant(roles=ROLES)) as server, GraphClient(settings.tenant(server.settings)) as client:
        assert client.granted() == frozenset(ROLES)


def test_what_a_cloud_does_not_have_is_not_asked_for(graph: Scripted, tenant: Tenant) -> None:
    """The sentence names cloud and path, no request is made, and what the cloud has is read."""
    graph.will(page("a"))
    china = replace(tenant, cloud=CLOUDS["china"], graph_url=graph.url)
    with GraphClient(china) as client:
        with pytest.raises(NotInCloud, match=r"The cloud china does not have /v1.0/auditLogs/directoryAudits"):
            get(client, "/v1.0/auditLogs/directoryAudits?$top=1")
        assert graph.asked == []
        assert b"value" in get(client, "/beta/auditLogs/signIns")
