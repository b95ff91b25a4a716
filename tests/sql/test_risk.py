"""How dangerous is an app, and why?"""

from __future__ import annotations

import csv
import re
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from .risks import LUCERNE, MALICIOUS, ORDINARY, RCLONE
from .story import CONTOSO
from .warehouse import ROOT, Warehouse

BANDS = ("low", "medium", "high", "critical")


def factors(marts: Warehouse, app: str, tenant: str = CONTOSO) -> dict[str, str]:
    """Rules that apply to an app, with their evidence."""
    query = f"select * from marts.app_risk_factor where tenant_id = '{tenant}' and app_id = 'app-{app}'"
    return {row["rule_id"]: row["evidence"] for row in marts.rows(query)}


@pytest.fixture(scope="module")
def lucerne(marts: Warehouse) -> dict[str, dict[str, Any]]:
    """Lucerne's apps by the names of the story, with their scores."""
    rows = marts.rows(f"select * from marts.app_risk where tenant_id = '{LUCERNE}'")
    return {"rclone" if row["app_id"] == RCLONE else row["app_id"].removeprefix("app-"): row for row in rows}


@pytest.mark.parametrize(
    ("app", "rules"),
    [
        (
            "dusty",
            {
                "any_app",
                "data_as_app",
                "loopback_reply_url",
                "no_homepage",
                "open_reply_url",
                "powerful_unused",
                "reaches_everyone",
                "signs_people_in",
                "takeover_as_app",
                "third_party_owner",
                "unverified_publisher",
            },
        ),
        ("saml", {"any_app", "signs_people_in", "third_party_owner"}),
        ("vm", {"any_app"}),
        ("outlook", set()),
    ],
)
def test_rules_that_apply(marts: Warehouse, app: str, rules: set[str]) -> None:
    """Each app has exactly the factors its story gives cause for; Microsoft's own have none."""
    assert set(factors(marts, app)) == rules


def test_evidence_names_what_was_found(marts: Warehouse) -> None:
    """Evidence shows the very permission, address, credential, count and date."""
    found = factors(marts, "dusty")
    assert found["takeover_as_app"].startswith("Holds RoleManagement.ReadWrite.Directory on Microsoft Graph, rated ")
    assert found["open_reply_url"] == "Reply addresses: http://dusty.example/cb, https://*.dusty.example"
    assert factors(marts, "daemon")["long_lived_credential"] == "secret k1 until 2034-06-17"
    newcomer = factors(marts, "newcomer")
    assert newcomer["consented_by_few"] == "People who consented: 1, the last on 2026-03-22"
    turned = factors(marts, "turned", LUCERNE)
    assert turned["credential_added"] == "secret t1 on 2026-03-25 by admin@contoso"
    assert turned["credential_then_power"] == (
        "secret t1 on 2026-03-25, then Mail.ReadWrite on Microsoft Graph on 2026-03-26 by admin@lucerne"
    )
    assert turned["owner_added"] == "Eve Hall on 2026-03-24 by admin@contoso"
    assert factors(marts, "spawned", LUCERNE)["given_power_by_app"] == (
        "full_access_as_app on Exchange on 2026-03-27 by Dormant"
    )
    assert factors(marts, "wave", LUCERNE)["consented_at_once"] == "5 of 5 people consented on 2026-03-27"
    assert factors(marts, "courier", LUCERNE)["unusual_place"] == (
        "NG for the first time on 2026-03-29, where no person of the tenant signs in"
    )


def test_every_malicious_app_ranks_above_every_ordinary_one(lucerne: dict[str, dict[str, Any]]) -> None:
    """That is what a score is for. The distance is wide enough for a weight to be changed."""
    least = min(lucerne[name]["score"] for name in MALICIOUS)
    most = max(lucerne[name]["score"] for name in ORDINARY)
    assert least >= most + 8, {name: row["score"] for name, row in lucerne.items()}
    assert {lucerne[name]["band"] for name in MALICIOUS} <= {"high", "critical"}


def test_neither_power_nor_looks_alone_are_grave(lucerne: dict[str, dict[str, Any]]) -> None:
    """A powerful honest app and a harmless one with a suspicious look stay below high."""
    powerful, odd = lucerne["backup"], lucerne["odd"]
    assert powerful["impact"] == 100
    assert odd["likelihood"] > 60
    assert {powerful["band"], odd["band"]} <= {"low", "medium"}


def test_a_known_bad_app_is_high_whatever_it_holds(lucerne: dict[str, dict[str, Any]]) -> None:
    """Of an app on the list nothing else needs to be known."""
    assert BANDS.index(lucerne["rclone"]["band"]) >= BANDS.index("high")


def test_a_rotated_secret_is_no_attack(marts: Warehouse) -> None:
    """What replaces a credential that ends was added by whoever looks after the app."""
    assert not {"credential_added", "credential_then_power"} & factors(marts, "rotating", LUCERNE).keys()


def test_an_owner_of_a_new_app_is_no_newcomer(marts: Warehouse) -> None:
    """Whoever registers an app becomes its owner then: only on an app that had been there does one say anything."""
    assert "owner_added" not in factors(marts, "namesake", LUCERNE)


def test_scores_are_made_of_their_factors(marts: Warehouse) -> None:
    """By hand: points are added up to 100 each way, and the score is the root of the product."""
    summed = """
        select risks.*, least(sum(impact_points), 100) as impact_sum, least(sum(likelihood_points), 100) as likelihood_sum
        from marts.app_risk as risks inner join marts.app_risk_factor using (tenant_id, app_id) group by all
    """
    rows = marts.rows(summed)
    assert len(rows) > 20
    for row in rows:
        assert (row["impact"], row["likelihood"]) == (row["impact_sum"], row["likelihood_sum"])
        assert row["score"] == round(sqrt(row["impact"] * row["likelihood"]))
    assert marts.rows("select * from marts.app_risk where not is_scored and score is not null") == []


def test_every_factor_explains_itself(marts: Warehouse) -> None:
    """Title, reason, advice, evidence and provenance are never empty."""
    query = "select title, why, what_to_do, evidence, provenance from marts.app_risk_factor"
    rows = marts.rows(query)
    assert rows
    assert all(all(row.values()) for row in rows)


def test_unrated_permissions_are_counted_beside_the_score(marts: Warehouse) -> None:
    """What nobody rates adds no points and is counted."""
    row = marts.row("select * from marts.app_risk where app_id = 'app-daemon'")
    assert row["unrated_permissions"] == 2


def test_a_score_says_what_it_could_not_rest_on(marts: Warehouse) -> None:
    """Where a list was never read, the score is a lower bound and names it; where all were, nothing is named."""
    query = "select distinct tenant_id, missing_evidence from marts.app_risk"
    named = {row["tenant_id"]: row["missing_evidence"] for row in marts.rows(query)}
    never_read = "select tenant_id from raw.sync_outcomes group by all having count(*) filter (collection = 'app_role_assigned_to' and outcome = 'complete') = 0"
    lacking = {row["tenant_id"] for row in marts.rows(never_read)} & named.keys()
    assert lacking
    assert {tenant for tenant, missing in named.items() if "app_role_assigned_to" in (missing or "")} == lacking
    assert named[LUCERNE] is None


def test_the_page_lists_every_rule_as_it_is() -> None:
    """Title and points in the documentation are those of the seed, in its order, and no other."""
    with (ROOT / "sql" / "seeds" / "risk_rule.csv").open(encoding="utf-8", newline="") as file:
        rules = [
            (row["rule_id"], row["title"], row["impact_points"], row["likelihood_points"])
            for row in csv.DictReader(file)
        ]
    page = Path(ROOT / "docs" / "risk.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (\d*) \| (\d*) \|$", page, re.MULTILINE)
    assert rows == [
        (rule, title, impact.strip("0") and impact, likelihood.strip("0") and likelihood)
        for rule, title, impact, likelihood in rules
    ]


def test_the_list_of_the_settings_replaces_the_shipped_one(warehouse: Warehouse) -> None:
    """Where the build loaded a list of the user's own, it is the one that counts, even an empty one; without, ours is back."""
    import duckdb

    def listed() -> list[str]:
        assert {row[1] for row in warehouse.dbt("build", "--select", "app_watchlist", "int_app_watchlist")} <= {
            "success",
            "pass",
        }
        return [row["app_id"] for row in warehouse.rows("select app_id from intermediate.int_app_watchlist order by 1")]

    shipped = listed()
    assert RCLONE in shipped
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute(
            "create table raw.app_watchlist (app_id varchar, label varchar, reference_url varchar, source varchar)"
        )
    assert listed() == []
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute("insert into raw.app_watchlist values ('abc', 'A', null, 'ours')")
    assert listed() == ["abc"]
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute("drop table raw.app_watchlist")
    assert listed() == shipped
