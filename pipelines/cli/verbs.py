"""The verbs."""

from __future__ import annotations

import shutil
import sys
import uuid
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipelines import settings
from pipelines.cli.console import say, table
from pipelines.settings import Home, Tenant

if TYPE_CHECKING:
    from flows.collecting import What
    from pipelines.warehouse.build import Built
    from pipelines.warehouse.publish import Published

DEGRADED = 3
TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
WIDEST = 10  # columns; a row with more is read better from top to bottom

app = typer.Typer(
    help="Every third-party app in an Entra ID tenant: who uses it, what it may do, and whether that is a risk.\n\nExit codes: 0 fine, 1 failed, 2 bad usage or settings, 3 degraded (something optional could not be collected).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Scope = Literal["all", "directory", "logs"]


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"consentry {version('consentry')}")
        raise typer.Exit


@app.callback()
def _consentry(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take what stands in front of the verb."""


@app.command()
def demo(
    users: Annotated[int, typer.Option(min=1, help="How many users the made-up tenant has.")] = 200,
    apps: Annotated[int, typer.Option(min=1, help="How many third-party apps.")] = 60,
    days: Annotated[int, typer.Option(min=1, help="How many days of sign-ins.")] = 30,
    stop: Annotated[
        bool, typer.Option("--stop", help="End the simulated tenant that an earlier demo left running.")
    ] = False,
) -> None:
    """Run everything against a simulated tenant; needs no settings. Run it again to see an incremental sync."""
    from pipelines.cli.demo import Simulator

    home = settings.home(settings.environment())
    simulator = Simulator(home)
    if stop:
        say("The simulated tenant was ended." if simulator.stop() else "No simulated tenant is running.")
        return
    started = simulator.ensure(["--users", str(users), "--apps", str(apps), "--days", str(days)])
    tenant = simulator.tenant()
    say(
        f"A simulated tenant {'was started' if started else 'is still running'} at {tenant.graph_url}; `{_me()} demo --stop` ends it, and so does an hour of idleness."
    )
    degraded = _sync([tenant], home, _what("all"))
    _summary(home)
    _next_steps()
    raise typer.Exit(DEGRADED if degraded else 0)


@app.command()
def simulate(
    users: Annotated[int, typer.Option(min=1, help="How many users.")] = 200,
    apps: Annotated[int, typer.Option(min=1, help="How many third-party apps.")] = 60,
    days: Annotated[int, typer.Option(min=1, help="How many days of sign-ins.")] = 30,
    sign_ins: Annotated[
        int | None, typer.Option(min=0, help="How many sign-ins in all; by default what such a tenant would have.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another tenant.")] = 1,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    folder: Annotated[Path, typer.Option(help="Keeps the tenant's identity: a restart continues it.")] = Path(
        "data/simulator"
    ),
    throttling: Annotated[bool, typer.Option("--throttling", help="Enforce Graph's published limits.")] = False,
) -> None:
    """Serve a pretend tenant on loopback and print the settings to use; runs until it is interrupted."""
    import simulator

    arguments = ["--users", users, "--apps", apps, "--days", days, "--seed", seed, "--port", port, "--home", folder]
    arguments += ["--sign-ins", sign_ins] if sign_ins is not None else []
    raise typer.Exit(simulator.main([*map(str, arguments), *(["--throttling"] if throttling else [])]))


@app.command()
def sync(
    scope: Annotated[
        Scope, typer.Option(help="What to read: the directory, the logs (sign-ins and audits), or all.")
    ] = "all",
    read_from: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=TIMES,
            metavar="TIME",
            help="Backfill: read the logs since this time again, and nothing else; for example 2026-10-01 or 2026-10-01T08:30, in UTC.",
        ),
    ] = None,
    read_to: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=TIMES, metavar="TIME", help="Backfill: up to this time; now where it is left out."
        ),
    ] = None,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="Read the directory whole and compare it, whatever its changes say.")
    ] = False,
) -> None:
    """Read what is new in the tenant, build the models, test them and publish."""
    env = settings.environment()
    tenants, home = settings.tenants(env), settings.home(env)
    raise typer.Exit(DEGRADED if _sync(tenants, home, _what(scope, read_from, read_to, reconcile=reconcile)) else 0)


@app.command()
def build() -> None:
    """Build and test the models from what was read already, and publish; asks Graph nothing."""
    from flows import steps
    from pipelines.warehouse import erase as erasing
    from pipelines.warehouse.build import build as build_models
    from pipelines.warehouse.load import Loader
    from pipelines.warehouse.lock import writing
    from pipelines.warehouse.publish import publish

    home = _home_with_warehouse()
    with writing(home.warehouse, "consentry build"):
        erasing.resume(home)
        with Loader.on(home):
            pass  # it makes the raw tables that the models read, where an older Consentry did not know them
        built = build_models(home)
        published = publish(home, str(uuid.uuid4()))
        not_exported = steps.deliver(home)
    _say_built(built, published)
    if not_exported:
        say(f"Degraded: {not_exported}", style="yellow")
        raise typer.Exit(DEGRADED)


@app.command()
def publish(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="Also write Parquet to this folder, by default that of CONSENTRY_PUBLISH_TO: a path, or for example abfss://container@account.dfs.core.windows.net/consentry. Never with a secret in it; docs/publish.md says where credentials come from.",
        ),
    ] = None,
) -> None:
    """Publish the marts of the warehouse again; asks Graph nothing and builds nothing."""
    from pipelines.cli.publish import publish as publish_again

    home = _home_with_warehouse()
    publish_again(home, to)


@app.command()
def erase(
    user: Annotated[
        str, typer.Argument(help="Object id, user principal name, address or pseudonym.", show_default=False)
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase one person from every table and file here, build and publish; they do not come back with the next sync."""
    from pipelines.cli.people import erase_person

    erase_person(_home_with_warehouse(), user, confirmed=yes)


@app.command()
def reveal(
    pseudonym: Annotated[
        str, typer.Argument(help="An id, address or name, as the tables show it.", show_default=False)
    ],
) -> None:
    """Say whom a pseudonym stands for; needs the key."""
    from pipelines.cli.people import reveal_pseudonym

    reveal_pseudonym(_home_with_warehouse(), pseudonym)


@app.command()
def check(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document; docs/check.md describes it.")] = False,
) -> None:
    """Say what a sync would collect, what it would not and why, and what to do next; reads one row of each collection."""
    from pipelines.cli.check import check as check_tenants
    from pipelines.warehouse import runnable

    raise typer.Exit(check_tenants(runnable.tenants, _me(), as_json=json))


@app.command()
def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the server listens.")] = 4200,
    host: Annotated[
        str,
        typer.Option(
            help="At which address; 0.0.0.0 is every one of this machine. The server asks nobody for a login."
        ),
    ] = "127.0.0.1",
    detach: Annotated[
        bool, typer.Option("--detach", help="Return once all of it is up; `consentry down` ends it.")
    ] = False,
) -> None:
    """Bring up the schedule on this machine: a Prefect server, its deployments and a worker. Runs until it is interrupted."""
    from pipelines.cli import operate

    operate.up(settings.environment(), host, port, detached=detach)


@app.command()
def down() -> None:
    """End what `consentry up` brought up here."""
    from pipelines.cli import operate

    operate.down(settings.home(settings.environment()))


@app.command()
def health(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say how the schedule does: server, worker, deployments and their last runs, and the age of the published file."""
    from pipelines.cli import operate

    raise typer.Exit(operate.health(settings.home(settings.environment()), as_json=json))


def _no_option(query: str) -> str:
    """Return a query, which may begin with a comment; a word with dashes alone is an option that there is not."""
    if query.startswith("-") and len(query.split()) == 1:
        raise typer.BadParameter(f"there is no option {query}")
    return query


@app.command(context_settings={"ignore_unknown_options": True})  # a file of docs/questions begins with --
def sql(
    query: Annotated[
        str,
        typer.Argument(callback=_no_option, help="For example: select display_name, risk_band from app_overview"),
    ],
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Query the published file; `show tables` lists what it holds."""
    from pipelines.warehouse.marts import Marts

    with Marts.open() as marts:
        found = marts.sql(query)
    if csv:
        found.to_csv(sys.stdout, index=False)
    elif json:
        found.to_json(sys.stdout, orient="records", lines=True, date_format="iso", date_unit="us", default_handler=str)
    else:
        columns = {str(name): "right" if found[name].dtype.kind in "iuf" else "left" for name in found.columns}
        cells = found.astype(object).where(found.notna(), "").to_numpy().tolist()
        if len(columns) <= WIDEST:
            table(f"{len(found):,} rows", columns, cells)
            return
        for number, row in enumerate(cells, start=1):
            pairs: list[list[object]] = [[name, value] for name, value in zip(columns, row, strict=True)]
            table(f"row {number:,} of {len(found):,}", {"column": "left", "value": "left"}, pairs)


@app.command()
def summary() -> None:
    """Print what the published file says: apps by risk, unused, unknown and why, and what was collected."""
    _summary(settings.home(settings.environment()))


@app.command()
def superset(
    to: Annotated[Path, typer.Option(help="The zip to write.")] = Path("consentry-superset.zip"),
    file: Annotated[
        Path | None,
        typer.Option(
            help="The published file's whole path, as Superset's server sees it; by default where it is here.",
        ),
    ] = None,
) -> None:
    """Write a bundle for Apache Superset: datasets, charts and a dashboard over the published file, to be imported there."""
    from pipelines.cli.superset import write

    charts = write(to, file or settings.home(settings.environment()).published.absolute())
    say(f"{to} has a dashboard of {charts} charts. In Superset: Dashboards > Import dashboards.")


@app.command()
def dashboard(
    host: Annotated[
        str,
        typer.Option(help="The address to listen at; by default only this machine can reach it. There is no sign-in."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8050,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser, where there is a screen.")
    ] = True,
) -> None:
    """Show the published file in a browser: what to do first, apps, people, seats, changes and coverage."""
    from pipelines.cli.dashboard import show

    show(settings.home(settings.environment()), host, port, browser=browser)


@app.command()
def report(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="A folder, or a file that ends with .html or .xlsx; by default reports/ in the folder of CONSENTRY_HOME.",
        ),
    ] = None,
    form: Annotated[
        Literal["html", "csv", "xlsx", "all"] | None,
        typer.Option("--format", help="One page, lists in CSV, lists in a workbook, or all; html by default."),
    ] = None,
    tenant: Annotated[
        list[str] | None,
        typer.Option("--tenant", help="The id of a tenant; may be repeated. All where it is left out."),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=TIMES, metavar="TIME", help="Show what changed since this time, in UTC.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=366, help="Or within so many days before the newest data; 7 by default."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="How many apps are explained on the page.")] = 10,
    without_people: Annotated[bool, typer.Option("--without-people", help="Name nobody.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there, as a whole.")] = False,
) -> None:
    """Write a report for people without access: risks and why, changes, seats to free, what is not known."""
    from dashboard.report.content import Choice
    from dashboard.report.places import place
    from pipelines.cli import report as reporting

    home = settings.home(settings.environment())
    moment, span = reporting.period(since, days)
    choice = Choice(tuple(dict.fromkeys(tenant or [])), moment, span, top, not without_people)
    reporting.report(home, choice, place(output, form, home.path / "reports"), overwrite=overwrite)


def _what(
    scope: str, read_from: datetime | None = None, read_to: datetime | None = None, *, reconcile: bool = False
) -> What:
    from flows.collecting import SCOPES, What, backfill

    span = backfill(read_from, read_to)
    return What(str(uuid.uuid4()), SCOPES[scope], settings.reread(settings.environment()), span, reconcile)


def _sync(tenants: Sequence[Tenant], home: Home, what: What) -> bool:
    """Run a sync with progress shown. Return whether it is degraded."""
    from flows import steps
    from pipelines.cli.progress import shown

    with shown(tenants) as watcher:
        report = steps.sync(steps.Plan(tenants, home, what), watcher=watcher)
    _say_built(report.built, report.published)
    if report.missing:
        missing = ", ".join(report.missing)
        advice = f" `{_me()} check` says what is missing." if steps.missing(report.collected) else ""
        say(f"Degraded: published without {missing}.{advice}", style="yellow")
    say()
    return bool(report.missing)


def _say_built(built: Built, published: Published) -> None:
    dropped = f", {built.pruned:,} old sign-ins dropped" if built.pruned else ""
    say(f"{built.models} models built, {built.tests} data tests passed{dropped}; published {published.file}.")


def _summary(home: Home) -> None:
    from pipelines.cli.summary import print_summary
    from pipelines.warehouse.marts import Marts

    with Marts.open(home.published) as marts:
        print_summary(marts)


def _home_with_warehouse() -> Home:
    from pipelines.errors import WarehouseError

    home = settings.home(settings.environment())
    if not home.warehouse.exists():
        raise WarehouseError(
            f"There is no warehouse at {home.warehouse} yet; run `{_me()} sync` (or `{_me()} demo`) first."
        )
    return home


def _next_steps() -> None:
    say("Four things to try next:", style="bold")
    say(f"  {_me()} dashboard (the same in a browser, with the query behind every figure)")
    say(
        f'  {_me()} sql "select display_name, risk_score, usage_state, risk_titles from app_overview where is_scored order by risk_score desc limit 10"'
    )
    say(f"  {_me()} demo      (again: now it is incremental)")
    say(
        f"  {_me()} check     (with CONSENTRY_TENANT_ID, CONSENTRY_CLIENT_ID and CONSENTRY_CLIENT_SECRET of your own tenant in .env, and CONSENTRY_HOME=~/consentry)"
    )


def _me() -> str:
    """Return how this program is called from here."""
    if shutil.which("consentry"):
        return "consentry"
    script = Path(sys.argv[0])
    return str(script.relative_to(Path.cwd())) if script.is_relative_to(Path.cwd()) else str(script)
