"""Facts of days, built by the days that changed: whatever comes when, and wherever a build dies, they are those of the log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.warehouse.retention import _prune

from .story import outcome, sign_in, tell_outcomes
from .warehouse import NOW, Warehouse, ago

FACTS = ("fct_app_user_day", "int_app_sign_in_day", "int_app_resource_day", "int_app_place_day", "int_scope_issued")
TABLES = ("int_service_principal", "int_sign_in_day", "int_changed_day", "int_changed_sign_in")
DERIVED = "int_app_day"
BUILT = "int_sign_in_day_built"
DAYS = 4
PEOPLE = "interactive"
INTERRUPTS = (50140, None)
API = "app-api"


class Row(NamedTuple):
    """What a sign-in says; its kind and time follow from its number."""

    app: str | None
    code: int | None
    api: str | None
    scopes: tuple[str, ...] | None
    country: str | None


class Day(NamedTuple):
    """A kind of sign-in on a day, so many days before now."""

    kind: str
    days_ago: int


def day_of(number: int) -> Day:
    """Return the day that a sign-in is of."""
    return Day(PEOPLE if number % 3 else "service_principal", 1 + number % DAYS)


def time_of(number: int) -> datetime:
    """Return the time of a sign-in."""
    return ago(day_of(number).days_ago) + timedelta(minutes=number)


def person_of(number: int) -> str:
    """Return who signs in."""
    return f"person-{number % 2}" if day_of(number).kind == PEOPLE else f"sp-{number % 2}"


@dataclass
class Log:
    """What the log, and the facts built from it, must hold. Knows no SQL."""

    rows: dict[int, Row] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    facts: dict[Day, dict[str, Counter[Any]]] = field(default_factory=dict)
    built: dict[Day, Any] = field(default_factory=dict)
    loads: dict[int, int] = field(default_factory=dict)
    issued: dict[tuple[str, str, str], tuple[datetime, datetime]] = field(default_factory=dict)
    pruned: set[Day] = field(default_factory=set)

    def app(self, number: int) -> str | None:
        """Return the app of a sign-in: its own, else that of its service principal, else that itself."""
        principal = person_of(number)
        alone = None if day_of(number).kind == PEOPLE else self.names.get(principal, principal)
        return self.rows[number].app or alone

    def content(self, day: Day) -> Any:
        """Return what a day consists of, by loads and by apps."""
        return sorted((n, self.loads[n], self.app(n)) for n in self.rows if day_of(n) == day)

    def of(self, day: Day) -> dict[str, Counter[Any]]:
        """Return the facts of a day."""
        found: dict[str, Counter[Any]] = {"people": Counter(), "apis": Counter(), "places": Counter()}
        for number in [n for n in self.rows if day_of(n) == day]:
            row, app = self.rows[number], self.app(number)
            if app is None:
                continue
            result = "success" if row.code == 0 else "interrupt" if row.code in INTERRUPTS else "failure"
            found["people"][app, person_of(number), result] += 1
            if result == "success":
                found["apis"][app, row.api, row.scopes is not None] += row.api is not None
                found["places"][app, row.country] += row.country is not None
        return {name: +counts for name, counts in found.items()}

    def issue(self) -> None:
        """Take note of the scopes issued, as far as they can be seen now."""
        for number, row in self.rows.items():
            app, day = self.app(number), day_of(number)
            if day in self.pruned or day.kind != PEOPLE or row.code != 0 or not (app and row.api):
                continue
            for scope in row.scopes or ():
                at = time_of(number)
                first, last = self.issued.get((app, person_of(number), scope), (at, at))
                self.issued[app, person_of(number), scope] = (min(first, at), max(last, at))

    def complete(self) -> None:
        """Take note that all facts are built."""
        for day in {
            Day(kind, ago_) for kind in (PEOPLE, "service_principal") for ago_ in range(1, DAYS + 1)
        } - self.pruned:
            self.facts[day], self.built[day] = self.of(day), self.content(day)

    def prune(self, kept_days: int) -> None:
        """Drop the days that are old enough, if all that they hold is built, or they are closed already."""
        for day in {day_of(n) for n in self.rows}:
            if day.days_ago > kept_days and (day in self.pruned or self.built.get(day) == self.content(day)):
                self.pruned.add(day)
                self.rows = {n: row for n, row in self.rows.items() if day_of(n) != day}


@dataclass
class Models:
    """The compiled models of one warehouse, run without dbt, beside what they must come to."""

    connection: duckdb.DuckDBPyConnection
    sql: dict[str, str]
    log: Log = field(default_factory=Log)
    load: int = 0

    def clear(self) -> None:
        """Begin with nothing."""
        self.log, self.load = Log(), 0
        for table in ("raw.sign_ins", "raw.service_principals", "raw.pruned_days", f"intermediate.{BUILT}"):
            self.connection.execute(f"delete from {table}")
        for fact in (*FACTS, DERIVED):
            self.connection.execute(f"delete from {self.place(fact)}")

    @staticmethod
    def place(fact: str) -> str:
        """Return the full name of a fact's table."""
        return f"{'marts' if fact.startswith('fct') else 'intermediate'}.{fact}"

    def write(self, rows: dict[int, Row]) -> None:
        """Load rows, new ones or new versions, as one package."""
        self.load += 1
        for number, row in rows.items():
            kind, principal = day_of(number).kind, person_of(number)
            details = [{"key": "Oauth Scope Info", "value": json.dumps(row.scopes)}] if row.scopes else []
            values = {
                "tenant_id": "t",
                "id": str(number),
                "_collection": f"sign_ins_{kind}",
                "created_date_time": time_of(number),
                "app_id": row.app,
                "status__error_code": row.code,
                "resource_id": row.api,
                "location__country_or_region": row.country,
                "authentication_processing_details": json.dumps(details),
                "user_id" if kind == PEOPLE else "service_principal_id": principal,
                "_dlt_load_id": f"{self.load:06}",
            }
            self.connection.execute("delete from raw.sign_ins where id = $1", [str(number)])
            marks = ", ".join(f"${name}" for name in values)
            self.connection.execute(f"insert into raw.sign_ins ({', '.join(values)}) values ({marks})", values)
            self.log.rows[number], self.log.loads[number] = row, self.load

    def list_principal(self, principal: str, app: str) -> None:
        """Let a service principal tell its app, another one than before or the first."""
        self.connection.execute("delete from raw.service_principals where id = $1", [principal])
        self.connection.execute(
            "insert into raw.service_principals (tenant_id, id, app_id, _arrival) values ('t', $1, $2, 1)",
            [principal, app],
        )
        self.log.names[principal] = app

    def build(self, dies_after: int | None) -> None:
        """Build the models, or as many of the facts as are built before the build dies."""
        for name in TABLES:
            self.connection.execute(f"create or replace table intermediate.{name} as {self.sql[name]}")
        for fact in FACTS[:dies_after]:
            self.replace(fact)
            if fact == "int_scope_issued":
                self.log.issue()
        if dies_after is None:
            self.replace(DERIVED)
            self.replace(BUILT)
            self.log.complete()

    def replace(self, name: str) -> None:
        """Write a model as its strategy does."""
        keys = "tenant_id, sign_in_kind, sign_in_date"
        stale = f"({keys}) in (select {keys} from intermediate.int_changed_day)"
        if name == "int_scope_issued":
            keys = "tenant_id, app_id, resource_app_id, user_id, scope"
            stale = f"({keys}) in (select {keys} from fresh)"
        self.connection.execute(f"create or replace temp table fresh as {self.sql[name]}")
        self.connection.execute(f"delete from {self.place(name)} where {stale}")
        self.connection.execute(f"insert into {self.place(name)} by name select * from fresh")

    def prune(self, kept_days: int) -> None:
        """Drop days."""
        _prune(self.connection, kept_days)
        self.log.prune(kept_days)

    def counts(self, query: str) -> dict[Day, Counter[Any]]:
        """Return counts by day; the query gives kind, days ago, the things that are counted, and how many."""
        found: dict[Day, Counter[Any]] = {}
        for kind, days_ago, *things, number in self.connection.execute(query).fetchall():
            found.setdefault(Day(kind, days_ago), Counter())[tuple(things)] += number
        return {day: +counter for day, counter in found.items() if +counter}

    def check(self) -> None:
        """Compare the facts with what they must come to."""
        day = f"sign_in_kind, date '{NOW:%Y-%m-%d}' - sign_in_date, app_id"
        for name, query in {
            "people": f"""
                select {day}, principal_id, unnest(['success', 'failure', 'interrupt']), unnest([successes, failures, interrupts])
                from marts.fct_app_user_day""",
            "apis": f"""
                select {day}, resource_app_id, unnest([true, false]), unnest([successes_with_scopes, successes - successes_with_scopes])
                from intermediate.int_app_resource_day""",
        }.items():
            assert self.counts(query) == {d: facts[name] for d, facts in self.log.facts.items() if facts[name]}
        places = self.counts(f"select {day}, country, 1 from intermediate.int_app_place_day")
        assert {d: set(c) for d, c in places.items()} == {
            d: set(f["places"]) for d, f in self.log.facts.items() if f["places"]
        }
        apps = self.counts(f"select {day}, sign_ins from intermediate.int_app_sign_in_day")
        totals = {d: sum(f["people"].values()) for d, f in self.log.facts.items() if f["people"]}
        assert {d: sum(c.values()) for d, c in apps.items()} == totals
        issued = self.connection.execute(
            "select app_id, user_id, scope, first_issued_at, last_issued_at from intermediate.int_scope_issued"
        ).fetchall()
        assert {(app, user, scope): (first, last) for app, user, scope, first, last in issued} == self.log.issued
        columns = "tenant_id, app_id, sign_in_kind, sign_in_date, sign_ins, successes, failures, interrupts, last_success_at, last_at"
        sums = "sum(sign_ins), sum(successes), sum(failures), sum(interrupts), max(last_success_at), max(last_at)"
        derived = self.connection.execute(f"select {columns} from intermediate.{DERIVED} order by all").fetchall()
        people = f"select tenant_id, app_id, sign_in_kind, sign_in_date, {sums} from marts.fct_app_user_day group by all order by all"
        assert derived == self.connection.execute(people).fetchall()
        held = self.connection.execute("select id::bigint from raw.sign_ins").fetchall()
        assert {number for (number,) in held} == set(self.log.rows)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    """A warehouse without sign-ins, and what dbt makes of the models that are built again and again."""
    warehouse = Warehouse(tmp_path_factory.mktemp("facts"))
    warehouse.create()
    warehouse.insert("sync_outcomes", outcome("t", "sign_ins_interactive"))
    chosen = ["--select", f"+{BUILT}", "+int_tenant", "--exclude-resource-type", "unit_test", "test"]
    assert {status for _, status, _ in warehouse.dbt("build", *chosen)} == {"success"}
    warehouse.dbt("compile", "--select", f"+{BUILT}")
    compiled = warehouse.folder / "dbt" / "compiled" / "consentry" / "models"
    paths = {path.stem: path for path in compiled.rglob("*.sql")}
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield Models(connection, {name: paths[name].read_text() for name in (*TABLES, *FACTS, DERIVED, BUILT)})


rows = st.builds(
    Row,
    st.sampled_from(["a", "b", None]),
    st.sampled_from([0, 0, 0, 50126, *INTERRUPTS]),
    st.sampled_from([API, None]),
    st.sampled_from([None, ("mail.read",), ("mail.read", "user.read")]),
    st.sampled_from(["DE", None]),
)
actions = st.one_of(
    st.tuples(st.just("write"), st.dictionaries(st.integers(0, 23), rows, min_size=1, max_size=6)),
    st.tuples(st.just("write"), st.dictionaries(st.integers(0, 23), rows, min_size=1, max_size=6)),
    st.tuples(st.just("list_principal"), st.sampled_from(["sp-0", "sp-1"]), st.sampled_from(["a", "b"])),
    st.tuples(st.just("build"), st.none() | st.integers(0, len(FACTS))),
    st.tuples(st.just("build"), st.none()),
    st.tuples(st.just("prune"), st.integers(1, DAYS)),
)


@given(st.lists(actions, min_size=2, max_size=12))
@settings(max_examples=60, deadline=None)
def test_facts_are_those_of_the_log_whatever_happened(models: Models, schedule: list[tuple[Any, ...]]) -> None:
    """New, late and corrected rows, service principals that are listed late, builds that die, and pruning, in any order."""
    models.clear()
    for name, *arguments in schedule:
        getattr(models, name)(*arguments)
    models.build(None)
    models.check()


def test_a_second_build_finds_nothing_to_do(models: Models) -> None:
    """Days that did not change are not built again, and only the day that changed is."""
    models.clear()
    models.write({number: Row("a", 0, API, None, None) for number in range(24)})
    models.build(None)
    models.build(None)
    changed = "select sign_in_kind, sign_in_date from intermediate.int_changed_day"
    assert models.connection.execute(changed).fetchall() == []
    models.write({1: Row("b", 0, API, None, None)})
    models.build(None)
    assert models.connection.execute(changed).fetchall() == [(PEOPLE, time_of(1).date())]


def told(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """All rows of the facts."""
    return {fact: warehouse.rows(f"select * from {Models.place(fact)} order by all") for fact in (*FACTS, DERIVED)}


def test_dbt_builds_the_same_by_days_as_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Late rows, a new version, a build that ends after the first fact and a full refresh come to what one build comes to."""
    scopes = [{"key": "Oauth Scope Info", "value": '["Mail.Read"]'}]
    first = [
        sign_in("old", 3, tenant_id="t", _dlt_load_id="1", resource_id=API, authentication_processing_details=scopes),
        sign_in("old", 2, tenant_id="t", _dlt_load_id="1", resource_id=API, location__country_or_region="de"),
    ]
    late = [
        sign_in(
            "late", 3.01, tenant_id="t", _dlt_load_id="2", resource_id=API, authentication_processing_details=scopes
        ),
        sign_in("new", 1, "service_principal", tenant_id="t", _dlt_load_id="2", app_id=None, resource_id=API),
    ]
    chosen = ["--select", f"+{BUILT}", "--exclude-resource-type", "unit_test", "test"]
    grown, whole = (Warehouse(tmp_path_factory.mktemp(name)) for name in ("grown", "whole"))
    for warehouse, batches in ((grown, [first, late]), (whole, [first[1:] + late + first[:1]])):
        warehouse.create()
        tell_outcomes(warehouse, outcome("t", "sign_ins_interactive"))
        for number, batch in enumerate(batches):
            warehouse.insert("sign_ins", *batch)
            if number:
                warehouse.dbt("build", "--select", "+fct_app_user_day", "--exclude-resource-type", "unit_test", "test")
                assert len(warehouse.rows("select * from marts.fct_app_user_day")) == 4
            results = warehouse.dbt("build", *chosen, *["--full-refresh"][:number])
            assert {status for _, status, _ in results} == {"success"}
    changed = grown.rows("select sign_in_date - date '2026-03-31' as days from intermediate.int_changed_day order by 1")
    assert [row["days"] for row in changed] == [-3, -1]
    assert told(grown) == told(whole)
