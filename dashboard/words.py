"""Values -> words and figures for a person. What is not known never comes out as a number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

OWNERSHIP: Final[Mapping[str, str]] = {
    "third_party": "third party",
    "own": "our own",
    "microsoft": "Microsoft's",
    "unknown": "owner not known",
}
THROUGH: Final[Mapping[str, str]] = {
    "own_consent": "their own consent",
    "tenant_wide_consent": "a consent for everyone",
    "application_permission": "a permission of the app's own",
    "directory_role": "a directory role of the app's",
}
WHOM: Final[Mapping[str, str]] = {"everyone": "for everyone", "user": "for chosen people", "app": "as itself"}
PERMISSION_TYPE: Final[Mapping[str, str]] = {
    "delegated": "in people's names",
    "application": "in its own name",
    "directory_role": "directory role",
}
RECLAIM_REASON: Final[Mapping[str, str]] = {
    "not_used": "app not used",
    "account_disabled": "account switched off",
    "signed_in_nowhere": "signed in nowhere",
}
OUTCOME: Final[Mapping[str, str]] = {
    "complete": "complete",
    "partial": "in part",
    "denied": "denied",
    "unlicensed": "no licence",
    "unavailable": "not available",
    "not_needed": "not needed",
    "not_collected": "never collected",
}
KNOWN_FROM: Final[Mapping[str, str]] = {
    "audit": "audit log",
    "graph": "date in Graph",
    "snapshot": "seen between two syncs",
}
USE_CLASS: Final[Mapping[str, str]] = {
    "unknown": "unknown",
    "unused": "unused",
    "itself": "by itself",
    "1": "1 person",
    "2": "2-9",
    "10": "10-99",
    "100": "100-999",
    "1000": "1,000+",
}
"""How much an app is used, least first; the keys are those of the queries."""


def number(value: float | None) -> str:
    """Return a whole number with its thousands set apart."""
    return "" if value is None else f"{value:,.0f}"


def day(value: date | datetime | None) -> str:
    """Return the day of a moment."""
    return "" if value is None else value.strftime("%Y-%m-%d")


def moment(value: datetime | None) -> str:
    """Return day and minute, in UTC as all moments of the marts are."""
    return "" if value is None else value.strftime("%Y-%m-%d %H:%M")


def ago(value: datetime | None, as_of: datetime | None) -> str:
    """Return how long before a moment another was."""
    if value is None or as_of is None:
        return ""
    hours = (as_of - value).total_seconds() / 3600
    if hours < 1:
        return "within the hour"
    return counted(int(hours), "hour") + " before" if hours < 48 else counted(int(hours // 24), "day") + " before"  # noqa: PLR2004 - two days


def counted(value: int, thing: str, things: str | None = None) -> str:
    """Return how many things, with the thing in its number."""
    return f"{value:,} {thing if value == 1 else things or thing + 's'}"


def spoken(value: str | None) -> str:
    """Return a code word as words."""
    return (value or "").replace("_", " ")


def signed(value: float | None) -> str:
    """Return a change in percent with its sign."""
    return "" if value is None else f"{value:+,.0f} %"
