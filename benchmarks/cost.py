"""What it costs to bring sign-ins from HTTPS into committed rows, against DuckDB's own reading and a plain dlt source."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from statistics import median
from typing import Any

import dlt
import duckdb
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

from benchmarks.apart import Usage, apart
from benchmarks.report import Section, Verdict
from benchmarks.tenants import Served, served
from benchmarks.ways import SIGN_INS
from pipelines import settings
from pipelines.entra import schema
from pipelines.entra.extraction import listing
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import pages

TYPES = {
    "string": "VARCHAR",
    "json": "JSON",
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "timestamp": "TIMESTAMPTZ",
}
DLT_ENV = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}


def measure(sign_ins: int, repetitions: int, dict_rows: int) -> Section:
    """Run every way, floor and ours in turn.

    Args:
        sign_ins: how many the floor and ours read.
        repetitions: how often each.
        dict_rows: how many the plain dlt source reads; the last of each kind.
    """
    found: dict[str, list[Usage]] = {"floor": [], "consentry": [], "dlt, dicts": []}
    with (
        served("busy", users=2000, apps=300, sign_ins=sign_ins) as tenant,
        tempfile.TemporaryDirectory(prefix="consentry-benchmark-") as name,
    ):
        folder = Path(name)
        size = apart("benchmarks.cost:spool", tenant.settings, name).told["bytes"]
        for number in range(repetitions):
            order = ("floor", "consentry") if number % 2 == 0 else ("consentry", "floor")
            for way in order:
                found[way].append(_one(way, tenant, folder / f"{way}-{number}"))
        trusting = {**DLT_ENV, "REQUESTS_CA_BUNDLE": tenant.settings["CONSENTRY_CA_FILE"]}
        found["dlt, dicts"].append(apart("benchmarks.cost:dicts", tenant.settings, name, dict_rows, **trusting))
    return _section(found, size / sign_ins)


def _one(way: str, tenant: Served, folder: Path) -> Usage:
    with tempfile.TemporaryDirectory(dir=folder.parent) as home:
        if way == "floor":
            return apart("benchmarks.cost:floor", str(folder.parent / "sign_ins.ndjson"), home)
        return apart("benchmarks.ways:collecting", tenant.settings, f"{home}/home", tenant.now.isoformat())


def _section(found: dict[str, list[Usage]], row_bytes: float) -> Section:
    middle = {way: median(usage.cpu_per_million for usage in usages) for way, usages in found.items()}
    rows = [
        (
            way,
            f"{usages[0].rows:,}",
            str(len(usages)),
            f"{middle[way]:.1f}",
            f"{min(u.cpu_per_million for u in usages):.1f} to {max(u.cpu_per_million for u in usages):.1f}",
            f"{middle[way] / middle['floor']:.2f}",
            f"{median(u.rows_per_second for u in usages):,.0f}",
            f"{max(u.peak for u in usages):,.0f}",
        )
        for way, usages in found.items()
    ]
    return Section(
        "Cost",
        f"Sign-ins of all four kinds ({row_bytes:,.0f} bytes of JSON each) from HTTPS to committed rows with their notes. *floor*: DuckDB's `read_json` of the "
        "same rows as a file of NDJSON, columns declared, into a table. *dlt, dicts*: a dlt source that yields Graph's rows as dicts, "
        "with dlt's defaults (nested tables, parquet). Floor and Consentry take turns; medians, and the spread beside them.",
        ("way", "rows", "runs", "CPU s per million rows", "spread", "times the floor", "rows/s", "peak MB"),
        rows,
        [
            Verdict("Consentry's processor time / floor's", middle["consentry"] / middle["floor"], 2.5),
            Verdict("Consentry's processor time / plain dlt's", middle["consentry"] / middle["dlt, dicts"], 1 / 8),
        ],
    )


def spool(env: dict[str, str], folder: str) -> tuple[int, dict[str, Any]]:
    """Keep the rows as the file that the floor reads."""
    file, count = Path(folder) / "sign_ins.ndjson", 0
    with GraphClient(settings.tenant(env)) as graph, file.open("wb") as out:
        for page in chain.from_iterable(pages(graph, listing(collection), Traffic()) for collection in SIGN_INS):
            out.writelines(bytes(row) + b"\n" for row in page.rows)
            count += len(page.rows)
    return count, {"bytes": file.stat().st_size}


def floor(file: str, folder: str) -> int:
    """DuckDB's own reading, with the columns and types of the raw table."""
    declared = ", ".join(f"'{key}': '{_declared(kind)}'" for key, kind in schema.tree("sign_ins").items())
    with duckdb.connect(f"{folder}/floor.duckdb") as connection:
        connection.execute("set threads = 2; set TimeZone = 'UTC'")
        connection.execute(
            f"create table sign_ins as from read_json('{file}', format = 'newline_delimited', columns = {{{declared}}})"
        )
        connection.execute("checkpoint")
        return int(connection.execute("select count(*) from sign_ins").fetchall()[0][0])


def _declared(kind: Any) -> str:
    if isinstance(kind, dict):
        return "STRUCT(" + ", ".join(f'"{key}" {_declared(value)}' for key, value in kind.items()) + ")"
    return TYPES[kind]


def dicts(env: dict[str, str], folder: str, most: int) -> int:
    """A dlt source as one writes it first: pages of dicts."""

    @dlt.resource(name="sign_ins", primary_key="id", write_disposition="append")
    def sign_ins() -> Iterator[list[dict[str, Any]]]:
        client = rest_client(env)
        for collection in SIGN_INS:
            params = {"$filter": collection.filter, "$top": "1000"}
            share = -(-most // len(SIGN_INS) // 1000)
            yield from islice(client.paginate(collection.path, params=params), share)

    return run(folder, "dicts", sign_ins())


def rest_client(env: dict[str, str]) -> RESTClient:
    """Return dlt's client of Graph."""
    return RESTClient(
        base_url=env["CONSENTRY_GRAPH_URL"],
        auth=OAuth2ClientCredentials(
            access_token_url=f"{env['CONSENTRY_AUTHORITY_URL']}/{env['CONSENTRY_TENANT_ID']}/oauth2/v2.0/token",
            client_id=env["CONSENTRY_CLIENT_ID"],
            client_secret=env["CONSENTRY_CLIENT_SECRET"],
            access_token_request_data={"scope": "https://graph.microsoft.com/.default"},
        ),
        paginator=JSONLinkPaginator(next_url_path="['@odata.nextLink']"),
        data_selector="value",
    )


def run(folder: str, name: str, data: Any) -> int:
    """Load what dlt is given into a DuckDB file of its own, and return how many rows arrived."""
    file = Path(folder) / f"{name}.duckdb"
    pipeline = dlt.pipeline(
        name, pipelines_dir=f"{folder}/{name}", destination=dlt.destinations.duckdb(str(file)), dataset_name="raw"
    )
    pipeline.run(data, loader_file_format="parquet")
    with duckdb.connect(str(file)) as connection:
        return int(connection.execute("select count(*) from raw.sign_ins").fetchall()[0][0])
