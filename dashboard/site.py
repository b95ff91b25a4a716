"""Addresses -> pages. Everything is read; nothing here writes, and nothing is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import colours, words
from dashboard.pages.apps import apps
from dashboard.pages.changes import changes
from dashboard.pages.coverage import coverage
from dashboard.pages.one_app import one_app
from dashboard.pages.overview import overview
from dashboard.pages.people import people, person
from dashboard.pages.reclaim import reclaim
from dashboard.queries import query
from dashboard.visit import NotHere, Visit
from pipelines.errors import ConsentryError, NothingPublished, QueryFailed
from pipelines.warehouse.reader import Look, Reader, Stamp

HERE: Final = Path(__file__).parent
STALE_HOURS: Final = 48
NO_TENANT: Final = "The tenant that the address names is not in the published file. What is in it are other tenants."
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""The browser may load nothing from anywhere else, and keeps nothing."""


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        name: of its address.
        title: what stands in the navigation.
        template: how it looks.
        make: what it shows.
        under: the page of the navigation that it belongs to.
    """

    name: str
    title: str
    template: str
    make: Callable[[Visit], dict[str, Any]]
    under: str


PAGES: Final = (
    Page("", "Overview", "overview.html", overview, ""),
    Page("apps", "Apps", "apps.html", apps, "apps"),
    Page("people", "People", "people.html", people, "people"),
    Page("reclaim", "Reclaim", "reclaim.html", reclaim, "reclaim"),
    Page("changes", "Changes", "changes.html", changes, "changes"),
    Page("coverage", "Coverage", "coverage.html", coverage, "coverage"),
    Page("app", "App", "app.html", one_app, "apps"),
    Page("person", "Person", "person.html", person, "people"),
)
MENU: Final = tuple(page for page in PAGES if page.name == page.under)


class _Headers:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((n.encode(), v.encode()) for n, v in HEADERS.items())]
            await send(message)

        await self._app(scope, receive, answer)


def _now() -> datetime:
    return datetime.now(UTC)


class Site:
    """The pages on one published file.

    Args:
        file: the published file; it need not be there yet.
        now: the clock.
    """

    def __init__(self, file: Path, now: Callable[[], datetime] = _now):
        self.reader: Final = Reader(file)
        self._now = now
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(words=words, menu=MENU)
        self._templates.filters.update(
            number=words.number, day=words.day, moment=words.moment, spoken=words.spoken, signed=words.signed
        )
        self._templates.globals["parts"] = self._templates.get_template("parts.html").module

    def application(self, hosts: tuple[str, ...] = ("*",)) -> Starlette:
        """Return the pages as an ASGI application.

        Args:
            hosts: names by which a browser may call it; another is refused, so that no page of the internet can
                name this machine by a name of its own and read along.
        """
        routes = [Route(f"/{page.name}", self._shown(page), name=page.name or "overview") for page in PAGES]
        routes += [Route("/stamp", self._stamp), Route("/colours.css", _colours)]
        middleware = [
            Middleware(_Headers),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
            Middleware(GZipMiddleware, minimum_size=1000),
        ]
        return Starlette(
            routes=[*routes, Mount("/static", StaticFiles(directory=HERE / "static"))],
            middleware=middleware,
            exception_handlers={404: self._lost},
        )

    def _shown(self, page: Page) -> Callable[[Request], Response]:
        def show(request: Request) -> Response:
            try:
                with self.reader.look() as look:
                    return self._answer(page, look, request)
            except NothingPublished as fault:
                return self._told(request, "nothing.html", 503, page, sentence=str(fault))
            except QueryFailed as fault:
                return self._told(request, "older.html", 500, page, sentence=str(fault))
            except ConsentryError as fault:
                return self._told(request, "trouble.html", 500, page, sentence=str(fault))

        return show

    def _answer(self, page: Page, look: Look, request: Request) -> Response:
        tenants = query("tenants").answer(look)
        if not tenants.rows:
            return self._told(request, "empty.html", 200, page, stamp=look.stamp)
        tenant_id = _tenant(tenants.rows, request)
        if tenant_id is None:
            return self._told(request, "not_here.html", 404, page, stamp=look.stamp, sentence=NO_TENANT)
        visit = Visit(page.name, look, tenants, tenant_id, dict(request.query_params), self._now())
        frame = {"visit": visit, "stamp": look.stamp, **self._freshness(visit)}
        try:
            context = {"title": page.title, **page.make(visit)}
        except NotHere as fault:
            return self._told(request, "not_here.html", 404, page, **frame, sentence=str(fault))
        return self._told(request, page.template, 200, page, **frame, **context)

    def _freshness(self, visit: Visit) -> dict[str, Any]:
        freshness = visit.ask("freshness")
        window_to = freshness.first["window_to"]
        hours = (visit.now - window_to).total_seconds() / 3600 if window_to else 0.0
        return {"freshness": freshness, "stale_days": int(hours // 24) if hours > STALE_HOURS else 0}

    def _told(self, request: Request, template: str, status: int, page: Page, **context: Any) -> Response:
        basis: dict[str, Any] = {"page": page, "theme": _theme(request), "file": self.reader.file, "visit": None}
        basis |= {"stamp": None, "freshness": None, "stale_days": 0, "title": page.title}
        written = self._templates.get_template(template).render(
            **{**basis, **context, "shown_stamp": _written(context)}
        )
        return HTMLResponse(written, status)

    def _lost(self, request: Request, _: Exception) -> Response:
        return self._told(request, "lost.html", 404, PAGES[0], title="No such page")

    def _stamp(self, _: Request) -> Response:
        try:
            return JSONResponse({"stamp": _text(self.reader.stamp)})
        except NothingPublished:
            return JSONResponse({"stamp": ""})


def _colours(_: Request) -> Response:
    return Response(colours.stylesheet(), media_type="text/css")


def _tenant(rows: list[dict[str, Any]], request: Request) -> str | None:
    """Return the tenant that the address names, the one with the most apps where it names none; None where it is not there."""
    known = [str(row["tenant_id"]) for row in rows]
    named = request.query_params.get("tenant") or known[0]
    return named if named in known else None


def _theme(request: Request) -> str:
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in {"light", "dark"} else ""


def _written(context: Mapping[str, Any]) -> str:
    stamp = context.get("stamp")
    return _text(stamp) if stamp else ""


def _text(stamp: Stamp) -> str:
    return "-".join(map(str, stamp))
