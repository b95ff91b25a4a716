"""The next step after a check: one, and the one that brings most."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pipelines.clouds import CLOUDS
from pipelines.entra import next_step
from pipelines.entra.collections import COLLECTIONS, named
from pipelines.entra.outcomes import Outcome
from pipelines.entra.permissions import IDS
from pipelines.entra.readiness import Readiness
from pipelines.entra.reasons import ROLE_CODE, Access
from pipelines.errors import BadAnswer, Denied, GraphError, IdentityError, Refused, ServerFailed, Throttled, Unlicensed
from pipelines.identity.consent import consent_url
from pipelines.settings import ManagedIdentity, Tenant
from pipelines.warehouse.answers import unknown


def found(tenant: Tenant, /, *granted: str, **errors: GraphError) -> Readiness:
    """Return what a check found of collections, each of which could not be read for a reason, by a token with permissions."""
    readiness = Readiness(tenant, Access(frozenset(granted), consent_url(tenant)))
    for name, error in errors.items():
        outcome = Outcome(tenant.tenant_id, "check", named(name), readiness.access)
        outcome.failed(error)
        readiness.outcomes.append(outcome)
    return readiness


def step(readiness: Readiness) -> str:
    """Return the next step."""
    return next_step.of(readiness, "consentry")


DENIED = Denied("no", status=403)
NEVERTHELESS = Denied("no", status=403, request_id="4711")
ROLELESS = Denied("no", status=403, code=ROLE_CODE)
UNLICENSED = Unlicensed("no", status=403)


def test_a_managed_identity_is_assigned_app_roles(tenant: Tenant) -> None:
    """There is nothing to consent to: the app roles are named with their ids, and how they are assigned."""
    identity = replace(tenant, credential=ManagedIdentity(), client_id="")
    said = step(found(identity, groups=DENIED))
    assert f"GroupMember.Read.All ({IDS['GroupMember.Read.All']})" in said
    assert "POST /servicePrincipals/{its object id}/appRoleAssignments" in said
    assert "adminconsent" not in said


def test_a_cloud_without_a_known_portal_has_a_link_to_consent(tenant: Tenant) -> None:
    """Where Microsoft publishes no portal, none is made up."""
    said = step(found(replace(tenant, cloud=CLOUDS["delos-de"]), groups=DENIED))
    assert "to the app registration, let an administrator consent at" in said


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ({}, "Run `consentry sync`."),
        ({"sign_ins_interactive": UNLICENSED}, "Run `consentry sync`. What is missing stays unknown"),
        ({"groups": DENIED, "sign_ins_interactive": UNLICENSED}, "Or run `consentry sync` without them"),
        ({"users": UNLICENSED}, "A sync would fail: it cannot do without users; correct what is said of that."),
    ],
)
def test_what_brings_most_comes_first(tenant: Tenant, errors: dict[str, GraphError], words: str) -> None:
    """A permission can be given; a licence has to be bought, and a sync goes without it; a required list that fails is first."""
    assert words in step(found(tenant, **errors))


def test_a_required_permission_leaves_no_other_way(tenant: Tenant) -> None:
    """Without the users there is no sync to run."""
    said = step(found(tenant, users=DENIED))
    assert "Add the application permissions User.Read.All" in said
    assert "consentry sync" not in said


def test_what_the_token_holds_is_not_to_be_granted(tenant: Tenant) -> None:
    """Only what is really missing is granted; of a permission that opens more, the narrow ones are no part either."""
    said = step(found(tenant, "Group.Read.All", groups=NEVERTHELESS, sign_ins_interactive=DENIED))
    assert "Add the application permissions AuditLog.Read.All of" in said
    assert found(tenant, "Directory.Read.All", groups=NEVERTHELESS, users=NEVERTHELESS).to_grant == {}


@pytest.mark.parametrize("name", ["groups", "users"])
def test_where_the_token_holds_what_graph_denies_one_waits(tenant: Tenant, name: str) -> None:
    """New permissions take some minutes; what never works is Microsoft's, who ask for the request id."""
    said = step(found(tenant, "Directory.Read.All", **{name: NEVERTHELESS}))
    assert f"Graph denies {name}, though the access token holds Directory.Read.All: new permissions take" in said
    assert "give Microsoft's support the request id 4711" in said
    assert "Add the" not in said
    assert ("Or run `consentry sync` without them" in said) is (name == "groups")


def test_a_directory_role_is_assigned(tenant: Tenant) -> None:
    """The role is named, to whom it is given, and that a sync goes without it."""
    said = step(found(tenant, "AuditLog.Read.All", sign_ins_interactive=ROLELESS, directory_audits=ROLELESS))
    assert said.startswith("Assign the directory role Reports Reader to the app's service principal")
    assert "then run `consentry check` again. Or run `consentry sync` without" in said


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ({"users": ServerFailed("503", status=503)}, "Graph failed at users; try again in some minutes"),
        ({"users": Throttled("429", status=429)}, "Graph failed at users; try again in some minutes"),
        ({"groups": ServerFailed("503", status=503)}, "Graph failed at groups; try again in some minutes"),
        ({"groups": BadAnswer("an HTML page")}, "something between here and Graph may answer in its place; check the"),
        ({"groups": Refused("400", status=400)}, "Graph does not accept what was asked for groups"),
    ],
)
def test_a_fault_that_may_pass_is_told_as_such(tenant: Tenant, errors: dict[str, GraphError], words: str) -> None:
    """It is no list that is lacking: one tries again, or looks at what stands in between."""
    said = step(found(tenant, **errors))
    assert said.startswith("A sync would fail: ")
    assert words in said
    assert "cannot do without" not in said


def test_several_causes_are_told_each_with_its_lists(tenant: Tenant) -> None:
    """What is lacking and what failed stand beside each other."""
    failed = ServerFailed("503", status=503)
    said = next_step.failure(found(tenant, users=UNLICENSED, groups=failed, applications=failed), "consentry")
    assert "cannot do without users; correct what is said of that; Graph failed at groups, applications; try" in said


def test_a_failure_brings_its_own_advice(tenant: Tenant) -> None:
    """What Entra's refusal needs is told as it is, and then to check again."""
    readiness = Readiness(tenant, fault=IdentityError("Entra gave no token. Set CONSENTRY_CLIENT_SECRET."))
    assert step(readiness) == "Entra gave no token. Set CONSENTRY_CLIENT_SECRET. Then run `consentry check` again."


@pytest.mark.parametrize(
    ("minutes", "words"), [(6, "6 min ahead of Graph's: rows that land late"), (-360, "6 h behind")]
)
def test_a_wrong_clock_is_told_with_what_it_breaks(tenant: Tenant, minutes: int, words: str) -> None:
    """Ahead and behind break different things; five minutes are forgiven."""
    assert words in str(next_step.clock(Readiness(tenant, skew=timedelta(minutes=minutes))))
    assert next_step.clock(Readiness(tenant, skew=timedelta(minutes=4))) is None


def test_each_collection_leaves_something_unknown(tenant: Tenant) -> None:
    """There are words for every one of them, and without any source of sign-ins usage stays unknown."""
    lost = unknown(found(tenant, **{c.name: DENIED for c in COLLECTIONS}).outcomes)
    assert lost.keys() == {collection.name for collection in COLLECTIONS}
    assert all(lost.values())
    assert "stays unknown" in lost["sign_ins_managed_identity"]
