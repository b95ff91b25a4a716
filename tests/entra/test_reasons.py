"""Reasons: what stands between a run and a collection, in the same words everywhere."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Final

import msgspec
import pytest

from pipelines.clouds import CLOUDS
from pipelines.entra.collections import COLLECTIONS, named
from pipelines.entra.licences import PLANS, PREMIUM, held, plans
from pipelines.entra.permissions import GRAPH_APP_ID, IDS, WIDER, holding
from pipelines.entra.reasons import Reason
from pipelines.errors import (
    BadAnswer,
    Denied,
    GraphError,
    NotFound,
    NotInCloud,
    ServerFailed,
    TooSlow,
    Unlicensed,
    Unreachable,
)
from pipelines.warehouse.build import PROJECT
from simulator import Server
from tests.collecting import Job

ROLE: Final = "Authentication_RequestFromUnsupportedUserRole"
MISSES: Final = "needs the permission AuditLog.Read.All (application), with admin consent"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (Denied("403", status=403, code="Authorization_RequestDenied"), "permission", MISSES),
        (Denied("403", status=403, code=ROLE), "role", "needs the directory role Reports Reader, assigned to the app"),
        (Unlicensed("403", status=403), "licence", "needs the licence Microsoft Entra ID P1 or P2"),
        (NotInCloud("not there"), "cloud", "not there"),
        (NotFound("404", status=404), "refused", "404"),
        (ServerFailed("503", status=503), "fault", "503"),
        (TooSlow("slow"), "fault", "slow"),
        (BadAnswer("cut"), "fault", "cut"),
        (Unreachable("gone"), "network", "gone"),
    ],
)
def test_each_error_has_a_kind_and_words(error: GraphError, kind: str, words: str) -> None:
    """What is missing is named where something is; otherwise the error speaks for itself."""
    reason = Reason.of(error, named("sign_ins_interactive"))
    assert (reason.kind, reason.words) == (kind, words)


def test_a_permission_that_the_token_holds_is_told_as_such() -> None:
    """Graph decides, and a person who granted the permission is not told merely to grant it."""
    denied = Denied("403", status=403)
    held_wider = Reason.of(denied, named("groups"), frozenset({"Directory.Read.All"}))
    assert held_wider.words.endswith("; the token holds Directory.Read.All, and Graph refuses it nevertheless")
    assert "token" not in Reason.of(denied, named("groups"), frozenset({"AuditLog.Read.All"})).words


def test_permissions_have_the_ids_that_microsoft_publishes() -> None:
    """Every permission of a collection has an id, and each is the one that Microsoft's own list has."""
    with (PROJECT / "seeds" / "graph_permission.csv").open(encoding="utf-8") as file:
        published = {
            row["permission_value"]: row["permission_id"]
            for row in csv.DictReader(file)
            if (row["resource_app_id"], row["permission_type"]) == (GRAPH_APP_ID, "application")
        }
    assert {collection.permission for collection in COLLECTIONS} <= IDS.keys()
    assert {name: published[name] for name in IDS} == dict(IDS)
    assert {name for wider in WIDER.values() for name in wider} <= published.keys()


def test_a_wider_permission_opens_the_same() -> None:
    """The narrow one itself is named first, then a wider one, then nothing."""
    assert holding("User.Read.All", {"Directory.Read.All", "User.Read.All"}) == "User.Read.All"
    assert holding("User.Read.All", {"Directory.Read.All"}) == "Directory.Read.All"
    assert holding("AuditLog.Read.All", {"Directory.Read.All"}) is None


@pytest.mark.parametrize(("status", "is_held"), [("Enabled", True), ("Warning", True), ("Suspended", False)])
def test_a_licence_is_a_service_plan_in_force(status: str, is_held: bool) -> None:
    """A bundle holds the licence through its service plans, and a subscription that has lapsed does not count."""
    sku = {"skuPartNumber": "SPE_E3", "capabilityStatus": status, "servicePlans": [{"servicePlanName": "AAD_PREMIUM"}]}
    found = plans([msgspec.Raw(msgspec.json.encode(sku))])
    assert held(PREMIUM, found) is is_held


def test_every_licence_of_a_collection_can_be_recognised() -> None:
    """There is a service plan for each licence that a collection names."""
    assert {collection.licence for collection in COLLECTIONS if collection.licence} == PLANS.keys()


def test_a_sync_notes_the_reason_with_what_to_grant_and_where(job: Job, server: Server) -> None:
    """The row of `sync_outcomes` holds the words, the permission's id, and the link at which an administrator consents."""
    server.faults.deny("/groups")
    job.run(named("groups"))
    link = f"{server.url}/{server.tenant.id}/adminconsent?client_id={server.tenant.registration.client_id}"
    query = "select reason_kind, missing_permission_id, consent_url, reason from raw.sync_outcomes where outcome = 'denied' and collection = 'groups'"
    ((*facts, words),) = job.query(query)
    assert facts == ["permission", IDS["GroupMember.Read.All"], link]
    assert str(words).startswith("needs the permission GroupMember.Read.All (application), with admin consent")


def test_a_sync_does_not_ask_for_what_the_cloud_lacks(job: Job, server: Server) -> None:
    """The outcome is `unavailable` and names the cloud, the run may go on, and no request is made."""
    collection = named("service_principal_sign_in_activities")
    elsewhere = replace(job, tenant=replace(job.tenant, cloud=CLOUDS["usgov-l4"]))
    before = len(server.requests)
    outcome = elsewhere.run(collection)[collection.name]
    assert (outcome.outcome, outcome.has_failed, outcome.traffic.requests) == ("unavailable", False, 0)
    assert outcome.reason is not None
    assert f"cloud usgov-l4 does not have {collection.path}" in outcome.reason.words
    assert [r.path for r in list(server.requests)[before:] if "SignInActivities" in r.path] == []
