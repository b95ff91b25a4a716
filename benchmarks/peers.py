"""What others make of the same sign-ins: Microsoft's client, dlt's declarative source, Airbyte's declarative connector.

Each is written as its documentation shows. Airbyte's kit does not go with the versions that Consentry pins, so it gets an
environment of its own, made here and thrown away.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from benchmarks.apart import ROOT, Usage, apart
from benchmarks.report import Section
from benchmarks.tenants import Served, served

AIRBYTE = "airbyte-cdk==7.39.1"
QUERY = "/beta/auditLogs/signIns?$top=1000&$filter=" + quote("signInEventTypes/any(t: t eq 'interactiveUser')")
"""What everyone reads: one kind of sign-in, a thousand a page."""


def measure(sign_ins: int, slow: int) -> Section:
    """Let everyone read.

    Args:
        sign_ins: interactive ones.
        slow: how many of them the slow ones read, the newest.
    """
    with (
        served("busy", users=2000, apps=300, sign_ins=round(sign_ins / 0.27)) as tenant,
        tempfile.TemporaryDirectory(prefix="consentry-benchmark-") as folder,
    ):
        work = (tenant.settings, f"{folder}/home", tenant.now.isoformat(), "interactive")
        found = {
            ("Consentry", "committed in DuckDB"): apart("benchmarks.ways:collecting", *work),
            ("msgraph-sdk, page iterator", "objects in memory"): apart_on(tenant, "microsoft", slow),
            ("dlt, `rest_api`", "committed in DuckDB"): apart_on(tenant, "declared_in_dlt", folder, slow),
        }
        airbyte, why_not = _airbyte(tenant, Path(folder))
        if airbyte:
            found["Airbyte, declarative", "messages in a file"] = airbyte
    return _section(found, why_not)


def apart_on(tenant: Served, who: str, *arguments: object) -> Usage:
    """Let a peer that shares our environment read: `microsoft` or `declared_in_dlt`."""
    ca_file = tenant.settings["CONSENTRY_CA_FILE"]
    env = {"REQUESTS_CA_BUNDLE": ca_file, "SSL_CERT_FILE": ca_file, "RUNTIME__DLTHUB_TELEMETRY": "false"}
    return apart(f"benchmarks.peer_{who}:read", tenant.settings, *arguments, **env)


def _airbyte(tenant: Served, folder: Path) -> tuple[Usage | None, str]:
    """Return what Airbyte took, or why it cannot be had."""
    python = folder / "airbyte" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", AIRBYTE]
    for command in ([sys.executable, "-m", "venv", str(folder / "airbyte")], install):
        made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
        if made.returncode:
            return None, f"Airbyte is missing: {AIRBYTE} could not be installed: {made.stderr.strip().splitlines()[-1]}"
    ca_file = tenant.settings["CONSENTRY_CA_FILE"]
    work = ("benchmarks.peer_airbyte:read", tenant.settings, str(folder), QUERY)
    return apart(*work, python=python, REQUESTS_CA_BUNDLE=ca_file), ""


def _section(found: dict[tuple[str, str], Usage], why_not: str) -> Section:
    ours = next(iter(found.values()))
    rows = [
        (
            f"{name} ({to})",
            f"{usage.rows:,}",
            f"{usage.rows_per_second:,.0f}",
            f"{usage.cpu:.1f}",
            f"{usage.cpu_per_million:,.0f}",
            f"{usage.cpu_per_million / ours.cpu_per_million:.1f}",
            f"{usage.peak:,.0f}",
        )
        for (name, to), usage in found.items()
    ]
    return Section(
        "Peers",
        "The same interactive sign-ins of one simulated tenant, a thousand a page, by clients written as their documentation shows. "
        "Where a peer read fewer, they are the newest. What becomes of the rows stands behind each name.",
        ("who", "rows", "rows/s", "CPU s", "CPU s per million rows", "times ours", "peak MB"),
        rows,
        remarks=[why_not] if why_not else [],
    )
