"""How well the scores of apps tell attacks from ordinary software: malicious apps of every kind among hundreds of ordinary ones."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.report import Row, Section, Verdict
from flows import steps
from pipelines import settings
from pipelines.settings import Home
from pipelines.warehouse.database import fetch, published
from simulator import EVERYONE, Tenant, User, populate, serve
from simulator.apps import App
from simulator.catalogue import EXCHANGE_APP_ID

WORST: Final = "critical"
PERFECT_DATA, RCLONE = "ff8d92dc-3d82-41d6-bcbd-b9174d163620", "b15665d9-eda6-4092-8539-0eec376afd59"
"""Two ids of the list of abused apps that comes with the project."""
MAIL: Final = ("User.Read", "Mail.ReadWrite", "Mail.Send", "offline_access")

SCORES: Final = """
    select app_id, display_name, ownership, score, band, impact, likelihood, rules
    from app_risk
    inner join dim_app using (tenant_id, app_id)
    left join (
        select tenant_id, app_id, string_agg(title, ', ' order by points desc, rule_id) as rules
        from (select *, row_number() over (partition by tenant_id, app_id order by points desc, rule_id) as place from app_risk_factor)
        where place <= 3
        group by all
    ) using (tenant_id, app_id)
    where is_scored and has_service_principal
    order by score desc, app_id
"""


class Scored(NamedTuple):
    """An app and its score.

    Attributes:
        app_id: the app.
        name: what it is called.
        ownership: whose it is.
        score: how risky it is.
        band: that in a word.
        impact: what could be done through it.
        likelihood: how likely somebody does.
        rules: the three that matter most.
    """

    app_id: str
    name: str
    ownership: str
    score: int
    band: str
    impact: int
    likelihood: int
    rules: str


def measure(users: int, apps: int) -> Section:
    """Score a simulated tenant.

    Args:
        users: its people.
        apps: its apps, Microsoft's and most of the malicious ones not counted.
    """
    tenant = populate(users=users, apps=apps, sign_ins=users * 30)
    suspects = dict.fromkeys(_suspects(tenant), "made to look like Microsoft's")
    malicious = suspects | attack(tenant)
    with serve(tenant) as server, tempfile.TemporaryDirectory(prefix="consentry-benchmark-") as folder:
        home = Home(Path(folder))
        steps.sync(steps.Plan(settings.tenants(server.settings), home))
        with published(home.published) as connection:
            scored = [Scored(*row) for row in fetch(connection, SCORES)]
    return _section(scored, malicious, users)


def _suspects(tenant: Tenant) -> Iterable[str]:
    """Return the apps that the simulator itself makes look wrong: all send tokens to the same kind of host."""
    rows = tenant.directory.service_principals.rows()
    return [str(row["appId"]) for row in rows if any("sync-update.example" in url for url in row["replyUrls"])]


def attack(tenant: Tenant) -> dict[str, str]:
    """Add malicious apps to a tenant, each after an attack that was seen in the wild; return what each is, by app id."""
    people = [User(tenant, row) for row in tenant.directory.users.rows() if row["accountEnabled"]]
    admin, victims = people[0], people[20:]
    made = {
        "consent phishing for mail": _phished(tenant, "Invoice Viewer", victims[:2], *MAIL, "MailboxSettings.ReadWrite", url="https://invoice-viewer.web.app/cb"),
        "look-alike letters": _phished(tenant, "\u039cicrosoft Secure Mail", victims[2:3], "Mail.Read", "offline_access", url="https://secure-mail.example/cb"),
        "new, unverified, all files": _phished(tenant, "upgrade", victims[3:5], "Files.ReadWrite.All", "User.Read", url="http://localhost:8080"),
        "name of symbols": _phished(tenant, "....", victims[5:6], *MAIL, url="https://dots.example/cb"),
        "tokens sent to a tunnel": _phished(tenant, "Calendar Helper", victims[6:8], *MAIL, url="https://1f2e3d.ngrok-free.app/cb"),
        "abused client on the list": tenant.app("PerfectData Software", app_id=PERFECT_DATA, created_days_ago=6).granted("EWS.AccessAsUser.All", "offline_access", by=victims[8], on=EXCHANGE_APP_ID, days_ago=6),
        "abused tool on the list, permissions unknown": tenant.app("rclone", app_id=RCLONE, created_days_ago=80),
        "illicit consent for everyone": tenant.app("Document Hub", created_days_ago=3, reply_urls=["https://203.0.113.77/cb"]).granted("Mail.Read", "Files.Read.All", to=EVERYONE, by=admin, days_ago=3),
        "named like its victim": _named_like(tenant, victims[9]),
        "secret added to a dormant app": _old_automation(tenant, "Legacy Mail Archive", "Mail.ReadWrite").credential_added("secret", by=admin, days_ago=4),
        "secret added to a dormant takeover app": _old_automation(tenant, "Directory Sync 2019", "RoleManagement.ReadWrite.Directory").credential_added("secret", by=admin, days_ago=2),
        "secret, then mail for everyone": _turned(tenant, admin),
        "secret on a vendor's app": _vendor(tenant).credential_added("secret", by=admin, days_ago=3),
    }  # fmt: skip
    return {app.app_id: what for what, app in made.items()}


def _phished(tenant: Tenant, name: str, victims: Iterable[User], *scopes: str, url: str) -> App:
    app = tenant.app(name, created_days_ago=5, reply_urls=[url])
    for victim in victims:
        app.granted(*scopes, by=victim, days_ago=4.5).signed_in(victim, days_ago=4)
    return app


def _named_like(tenant: Tenant, victim: User) -> App:
    name = str(victim.row["displayName"])
    app = tenant.app(name, own=True, created_days_ago=7, secret_ends_in_days=700, reply_urls=["http://localhost:7828"])
    return app.owned_by(victim).granted(*MAIL, "Files.Read.All", by=victim, days_ago=7).signed_in(victim, days_ago=6)


def _old_automation(tenant: Tenant, name: str, *roles: str) -> App:
    return tenant.app(name, own=True, created_days_ago=1500, certificate_ends_in_days=500).holds(*roles, days_ago=1400)


def _turned(tenant: Tenant, admin: User) -> App:
    app = tenant.app("HR Portal", own=True, created_days_ago=900, certificate_ends_in_days=500).owned_by(admin)
    app.granted("User.Read", to=EVERYONE, days_ago=None).used_by(5, days_ago=3)
    return app.credential_added("secret", by=admin, days_ago=5).granted("Mail.Read", to=EVERYONE, by=admin, days_ago=4)


def _vendor(tenant: Tenant) -> App:
    site = "https://backup-vendor.example"
    app = tenant.app(
        "Cloud Backup", publisher="verified", created_days_ago=600, homepage=site, reply_urls=[f"{site}/cb"]
    )
    return app.holds("Mail.ReadWrite", "Files.ReadWrite.All", days_ago=600).signed_in(days_ago=1)


def _section(scored: list[Scored], malicious: Mapping[str, str], users: int) -> Section:
    bad = [app for app in scored if app.app_id in malicious]
    ordinary = [app for app in scored if app.app_id not in malicious]
    best = max(app.score for app in ordinary)
    saas = [app for app in ordinary if app.ownership == "third_party"]
    rows = [_row(app, malicious[app.app_id]) for app in bad]
    rows += [_row(app, "ordinary") for app in ordinary[:5]]
    return Section(
        "Scores of apps",
        f"{len(bad)} malicious apps, each after an attack seen in the wild, among {len(ordinary)} ordinary ones ({len(saas)} of them products "
        f"of the simulator's catalogue) in a tenant of {users:,} people, read from the simulator and scored by a whole sync. The ordinary "
        "ones hold what such software asks for, a tenth are new, many are unverified, dormant, or hold powerful application permissions, "
        "and own ones get new secrets. The five ordinary apps that score most stand below.",
        ("app", "what it is", "score", "band", "impact", "likelihood", "what matters most"),
        rows,
        [
            Verdict("malicious apps found", len(bad), len(malicious), is_least=True),
            Verdict("of them above every ordinary app", sum(app.score > best for app in bad), len(bad), is_least=True),
            Verdict("ordinary apps in the worst band", _share(WORST, ordinary), 2, "%"),
            Verdict("ordinary products in the two worst bands", _share(WORST, saas) + _share("high", saas), 2, "%"),
        ],
    )


def _share(band: str, apps: list[Scored]) -> float:
    return 100 * sum(app.band == band for app in apps) / len(apps)


def _row(app: Scored, what: str) -> Row:
    return (f"`{app.name}`", what, f"{app.score}", app.band, f"{app.impact}", f"{app.likelihood}", app.rules)
