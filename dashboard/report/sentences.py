"""What a report's figures mean, in sentences for a board; and what is not known, which never reads like none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dashboard.report.content import Part, Report
from dashboard.report.source import Row

DANGEROUS: Final = ("critical", "high")
GRANTS: Final = ("permission_granted", "permission_widened", "directory_role_added")
OLD: Final = timedelta(days=2)
REASONS_NAMED: Final = 4
GAPS_NAMED: Final = 8

PEOPLE_LISTS: Final = ("sign_ins_interactive", "sign_ins_non_interactive")
"""Logs that tell whether a person used an app."""

BY_PERSON: Final = ("sign_ins", "summarized_sign_ins")
"""Sources that name the person."""


@dataclass(frozen=True)
class Unknown:
    """Something that is not known.

    Attributes:
        what: it is.
        means: how the figures are to be read because of it.
    """

    what: str
    means: str


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun, such as `1 app` and `2,000 apps`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def day(moment: date) -> str:
    """Return a day as people write it, such as `3 March 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def stale(report: Report) -> list[tuple[Part, str]]:
    """Return the tenants whose data are old, and how much older than the report."""
    ages = [(part, report.made_at - (part.window_to or report.published_at)) for part in report.parts]
    return [(part, counted(age.days, "day")) for part, age in ages if age >= OLD]


def limits(part: Part) -> list[Unknown]:
    """Return what is not known about a tenant, and what that means for the figures."""
    return [
        *_use_unknown(part),
        *_scores_too_low(part),
        *_changes_unknown(part),
        *_seats_unknown(part),
        *_lists_missing(part),
    ]


def _use_unknown(part: Part) -> Iterator[Unknown]:
    rows = part["unknown_reasons"]
    if not rows:
        return
    apps = sum(row["apps"] for row in rows)
    named = [f"{row['unknown_explanation']} ({row['apps']:,})" for row in rows[:REASONS_NAMED]]
    more = [f"{counted(len(rows) - REASONS_NAMED, 'other reason')}"] if len(rows) > REASONS_NAMED else []
    yield Unknown(
        f"Whether {counted(apps, 'app')} {'is' if apps == 1 else 'are'} used: {'; '.join([*named, *more])}.",
        "They are counted as unknown, never as unused. Somebody may depend on them.",
    )


def _scores_too_low(part: Part) -> Iterator[Unknown]:
    if missing := part.tenant["missing_risk_evidence"]:
        yield Unknown(
            f"Evidence of risk that was never collected: {missing}.",
            "Every score is a lower bound; an app may be more dangerous.",
        )
    if apps := part.tenant["apps_with_unrated_permissions"]:
        yield Unknown(
            f"How dangerous some permissions of {counted(apps, 'app')} are: no list rates them.",
            "They add nothing to the score, which may be too low.",
        )


def _changes_unknown(part: Part) -> Iterator[Unknown]:
    audits = part.list_of("directory_audits")
    known_from = audits and audits["known_from"]
    if not known_from:
        yield Unknown(
            "Who changed what, and when: the directory's audits could not be read.",
            "Changes are known only from what differed between two syncs; what was done and undone in between is not.",
        )
    elif known_from > part.since:
        yield Unknown(
            f"Changes before {known_from:%Y-%m-%d %H:%M} UTC, as far as only the audits tell them: they begin then.",
            "There may have been more changes than are counted.",
        )


def _seats_unknown(part: Part) -> Iterator[Unknown]:
    unknown = [row for row in part["assigned"] if row["usage_state"] == "unknown"]
    if unknown:
        people = sum(row["assigned_people"] for row in unknown)
        reasons = "; ".join(f"{row['reason']} ({row['assigned_people']:,})" for row in unknown[:REASONS_NAMED])
        yield Unknown(
            f"Whether {counted(people, 'assignment')} of a person to an app {'is' if people == 1 else 'are'} used: {reasons}.",
            "None of them is among the seats that could be freed.",
        )
    if not is_licence_use_known(part):
        yield Unknown(
            "When people last signed in anywhere: that list was not read.",
            "Licences are found to be free only where the account is switched off; there may be more.",
        )


def _lists_missing(part: Part) -> Iterator[Unknown]:
    rows = part.gaps
    if not rows:
        return
    named = [f"{row['feeds'] or row['collection']} ({row['what_is_missing']})" for row in rows[:GAPS_NAMED]]
    more = [f"and {counted(len(rows) - GAPS_NAMED, 'more list')}"] if len(rows) > GAPS_NAMED else []
    yield Unknown(
        f"What was not read, or not wholly: {'; '.join([*named, *more])}.",
        "What that leaves unknown stands under Coverage.",
    )


def are_people_known(part: Part) -> bool:
    """Return whether somebody's not using an app would be seen: from logs that name people, in both kinds of sign-in."""
    lists = [part.list_of(name) for name in PEOPLE_LISTS]
    return all(row is not None and row["usage_rung"] in BY_PERSON for row in lists)


def is_licence_use_known(part: Part) -> bool:
    """Return whether it was collected when people last signed in anywhere."""
    row = part.list_of("user_sign_in_activity")
    return row is not None and row["outcome"] == "complete"


def are_audits_known(part: Part) -> bool:
    """Return whether audits cover the time that changes are shown of."""
    row = part.list_of("directory_audits")
    return row is not None and row["known_from"] is not None and row["known_from"] <= part.since


def summary(part: Part) -> list[str]:
    """Return what a board should know about a tenant, in a few sentences."""
    return [_apps(part), *_worst(part), _use(part), _changes(part), _seats(part), _collected(part)]


def _apps(part: Part) -> str:
    row = part.tenant
    critical, high = part.in_band("critical"), part.in_band("high")
    return (
        f"{counted(row['apps'], 'app')} of {part.name} {'is' if row['apps'] == 1 else 'are'} not Microsoft's own and rated for risk: "
        f"{critical:,} critical, {high:,} high, {part.in_band('medium'):,} medium and {part.in_band('low'):,} low. "
        f"{counted(row['microsoft_apps'], 'app')} of Microsoft's own {'is' if row['microsoft_apps'] == 1 else 'are'} not rated."
    )


def _worst(part: Part) -> Iterator[str]:
    worst = [app for app in part["apps"] if app["risk_band"] in DANGEROUS]
    if worst:
        first = worst[0]
        yield (
            f"The most dangerous is “{first['display_name']}” with {first['risk_score']} of 100 points: {first['risk_titles']}."
        )
    idle = sum(row["unused_apps"] for row in part["apps_by_band"] if row["risk_band"] in DANGEROUS)
    if idle:
        yield (
            f"{counted(idle, 'critical or high app')} {'is' if idle == 1 else 'are'} verifiably unused: switching "
            f"{'it' if idle == 1 else 'them'} off first costs least."
        )


def _use(part: Part) -> str:
    row = part.tenant
    window = f" since {day(row['window_from'])}" if row["window_from"] else ""
    return (
        f"{counted(row['used_apps'], 'app')} {'was' if row['used_apps'] == 1 else 'were'} used{window}, {row['unused_apps']:,} "
        f"{'was' if row['unused_apps'] == 1 else 'were'} not, and of {row['unknown_apps']:,} nobody can tell."
    )


def _changes(part: Part) -> str:
    since = f"Since {day(part.since)}"
    rows = part["change_kinds"]
    if not rows:
        known = (
            "nothing changed about apps"
            if are_audits_known(part)
            else "no change is known of, but not everything would be"
        )
        return f"{since}, {known}."
    changes = sum(row["changes"] for row in rows)
    grants = sum(row["changes"] for row in rows if row["change_kind"] in GRANTS)
    dangerous = sum(row["dangerous_changes"] for row in rows if row["change_kind"] in GRANTS)
    added = sum(row["changes"] for row in rows if row["change_kind"] == "app_added")
    least = "" if are_audits_known(part) else "at least "
    return (
        f"{since}, {least}{counted(changes, 'thing')} changed about apps: {counted(added, 'app') if added else 'no app'} came, and "
        f"{counted(grants, 'permission')} {'was' if grants == 1 else 'were'} granted or widened, {dangerous:,} of them critical or high."
    )


def _seats(part: Part) -> str:
    row = part.seat_totals
    if not row["candidates"] and not are_people_known(part):
        return "How many seats could be freed is not known, because people's sign-ins were not collected completely."
    if not row["app_seats"] + row["licence_seats"]:
        return "No seat is known that could be freed."
    licences = f" and {counted(row['licence_seats'], 'licence')}" if row["licence_seats"] else ""
    return (
        f"{counted(row['app_seats'], 'seat')} in {counted(row['apps'], 'app')}{licences} could be freed: "
        "the people who have them verifiably do not use them."
    )


def _collected(part: Part) -> str:
    rows = part["coverage"]
    gaps = len(part.gaps)
    if not gaps:
        return f"All that these figures rest on was collected ({counted(len(rows), 'list')} of Microsoft Graph)."
    return f"{counted(gaps, 'list')} of {len(rows):,} that these figures rest on {'has' if gaps == 1 else 'have'} gaps; what that means stands first on this page."


def changes_note(part: Part) -> str:
    """Return how far the changes are known."""
    audits: Row | None = part.list_of("directory_audits")
    begun = "What stood at the first sync is no change."
    if audits is None or audits["known_from"] is None:
        return f"Known only from what differed between two syncs, as audits could not be read. {begun}"
    if audits["known_from"] > part.since:
        return f"Audits are known from {audits['known_from']:%Y-%m-%d %H:%M} UTC on; before, only what differed between two syncs. {begun}"
    return f"Audits cover the whole time. {begun}"
