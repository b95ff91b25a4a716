"""How dangerous is an app, and why?"""

from __future__ import annotations

import pytest

from .story import CONTOSO
from .warehouse import Warehouse


def factors(marts: Warehouse, app: str, tenant: str = CONTOSO) -> dict[str, str]:
    """Rules that apply to an app, with their evidence."""
    query = f"select * from marts.app_risk_factor where tenant_id = '{tenant}' and app_id = 'app-{app}'"
    return {row["rule_id"]: row["evidence"] for row in marts.rows(query)}


@pytest.mark.parametrize(
    ("app", "rules"),
    [
        (
            "dusty",
            {
                "application_permission_critical",
                "loopback_reply_url",
                "open_reply_url",
                "powerful_unused",
                "unverified_publisher",
            },
        ),
        ("payroll", {"tenant_wide_data_consent"}),
        ("newcomer", {"recent_consent_by_few", "unverified_publisher"}),
        ("daemon", {"expired_credential", "long_lived_credential"}),
        ("twin", {"look_alike_name"}),
        ("saml", set()),
        ("outlook", set()),
        ("edge", set()),
    ],
)
def test_rules_that_apply(marts: Warehouse, app: str, rules: set[str]) -> None:
    """Each app has exactly the factors its story gives cause for."""
    assert set(factors(marts, app)) == rules


def test_evidence_names_what_was_found(marts: Warehouse) -> None:
    """Evidence shows the very permission, address or credential."""
    found = factors(marts, "dusty")
    assert found["application_permission_critical"] == "Holds RoleManagement.ReadWrite.Directory on Microsoft Graph"
    assert found["open_reply_url"] == "Reply addresses: http://dusty.example/cb, https://*.dusty.example"
    assert factors(marts, "daemon")["long_lived_credential"] == "secret k1 until 2034-06-17"


def test_scores_and_bands(marts: Warehouse) -> None:
    """Points add up to the score, and the score has a word."""
    query = f"select app_id, score, band from marts.app_risk where tenant_id = '{CONTOSO}'"
    scores = {row["app_id"]: (row["score"], row["band"]) for row in marts.rows(query)}
    assert scores["app-dusty"] == (50 + 3 + 15 + 15 + 10, "critical")
    assert scores["app-payroll"] == (25, "medium")
    assert scores["app-daemon"] == (15, "low")
    assert scores["app-outlook"] == (None, "not_scored")


def test_every_factor_explains_itself(marts: Warehouse) -> None:
    """Title, reason, advice, evidence and provenance are never empty."""
    query = "select title, why, what_to_do, evidence, provenance from marts.app_risk_factor"
    rows = marts.rows(query)
    assert rows
    assert all(all(row.values()) for row in rows)


def test_unrated_permissions_are_counted_beside_the_score(marts: Warehouse) -> None:
    """What no list rates adds no points and is counted."""
    row = marts.row("select * from marts.app_risk where app_id = 'app-daemon'")
    assert row["unrated_permissions"] == 2


def test_a_score_says_what_it_could_not_rest_on(marts: Warehouse) -> None:
    """Where grants or assignments were never read, the score is a lower bound and names them; elsewhere nothing is named."""
    query = "select distinct tenant_id, missing_evidence from marts.app_risk"
    named = {row["tenant_id"]: row["missing_evidence"] for row in marts.rows(query)}
    never_read = "select tenant_id from raw.sync_outcomes group by all having count(*) filter (collection = 'oauth2_permission_grants' and outcome = 'complete') = 0"
    lacking = {row["tenant_id"] for row in marts.rows(never_read)}
    assert {
        tenant for tenant, missing in named.items() if "oauth2_permission_grants" in (missing or "")
    } == lacking & named.keys()
    assert None in named.values()
    assert lacking & named.keys()
