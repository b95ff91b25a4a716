"""The page that connects a tenant: its ids, commands and tables are those of the code."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from docs import lacks
from pipelines import settings
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.permissions import GRAPH_APP_ID, IDS, holding
from pipelines.identity import certificates
from pipelines.identity.consent import consent_url
from pipelines.settings import ClientCertificate, names
from tests.pages import ROOT, blocks
from tests.seeds import seed

PAGE: Final = ROOT / "docs" / "connect.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
GUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MADE_UP: Final = re.compile(r"(\d)\1{7}-")
ROW: Final = re.compile(r"^\| `([\w.]+)` \| `([0-9a-f-]{36})` \|", re.MULTILINE)
NAMES: Final = {collection.name for collection in COLLECTIONS}


def quoted(cell: str) -> list[str]:
    """Return the words in code of a cell."""
    return re.findall(r"`([\w.]+)`", cell)


def row(first: str) -> list[str]:
    """Return the cells of the row that begins with some words."""
    [found] = [line for line in TEXT.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in found.strip("|").split(" | ")]


def denied(granted: set[str]) -> set[str]:
    """Return the collections that permissions do not open."""
    return {collection.name for collection in COLLECTIONS if holding(collection.permission, granted) is None}


def test_ids_are_those_of_the_permissions() -> None:
    """Each id stands beside its name, and every permission that a collection needs has its row."""
    assert dict(ROW.findall(TEXT)) == IDS


def test_ids_are_those_that_graph_publishes() -> None:
    """The code's own ids are those of the two lists of Graph's app roles that come with the project, which were not typed by hand."""
    seeded = {
        (row["permission_value"], row["permission_id"])
        for row in seed("graph_permission")
        if (row["resource_app_id"], row["permission_type"]) == (GRAPH_APP_ID, "application")
    }
    with (ROOT / "simulator" / "data" / "graph-permissions.csv").open(encoding="utf-8", newline="") as file:
        simulated = {(row["value"], row["id"]) for row in csv.DictReader(file) if row["kind"] == "role"}
    assert IDS.items() <= seeded
    assert IDS.items() <= simulated


def test_no_id_is_of_nothing() -> None:
    """Whatever looks like an id is Graph's, a permission's, or visibly made up."""
    known = {GRAPH_APP_ID, *IDS.values()}
    assert [found for found in GUID.findall(TEXT) if found not in known and not MADE_UP.match(found)] == []


def test_every_way_gives_the_same_permissions() -> None:
    """The Azure CLI, PowerShell and the way for managed identities give the three permissions of the table, to Graph."""
    wanted = {IDS[name] for name in lacks.GRANTED}
    scripts = [text for language in ("sh", "powershell") for text in blocks(PAGE, language) if GRAPH_APP_ID in text]
    assert len(scripts) == 3
    assert [set(GUID.findall(text)) - {GRAPH_APP_ID} for text in scripts] == [wanted] * 3


def test_the_three_permissions_open_everything() -> None:
    """What the page tells newcomers to give is enough for every list."""
    assert denied({*lacks.GRANTED}) == set()


@pytest.mark.parametrize("licence", ["Microsoft Entra ID P1 or P2", "Microsoft Entra Workload ID Premium"])
def test_what_a_licence_is_for_is_what_is_lost_without(licence: str) -> None:
    """The row of a licence names the lists that Graph refuses without it, and no others."""
    assert set(quoted(row(licence)[1])) == set(lacks.lost(licence))


@pytest.mark.parametrize("choice", ["no directory-wide permission", "no logs", "the least that a sync can do with"])
def test_less_permission_costs_what_the_page_says(choice: str) -> None:
    """A row names the lists that its permissions do not open, and never one that a sync cannot do without."""
    _, given, lost = row(choice)
    unread = {name for name in quoted(lost) if name in NAMES}
    assert unread == denied(set(quoted(given)))
    assert {collection.name for collection in COLLECTIONS if collection.is_required}.isdisjoint(unread)


def test_the_link_to_consent_is_the_one_that_a_check_prints() -> None:
    """With the ids put in, the link of the page is that of the code."""
    [shown] = [text.strip() for text in blocks(PAGE, "text") if "adminconsent" in text]
    ids = {
        "CONSENTRY_TENANT_ID": "1" * 8 + "-2222-3333-4444-" + "5" * 12,
        "CONSENTRY_CLIENT_ID": "6" * 8 + "-7777-8888-9999-" + "0" * 12,
    }
    tenant = settings.tenant({**ids, "CONSENTRY_CLIENT_SECRET": "made up"})
    assert shown.replace("TENANT_ID", tenant.tenant_id).replace("CLIENT_ID", tenant.client_id) == consent_url(tenant)


def test_the_settings_are_settings() -> None:
    """Each line of an `ini` block sets something that there is."""
    found = [line.partition("=")[0] for text in blocks(PAGE, "ini") for line in text.splitlines()]
    assert found
    assert set(found) <= set(names.KNOWN)


def test_the_certificate_is_one_that_is_taken(tmp_path: Path) -> None:
    """The commands of the page make a file that Consentry opens, readable by its owner only, and leave no key beside it."""
    [script] = [text for text in blocks(PAGE, "sh") if "openssl req" in text]
    subprocess.run(
        ["bash", "-ec", script],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    made = tmp_path / "consentry" / "consentry.pem"
    assert made.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["certificate.pem", "consentry"]
    assert certificates.load(ClientCertificate(made))
