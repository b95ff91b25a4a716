"""What a report says: the answers of one published file, a part for each tenant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from dashboard.report.source import Answer, Row, Source
from pipelines.errors import SettingsError

IMPERSONAL_RULES: Final = (
    "any_app", "signs_people_in", "third_party_owner", "unverified_publisher", "no_homepage", "new_app",
    "takeover_as_app", "takeover_by_directory_role", "takeover_in_every_name", "takeover_in_privileged_name",
    "takeover_in_some_names", "data_as_app", "data_in_every_name", "data_in_privileged_name", "data_in_some_names",
    "reaches_everyone", "reaches_many_people", "consented_by_few", "consented_at_once", "given_much_when_new",
    "look_alike_name", "claimed_name", "throwaway_name", "open_reply_url", "loopback_reply_url", "ip_reply_url",
    "tunnel_reply_url", "shared_host_reply_url", "secret_in_force", "old_credential", "long_lived_credential",
    "many_credentials", "expired_credential", "credential_on_foreign_app", "no_owner", "powerful_unused",
    "permission_never_used", "watchlisted", "grants_of_disabled_people", "unusual_place", "entra_at_risk",
    "disabled_by_microsoft", "given_power_by_app", "open_to_other_tenants",
)  # fmt: skip
"""Rules whose evidence names no person. The evidence of any other, also of one that is new, is left out where people are."""

WHOLE: Final = (
    "report_tenant",
    "apps_by_band",
    "report_matrix",
    "unknown_reasons",
    "report_change_kinds",
    "report_change_days",
    "report_seat_totals",
    "report_assigned",
    "report_coverage",
)
"""Queries whose answers are short by themselves."""

OF_THE_TOP: Final = ("report_factors", "report_departments")
"""Queries about the apps that are explained on the page."""

SEATS: Final = "report_seats"
SHOWN: Final[Mapping[str, int]] = {"report_changes": 60, "report_seats_by_app": 25, SEATS: 60}
"""Queries whose answers may be long -> how many rows of them the page shows."""

MOST_TENANTS: Final = 20
"""On one page; with these limits, it stays of a size that a mail takes and a browser prints."""


@dataclass(frozen=True)
class Choice:
    """What was asked for.

    Attributes:
        tenant_ids: the tenants; empty for all of the file.
        since: changes from then on; None for the last `days`.
        days: how many days of changes, counted back from the newest sync.
        top: how many apps are explained on the page.
        with_people: whether people may be named.
    """

    tenant_ids: tuple[str, ...] = ()
    since: datetime | None = None
    days: int = 7
    top: int = 10
    with_people: bool = True


@dataclass(frozen=True)
class Part:
    """What is said about one tenant.

    Attributes:
        tenant_id: whose.
        choice: what was asked for.
        since: start of the time that changes are shown of.
        answers: by the query's name without `report_`. `seats`, which names people, is not there where they are left out.
    """

    tenant_id: str
    choice: Choice
    since: datetime
    answers: Mapping[str, Answer]

    def __getitem__(self, name: str) -> list[Row]:
        """Return the rows of an answer."""
        return self.answers[name].rows

    @property
    def tenant(self) -> Row:
        """The tenant's name, window and counts."""
        return self.answers["tenant"].row

    @property
    def seat_totals(self) -> Row:
        """How many seats could be freed."""
        return self.answers["seat_totals"].row

    @property
    def name(self) -> str:
        """The tenant's name; its id where no app of its own tells it."""
        return self.tenant["tenant_name"] or self.tenant_id

    @property
    def window_to(self) -> datetime | None:
        """The newest moment that anything is known of."""
        found: datetime | None = self.tenant["window_to"]
        return found

    @cached_property
    def factors_of(self) -> dict[str, list[Row]]:
        """App -> its factors, heaviest first."""
        return _by_app(self["factors"])

    @cached_property
    def departments_of(self) -> dict[str, list[Row]]:
        """App -> the departments that use it."""
        return _by_app(self["departments"])

    @property
    def gaps(self) -> list[Row]:
        """The lists of which something is missing that nothing else stands in for."""
        return [row for row in self["coverage"] if row["is_gap"]]

    def list_of(self, collection: str) -> Row | None:
        """Return the coverage of a collection."""
        return next((row for row in self["coverage"] if row["collection"] == collection), None)

    def in_band(self, *bands: str) -> int:
        """Return how many scored apps are in these bands."""
        return sum(row["apps"] for row in self["apps_by_band"] if row["risk_band"] in bands)


@dataclass(frozen=True)
class Report:
    """A whole report.

    Attributes:
        choice: what was asked for.
        parts: one for each tenant.
        run_id: the run that published the data.
        published_at: when it did.
        made_at: when the report was made.
    """

    choice: Choice
    parts: list[Part]
    run_id: str
    published_at: datetime
    made_at: datetime

    @property
    def as_of(self) -> datetime:
        """The newest moment that anything is known of."""
        return max((part.window_to for part in self.parts if part.window_to), default=self.published_at)

    @property
    def oldest(self) -> datetime:
        """The newest moment of the tenant whose data are oldest: what came later is not known of all."""
        return min((part.window_to for part in self.parts if part.window_to), default=self.published_at)


def gather(source: Source, choice: Choice) -> Report:
    """Ask for all that a report says.

    Raises:
        SettingsError: what was asked for is not in the file, or too much for one page.
        QueryFailed: the file does not hold what the queries ask for.
    """
    published_at, run_id = source.run
    parts = [_part(source, tenant_id, choice, published_at) for tenant_id in chosen(source, choice)]
    return Report(choice, parts, run_id, published_at, datetime.now(UTC))


def chosen(source: Source, choice: Choice) -> list[str]:
    """Return the ids of the tenants to report on.

    Raises:
        SettingsError: the file does not hold one of them, or they are too many.
    """
    held = source.tenants()
    unknown = [tenant_id for tenant_id in choice.tenant_ids if tenant_id not in held]
    if unknown or not held:
        known = (
            f"It holds {', '.join(held[:MOST_TENANTS])}." if held else "It holds no tenant yet; run `consentry sync`."
        )
        raise SettingsError(f"The published file holds no apps of tenant {', '.join(unknown) or 'any name'}. {known}")
    wanted = list(choice.tenant_ids) or held
    if len(wanted) > MOST_TENANTS:
        raise SettingsError(
            f"These are {len(wanted):,} tenants, and a report has room for {MOST_TENANTS}. Name up to {MOST_TENANTS} with --tenant, which may be repeated."
        )
    return wanted


def since_of(window_to: datetime, choice: Choice) -> datetime:
    """Return the start of the time that changes are shown of.

    Args:
        window_to: the newest moment that anything is known of.
        choice: what was asked for.

    Raises:
        SettingsError: it begins after that moment.
    """
    since = choice.since or window_to - timedelta(days=choice.days)
    if since > window_to:
        raise SettingsError(
            f"The published data end on {window_to:%Y-%m-%d %H:%M} UTC, before {since:%Y-%m-%d %H:%M}; name an earlier time with --since."
        )
    return since


def parameters(tenant_id: str, choice: Choice, since: datetime, rows: int | None = None) -> dict[str, Any]:
    """Return the values of all parameters that the queries of a report may have.

    Args:
        tenant_id: whose answers.
        choice: what was asked for.
        since: start of the time that changes are shown of.
        rows: at most so many; None for all.
    """
    return {
        "tenant_id": tenant_id,
        "since": since,
        "with_people": choice.with_people,
        "impersonal_rules": list(IMPERSONAL_RULES),
        "app_ids": None,
        "rows": rows,
    }


def _part(source: Source, tenant_id: str, choice: Choice, published_at: datetime) -> Part:
    window_to = source.ask("report_tenant", tenant_id=tenant_id).row["window_to"]
    since = since_of(window_to or published_at, choice)
    values = parameters(tenant_id, choice, since)
    apps = source.ask("report_apps", **values | {"rows": choice.top})
    of_them = values | {"app_ids": [app["app_id"] for app in apps.rows]}
    answers = [
        apps,
        *(source.ask(name, **values) for name in WHOLE),
        *(source.ask(name, **of_them) for name in OF_THE_TOP),
        *(
            source.ask(name, **values | {"rows": rows})
            for name, rows in SHOWN.items()
            if choice.with_people or name != SEATS
        ),
    ]
    return Part(tenant_id, choice, since, {answer.query.name.removeprefix("report_"): answer for answer in answers})


def _by_app(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["app_id"]].append(row)
    return dict(found)
