"""`consentry check`: what a sync would collect, before it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from pipelines.entra.collections import COLLECTIONS, LOGS
from pipelines.entra.permissions import IDS
from pipelines.settings import Home
from simulator import Server, Tenant, serve
from tests.cli.conftest import Person, Said
from tests.collecting import Job

ALL: Final = {collection.permission for collection in COLLECTIONS}
NAMES: Final = {collection.name for collection in COLLECTIONS}
SUMMARIES: Final = {name for name in NAMES if name.startswith("summarized_")}
LICENSED: Final = {collection.name for collection in COLLECTIONS if collection.licence} - {"risky_service_principals"}
TENANT_KEYS: Final = [
    "tenant_id",
    "name",
    "client_id",
    "cloud",
    "would_fail",
    "is_whole",
    "error",
    "granted_permissions",
    "permissions_to_grant",
    "licences",
    "clock_skew_seconds",
    "is_clock_wrong",
    "consent_url",
    "permissions_url",
    "collections",
    "next_step",
]
COLLECTION_KEYS: Final = [
    "collection",
    "table_name",
    "is_required",
    "outcome",
    "reason_kind",
    "reason",
    "missing_permission",
    "missing_permission_id",
    "missing_licence",
    "error",
    "error_code",
    "request_id",
    "holds",
    "leaves_unknown",
]


def inhabited(*, seed: int = 1, now: datetime | None = None, **options: Any) -> Tenant:
    """Return a tenant with one of each, whose clock goes right where no other time is given."""
    tenant = Tenant(now, seed=seed, **{"roles": ALL, **options})
    ada = tenant.user("Ada")
    tenant.group("Staff", members=[ada])
    tenant.app("Payroll", own=True).granted("Mail.Read", by=ada, days_ago=3)
    return tenant


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a served tenant whose answers a test spoils."""
    with serve(inhabited()) as served:
        yield served


@pytest.fixture
def person(tmp_path: Path, server: Server) -> Person:
    """Return somebody who may read everything in it."""
    return Person(tmp_path, server.settings)


def asking(folder: Path, tenant: Tenant, *words: str, **settings: str) -> Said:
    """Return what `consentry check` says of a tenant."""
    with serve(tenant) as served:
        return Person(folder, {**served.settings, **settings}).types("check", *words)


def readable(table: str) -> dict[str, str]:
    """Return what the table says of each collection: `yes`, `no` or `not`, which is not needed."""
    rows = [line.split() for line in table.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) > 1 and row[0] in NAMES}


def next_step(said: Said) -> str:
    """Return the one next step that is told."""
    (line,) = [line for line in said.out.splitlines() if line.startswith("Next step: ")]
    return line


def test_a_tenant_that_gives_everything(person: Person, server: Server) -> None:
    """Every collection is readable, the next step is the sync, the exit code is 0, and each list was asked for at most once."""
    said = person.types("check")
    assert (said.code, said.err) == (0, "")
    assert readable(said.out) == {name: "not" if name in SUMMARIES else "yes" for name in NAMES}
    assert "consentry sync`." in next_step(said)
    assert len([r for r in server.requests if r.path.startswith(("/v1.0", "/beta"))]) <= len(COLLECTIONS)


def test_it_asks_for_little(person: Person, server: Server) -> None:
    """Of a log the last hour is asked for, of the other lists one row where Graph lets one ask for so few."""
    person.types("check")
    asked = [request for request in server.requests if request.path.startswith(("/v1.0", "/beta"))]
    sign_ins = [request for request in asked if request.path.endswith("/signIns")]
    assert len(sign_ins) == 4
    for request in sign_ins:
        since = datetime.fromisoformat(request.query["$filter"].split(" ge ")[1].split()[0])
        assert datetime.now(UTC) - since < timedelta(hours=1, minutes=10)
    whole = {request.path.rpartition("/")[2] for request in asked if request.query.get("$top") != "1"}
    assert whole == {"organization", "subscribedSkus", "roleDefinitions", "roleAssignments"}


def test_a_tenant_without_a_licence(tmp_path: Path) -> None:
    """What needs the licence is not readable, the licence is named, usage stays unknown, and the exit code says degraded."""
    said = asking(tmp_path, inhabited(premium=False))
    assert said.code == 3
    assert {name for name, answer in readable(said.out).items() if answer == "no"} == LICENSED
    assert "needs the licence Microsoft Entra ID P1 or P2" in said.out
    assert "Microsoft Entra ID P1 or P2: no" in said.out
    assert "which apps sign in as themselves; whether an app is used in this way stays unknown" in said.out
    assert "never counted as unused" in next_step(said)


def test_a_summary_stands_in_for_sign_ins_that_cannot_be_read(person: Person, server: Server) -> None:
    """Where single sign-ins are refused and their counts are not, the counts are asked for, and named as what remains."""
    server.faults.no_premium("/auditLogs/signIns")
    said = person.types("check")
    assert readable(said.out)["summarized_service_principal"] == "yes"
    assert "which apps sign in as themselves; summarized_service_principal stands in, with counts by day" in said.out
    assert "service_principal_sign_in_activities stands in, with the time of the last use only" in said.out


def test_a_tenant_that_denies_what_is_needed(person: Person, server: Server) -> None:
    """Where the apps are denied, the permission is named, the rest is still told, and the exit code says failed."""
    server.faults.deny("/servicePrincipals")
    said = person.types("check")
    assert said.code == 1
    assert readable(said.out)["service_principals"] == "no"
    assert readable(said.out)["users"] == "yes"
    assert "Application.Read.All" in said.out
    assert "cannot do without service_principals" in said.err


def test_missing_permissions_are_granted_at_once(tmp_path: Path) -> None:
    """The next step names the fewest permissions, the app's page in the portal and the link to consent."""
    tenant = inhabited(roles={"Application.Read.All", "User.Read.All"})
    said = asking(tmp_path, tenant)
    assert said.code == 3
    step = next_step(said)
    wide = "AuditLog.Read.All, Directory.Read.All, IdentityRiskyServicePrincipal.Read.All"
    assert f"Add the application permissions {wide} of Microsoft Graph" in step
    assert "GroupMember.Read.All" not in step
    client = tenant.registration.client_id
    assert f"/{tenant.id}/adminconsent?client_id={client}" in step
    assert (
        f"https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/{client}"
        in step
    )
    assert all(IDS[name] in said.out for name in wide.split(", "))


def test_what_the_cloud_lacks_is_told_and_not_asked_for(tmp_path: Path) -> None:
    """The cloud is named, and the lists that it has are readable."""
    with serve(inhabited()) as server:
        said = Person(tmp_path, {**server.settings, "CONSENTRY_CLOUD": "china"}).types("check")
        assert not [request for request in server.requests if "directoryAudits" in request.path]
    assert said.code == 3
    assert "The cloud china does not have /v1.0/auditLogs/directoryAudits" in said.out
    assert readable(said.out)["sign_ins_interactive"] == "yes"


def test_a_clock_that_is_wrong_is_told(tmp_path: Path) -> None:
    """How far it is off, what that breaks, and that setting it is the next step."""
    said = asking(tmp_path, inhabited(now=datetime.now(UTC) - timedelta(hours=3)))
    assert said.code == 3
    assert "This machine's clock is 3 h ahead of Graph's" in said.out
    assert "Set this machine's clock" in next_step(said)


def test_several_tenants(tmp_path: Path) -> None:
    """Each has its heading, and one that cannot be asked hides none of the others."""
    with ExitStack() as stack:
        servers = [stack.enter_context(serve(inhabited(seed=seed))) for seed in (1, 2)]
        file = tmp_path / "tenants.toml"
        file.write_text("\n".join(_table(name, server) for name, server in zip("ab", servers, strict=True)))
        secrets = {f"SECRET_{name}": s.tenant.registration.secret for name, s in zip("ab", servers, strict=True)}
        person = Person(tmp_path, {"CONSENTRY_TENANTS_FILE": str(file), **secrets})
        fine = person.types("check")
        half = person.types("check", SECRET_a="wrong~but~secret")
        document = json.loads(person.types("check", "--json", SECRET_a="wrong~but~secret").out)
        none = person.types("check", SECRET_a="wrong~but~secret", SECRET_b="wrong~but~secret")
    assert (fine.code, half.code, none.code) == (0, 3, 1)
    assert [f"{name}, tenant {s.tenant.id}" in half.out for name, s in zip("ab", servers, strict=True)] == [True, True]
    assert half.err.startswith("a: Entra gave no access token")
    assert readable(half.out)["users"] == "yes"
    assert [tenant["would_fail"] for tenant in document["tenants"]] == [True, False]
    assert "b: Entra gave no access token" in none.err


def _table(name: str, server: Server) -> str:
    settings = {key.removeprefix("CONSENTRY_").lower(): value for key, value in server.settings.items()}
    settings |= {"name": name, "client_secret": f"env:SECRET_{name}"}
    return "\n".join(["[[tenant]]", *(f'{key} = "{value}"' for key, value in settings.items()), ""])


def test_the_json_document_has_these_keys(tmp_path: Path) -> None:
    """Programs rely on them: a key may be added, none may go or mean something else."""
    missing = "IdentityRiskyServicePrincipal.Read.All"
    tenant = inhabited(roles=ALL - {missing})
    said = asking(tmp_path, tenant, "--json")
    document = json.loads(said.out)
    assert list(document) == ["version", "checked_at", "exit_code", "tenants", "error"]
    assert (document["version"], document["exit_code"], said.code, document["error"]) == (1, 3, 3, None)
    (found,) = document["tenants"]
    assert list(found) == TENANT_KEYS
    assert [collection["collection"] for collection in found["collections"]] == [c.name for c in COLLECTIONS]
    assert all(list(collection) == COLLECTION_KEYS for collection in found["collections"])
    assert found["permissions_to_grant"] == [{"name": missing, "id": IDS[missing]}]
    assert {licence["is_held"] for licence in found["licences"]} == {True}


@pytest.mark.parametrize("settings", [{}, {"CONSENTRY_CLOUD": "moon"}, {"CONSENTRY_HOM": "elsewhere"}])
def test_wrong_settings_are_json_too(stranger: Person, settings: dict[str, str]) -> None:
    """Where no tenant can be asked the document has none, and says what is wrong, as the text on standard error does."""
    said = stranger.types("check", "--json", **settings)
    document = json.loads(said.out)
    assert (document["version"], document["exit_code"], said.code, document["tenants"]) == (1, 2, 2, [])
    assert document["error"].split() == said.err.split()
    assert "CONSENTRY_" in document["error"]


def test_an_app_that_the_tenant_does_not_know_is_consented_to(person: Person, server: Server) -> None:
    """The next step holds the link at which an administrator lets it in, in the text as in the JSON."""
    nobody = "00000000-0000-4000-8000-000000000000"
    link = f"An administrator consents at {server.url}/{server.tenant.id}/adminconsent?client_id={nobody}."
    said = person.types("check", CONSENTRY_CLIENT_ID=nobody)
    assert (said.code, "AADSTS700016" in said.err) == (1, True)
    assert link in next_step(said)
    (tenant,) = json.loads(person.types("check", "--json", CONSENTRY_CLIENT_ID=nobody).out)["tenants"]
    assert link in tenant["next_step"]


def test_a_failure_is_json_too(stranger: Person, server: Server) -> None:
    """Where Entra gives no token, the document says why, and the exit code is that of the text."""
    wrong = Person(stranger.folder, {**server.settings, "CONSENTRY_CLIENT_SECRET": "wrong~but~secret"})
    said = wrong.types("check", "--json")
    (tenant,) = json.loads(said.out)["tenants"]
    assert (said.code, tenant["would_fail"], tenant["collections"]) == (1, True, [])
    assert "CONSENTRY_CLIENT_SECRET" in tenant["error"]


def test_a_sync_says_the_same(person: Person, server: Server) -> None:
    """The reason that a check gives for a collection is, word for word, the one that a sync notes."""
    for path in ("/groups", "/identityProtection"):
        server.faults.deny(path)
    server.faults.no_premium("/auditLogs/signIns")
    (tenant,) = json.loads(person.types("check", "--json").out)["tenants"]
    checked = {c["collection"]: (c["outcome"], c["reason"], c["missing_permission_id"]) for c in tenant["collections"]}
    job = Job.on(server, Home(person.home))
    job.run(*COLLECTIONS)
    noted = job.query("select collection, outcome, reason, missing_permission_id from raw.sync_outcomes")
    assert {name: tuple(facts) for name, *facts in noted} == checked


def test_the_end_of_the_network_in_between_is_told(person: Person, server: Server) -> None:
    """What was found until then is shown, and the sentence says what to check."""
    server.faults.drop("/roleManagement", times=1000)
    said = person.types("check")
    assert said.code == 1
    assert readable(said.out)["users"] == "yes"
    assert "Graph at" in said.err


def test_what_belongs_to_a_list_is_asked_for_after_it() -> None:
    """The table has the order that a check relies on: parents first, and what stands in for a list behind it."""
    order = [collection.name for collection in COLLECTIONS]
    assert all(order.index(c.parent) < order.index(c.name) for c in COLLECTIONS if c.parent)
    assert all(order.index(c.instead_of) < order.index(c.name) for c in LOGS if c.instead_of)
