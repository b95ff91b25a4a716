"""Enums: members that Graph gained after others were published come by their own name."""

from __future__ import annotations

import json
from typing import Final

from pipelines.entra.snapshots import CUT
from simulator import Server, Tenant
from simulator.faults import FOREVER
from simulator.wire import Answer, Request
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import apps

ASSIGNMENTS: Final = small("app_role_assigned_to")
RISKS: Final = small("risky_service_principals")
PREFERRED: Final = "include-unknown-enum-members"


def test_a_newer_member_reaches_the_table(job: Job, server: Server) -> None:
    """Where Graph names newer reasons of a risk only to those who ask for them, the reason is there, and not `unknownFutureValue`."""

    def risk(request: Request) -> Answer:
        is_asked = PREFERRED in request.headers.get("prefer", "")
        detail = "adminConfirmedServicePrincipalCompromised" if is_asked else "unknownFutureValue"
        return Answer(200, json.dumps({"value": [{"id": "a", "riskDetail": detail}]}).encode())

    server.faults.answer_with(risk, RISKS.path)
    job.run(RISKS)
    assert job.query("select risk_detail from raw.risky_service_principals") == [
        ("adminConfirmedServicePrincipalCompromised",)
    ]


def test_every_kind_of_list_is_asked_for_newer_members(job: Job, server: Server, truth: Tenant) -> None:
    """Changes, whole lists, expanded ones, those inside a batch and logs are asked for with newer members, and are whole."""
    inside: list[str] = []

    def note(request: Request) -> None:
        inside.append(request.headers.get("prefer", ""))

    apps(truth)[3].assigned(*[truth.user(f"Person {number}") for number in range(CUT)])
    server.faults.answer_with(note, "/appRoleAssignedTo", times=FOREVER)  # type: ignore[arg-type]
    chosen = (small("users"), RISKS, ASSIGNMENTS, small("directory_audits"))
    before = len(server.requests)
    job.run(*chosen)
    asked = [r for r in list(server.requests)[before:] if r.path.startswith("/v1.0/")]
    lists = [r for r in asked if not r.path.endswith(("/$count", "/$batch"))]
    assert {r.headers.get("prefer") for r in lists} == {PREFERRED}
    assert set(inside) == {PREFERRED}
    assert told.differences(job.home.warehouse, truth, *chosen) == []
