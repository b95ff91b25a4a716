"""A report as one HTML page that needs nothing else: no request, no script."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dashboard.report import pictures, sentences
from dashboard.report.content import Report

TEMPLATES: Final = Path(__file__).parent / "templates"
LONGEST: Final = 400
"""Characters of a text on the page; names and addresses are an app's own choice, and could be of any length."""

NOT_KNOWN: Final = Markup('<span class="unknown">not known</span>')

WORDS: Final[Mapping[str, str]] = {
    "own": "registered by the tenant itself",
    "third_party": "somebody else's app",
    "microsoft": "Microsoft's",
    "application": "application",
    "managed_identity": "managed identity",
    "assigned": "assigned people only",
    "everyone": "everyone in the tenant",
    "nobody": "nobody",
    "app_added": "app came",
    "app_removed": "app went",
    "app_disabled": "app disabled",
    "app_enabled": "app enabled",
    "permission_granted": "permission granted",
    "permission_widened": "permission widened",
    "permission_revoked": "permission revoked",
    "reply_url_added": "reply address added",
    "reply_url_removed": "reply address removed",
    "consenting_users_up": "more people consented",
}
"""Words of the marts that are better said otherwise; any other is shown with its underscores as spaces."""


def page(report: Report, more: str) -> str:
    """Return the page.

    Args:
        report: what it says.
        more: where the rows are that a list has no room for, as in `see …`.
    """
    return (
        _environment()
        .get_template("report.html.j2")
        .render(report=report, more=more, sentences=sentences, pictures=pictures)
    )


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "cut": cut,
        "day": _day,
        "known": known,
        "moment": _moment,
        "name": name,
        "number": _number,
        "words": words,
    }
    return made


def cut(text: str) -> str:
    """Return a text, or as much of it as the page has room for."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def name(text: str) -> Markup:
    """Return a name that somebody else chose, kept from turning the direction of the text around it."""
    return Markup("<bdi>") + escape(cut(text)) + Markup("</bdi>")


def known(value: Any) -> Any:
    """Return the value, or that it is not known: nothing must read like zero."""
    if value is None:
        return NOT_KNOWN
    return f"{value:,}" if isinstance(value, int) else value


def words(value: str | None) -> Any:
    """Return a word of the marts as people say it."""
    return NOT_KNOWN if value is None else WORDS.get(value, value.replace("_", " "))


def _number(value: int) -> str:
    return f"{value:,}"


def _day(value: datetime | None) -> Any:
    return NOT_KNOWN if value is None else f"{value:%Y-%m-%d}"


def _moment(value: datetime | None) -> Any:
    return NOT_KNOWN if value is None else f"{value:%Y-%m-%d %H:%M} UTC"
