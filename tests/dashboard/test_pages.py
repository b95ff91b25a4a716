"""The dashboard in a real browser. Whatever a page does, the browser may report nothing and ask no other machine."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.site import PAGES as SITE_PAGES
from pipelines.warehouse.marts import Marts

from .files import BLIND, EVIL, LARGE, LARGE_APPS, LARGE_PEOPLE, WOODGROVE, write
from .screenshots import IMAGES, SHOTS, take
from .serving import served

ROOT = Path(__file__).parents[2]

PAGES = ("", "apps", "people", "reclaim", "changes", "coverage", "app?id=app-teams", "person?id=finn")


def shown_sql(page: Page, name: str) -> str:
    """The query that a tile shows when it is asked for it."""
    control = page.locator(f'details.sql[data-query="{name}"]')
    control.locator("summary").click()
    text = control.locator("pre").inner_text()
    page.keyboard.press("Escape")
    expect(control.locator("pre")).to_be_hidden()
    return text


def names(page: Page) -> list[str]:
    """The apps that the list shows, in its order."""
    return page.locator("#apps tbody tr td:first-child a").all_inner_texts()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_each_page_renders(page: Page, story_site: str, address: str, theme: str) -> None:
    """It has its heading, tiles with their queries, and nothing wider than a narrow window, in both themes."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.set_viewport_size({"width": 800, "height": 900})
    answer = page.goto(story_site + address)
    assert answer
    assert answer.status == 200
    expect(page.locator("h1")).not_to_be_empty()
    tiles = page.locator(".tile")
    assert tiles.count()
    assert tiles.count() == page.locator(".tile > header > details.sql").count()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_tile_shows_the_query_that_it_ran(page: Page, site: str, published: Path) -> None:
    """What stands in the control gives, in `consentry sql`, the rows that the page shows."""
    page.goto(f"{site}apps?tenant={WOODGROVE}&usage=unused")
    with Marts.open(published) as marts:
        found = marts.sql(shown_sql(page, "apps"))
    assert names(page) == list(found["display_name"])
    assert len(found) == 3


def test_a_query_can_be_copied_as_a_command(page: Page, story_site: str) -> None:
    """The clipboard has the whole command, ready for a shell."""
    page.goto(story_site)
    control = page.locator('details.sql[data-query="to_do"]')
    control.locator("summary").click()
    control.get_by_role("button", name="Copy as").click()
    expect(control.locator("button.done")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("consentry sql \"$(cat <<'SQL'\n-- What to do first")
    assert copied.endswith('\nSQL\n)"')


def test_filters_filter(page: Page, story_site: str, story: Path) -> None:
    """What is chosen narrows the list at once, and the number above it is what the marts say."""
    page.goto(f"{story_site}apps")
    with Marts.open(story) as marts:
        apps = marts.sql("from app_overview where is_scored")
    expect(page.locator("#apps .pager").first).to_contain_text(f"{len(apps)} apps")
    page.locator("select[name=band]").select_option("critical,high")
    dangerous = apps[apps["risk_band"].isin(["critical", "high"])]
    expect(page.locator("#apps .pager").first).to_contain_text(f"{len(dangerous)} apps")
    page.locator("select[name=usage]").select_option("used")
    used = dangerous[dangerous["usage_state"] == "used"]
    expect(page.locator("#apps .pager").first).to_contain_text(f"{len(used)} apps")
    assert sorted(names(page)) == sorted(used["display_name"])
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("#apps .pager").first).to_contain_text(f"{len(apps)} apps")


def test_the_list_can_be_sorted(page: Page, story_site: str) -> None:
    """By risk at first, and by what is chosen."""
    page.goto(f"{story_site}apps")
    assert names(page)[0] == "PerfectData Software"
    page.locator("select[name=sort]").select_option("name")
    expect(page.locator("#apps tbody tr td:first-child a").first).to_have_text("Backup Bot")
    assert names(page) == sorted(names(page), key=str.lower)


def test_a_field_of_the_picture_lists_its_apps(page: Page, story_site: str) -> None:
    """A click on use against risk shows just the apps that it counts."""
    page.goto(f"{story_site}apps")
    field = page.locator("#apps_grid td a", has_text="2").first
    apps = field.inner_text()
    field.click()
    expect(page.locator("#apps .pager").first).to_contain_text(f"{apps} apps")
    expect(page.locator("#apps_grid td.chosen")).to_have_count(1)


def test_search_finds(page: Page, story_site: str) -> None:
    """Part of a name is enough, whatever its case; what nobody has finds nothing, and says so."""
    page.goto(f"{story_site}apps")
    page.get_by_label("Name, publisher or app id").fill("ZENdesk")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#apps tbody tr")).to_have_count(1)
    page.goto(f"{story_site}people?q=support")
    expect(page.locator("#people tbody tr")).to_have_count(3)
    page.goto(f"{story_site}people?q=' or 1 = 1 --")
    expect(page.locator("#people")).to_contain_text("Nobody fits")


def test_pages_lead_to_one_another(page: Page, story_site: str) -> None:
    """From what to do to an app, from there to a person, and back to another app of theirs."""
    page.goto(story_site)
    page.get_by_role("link", name="apps at critical or high risk").click()
    page.get_by_role("link", name="MailWise").or_(page.get_by_role("link", name="Backup Bot")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Backup Bot")
    page.goto(f"{story_site}app?id=app-zendesk")
    page.locator("#app_people").get_by_role("link", name="Hana").click()
    expect(page).to_have_url(f"{story_site}person?id=hana")
    page.locator("#person_apps").get_by_role("link", name="Payslips").click()
    expect(page).to_have_url(f"{story_site}app?id=app-payslips")


def test_one_app_says_why_and_what_to_do(page: Page, story_site: str, story: Path) -> None:
    """Every factor has evidence, a way out, and the score without it; permissions are told in words."""
    page.goto(f"{story_site}app?id=app-backup")
    with Marts.open(story) as marts:
        factors = marts.sql("from app_risk_factor where app_id = 'app-backup'")
    factor_rows = page.locator("#app_factors tbody tr")
    expect(factor_rows).to_have_count(len(factors))
    shown = page.locator("#app_factors").inner_text()
    for _, factor in factors.iterrows():
        assert all(str(factor[column]) in shown for column in ("title", "evidence", "what_to_do", "score_without"))
    expect(page.locator("#app_permissions")).to_contain_text("Reads all mail of everyone")
    expect(page.locator("#app_permissions")).to_contain_text("ada@woodgrove.example")
    expect(page.locator("#app")).to_contain_text("Ben, Eva (1 of them a guest)")
    expect(page.locator("#app")).to_contain_text("3; the last ends on 2034-11-14")


def test_unknown_looks_different_from_zero(page: Page, site: str) -> None:
    """It is the word on a hatched ground, with the reason; never a 0, and never the look of an unused app."""
    page.goto(f"{site}apps?tenant={WOODGROVE}&q=vm-nightly")
    unknown = page.locator('tr[data-app="app-vm"] .unknown').first
    expect(unknown).to_have_text("unknown")
    expect(unknown).to_have_attribute("title", re.compile("managed identity sign-ins"))
    assert "repeating-linear-gradient" in unknown.evaluate("it => getComputedStyle(it).backgroundImage")
    people = page.locator('tr[data-app="app-vm"] td').nth(4)
    expect(people).to_have_text("unknown")
    page.goto(f"{site}apps?tenant={WOODGROVE}&q=Old CRM")
    expect(page.locator('tr[data-app="app-oldcrm"] td').nth(4)).to_have_text("0")
    assert page.locator('tr[data-app="app-oldcrm"] .state.unknown').count() == 0


def test_days_that_were_not_collected_are_hatched(page: Page, story_site: str) -> None:
    """Of ninety days, the sign-ins of sixty-five were collected; the others are no empty days."""
    page.goto(f"{story_site}app?id=app-zendesk")
    expect(page.locator("#app_days rect.hatched")).to_have_count(25)
    expect(page.locator("#app_days figcaption")).to_contain_text("unknown on 25 of 90 days")


def test_without_a_licence_nothing_is_called_unused(page: Page, site: str) -> None:
    """The page says of all apps that nobody can tell, why, and that seats cannot be judged either."""
    page.goto(f"{site}?tenant={BLIND}")
    expect(page.locator("#to_do")).to_contain_text("15 apps about whose use nobody can tell")
    expect(page.locator("#unknown_reasons")).to_contain_text("No licence, so no sign-ins")
    expect(page.locator("#people_totals dd").filter(has_text="unknown")).to_have_count(1)
    expect(page.locator("#use_by_day rect.hatched")).to_have_count(60)
    expect(page.locator("#use_by_day figcaption")).not_to_contain_text("fullest")
    page.goto(f"{site}reclaim?tenant={BLIND}")
    expect(page.locator("#reclaim_totals")).to_contain_text("No seat can be freed as far as is known")
    expect(page.locator("aside.missing")).to_contain_text("needs Microsoft Entra ID P1 or P2")
    page.goto(f"{site}apps?tenant={BLIND}&usage=unused")
    expect(page.locator("#apps")).to_contain_text("No app fits")


def test_a_tenant_is_chosen_and_stays_chosen(page: Page, site: str) -> None:
    """Where the file has several, a chooser leads to each, and links stay with it."""
    page.goto(site)
    page.get_by_label("Tenant").select_option(BLIND)
    expect(page).to_have_url(re.compile(f"tenant={BLIND}"))
    page.get_by_role("link", name="Apps", exact=True).click()
    expect(page).to_have_url(re.compile(f"apps.tenant={BLIND}"))
    page.locator("#apps").get_by_role("link", name="Zendesk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zendesk")
    expect(page.locator("#app")).to_contain_text("unknown")


def test_one_tenant_needs_no_chooser(page: Page, story_site: str) -> None:
    """Nothing is to be chosen where there is only one."""
    page.goto(story_site)
    expect(page.get_by_label("Tenant")).to_have_count(0)


def test_names_are_never_markup(page: Page, site: str) -> None:
    """Whoever registers an app chooses its name: it is shown as it is written, and runs nothing."""
    for address in ("", "apps", "app?id=app-mailwise"):
        page.goto(f"{site}{address}{'&' if '?' in address else '?'}tenant={BLIND}")
        expect(page.locator("main")).to_contain_text(EVIL)
    assert page.locator("main img").count() == 0


def test_the_theme_can_be_chosen(page: Page, story_site: str) -> None:
    """The button turns the colours round, and other pages remember it."""
    page.goto(story_site)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("[data-theme-toggle]").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.goto(f"{story_site}apps")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_changes_are_a_timeline(page: Page, story_site: str, story: Path) -> None:
    """Day by day, the newest first, with who did it; filters narrow it to what the marts say."""
    page.goto(f"{story_site}changes")
    days = page.locator("h3.day").all_inner_texts()
    assert days == sorted(days, reverse=True)
    expect(page.locator(".timeline li")).to_have_count(13)
    page.locator("select[name=tier]").select_option("critical,high")
    with Marts.open(story) as marts:
        powerful = marts.sql("select what from permission_change where tier in ('critical', 'high')")
    expect(page.locator(".timeline li")).to_have_count(len(powerful))
    expect(page.locator(".timeline")).to_contain_text(str(powerful["what"].iloc[0]))


def test_seats_come_with_their_evidence(page: Page, story_site: str) -> None:
    """Each can be narrowed to an app, says why, what to do, and what else goes."""
    page.goto(f"{story_site}reclaim")
    page.locator("#reclaim_totals").get_by_role("link", name="Zendesk").click()
    rows = page.locator("#reclaim tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Finn")
    expect(rows).to_contain_text("Leave the group Support")
    expect(rows).to_contain_text("no successful sign-in since 2026-03-01")


def test_coverage_says_what_is_missing_and_why(page: Page, story_site: str) -> None:
    """What was refused stands first, with the permission that it needs."""
    page.goto(f"{story_site}coverage")
    first = page.locator("#coverage tbody tr").first
    expect(first).to_contain_text("sign_ins_managed_identity")
    expect(first).to_contain_text("needs AuditLog.Read.All")
    expect(first.locator(".unknown").first).to_have_text("denied")


def test_an_address_of_what_is_not_there_says_so(page: Page, story_site: str) -> None:
    """A ticket may outlive an app."""
    for address, said in (("app?id=gone", "No app gone is in"), ("person?id=gone", "No person gone is in")):
        html = page.request.get(story_site + address)
        assert html.status == 404
        assert said in html.text()


def test_a_large_tenant_is_shown_in_parts(page: Page, large_site: str) -> None:
    """Of 20,000 apps and 50,000 people a page has fifty, says how many there are, and leads on."""
    page.goto(f"{large_site}apps?tenant={LARGE}")
    expect(page.locator("#apps tbody tr")).to_have_count(50)
    expect(page.locator("#apps .pager").first).to_contain_text(f"1-50 of {LARGE_APPS:,} apps")
    fields = [int(text.replace(",", "")) for text in page.locator("#apps_grid td a").all_inner_texts()]
    assert sum(fields) == LARGE_APPS
    page.get_by_role("link", name="further rows").first.click()
    expect(page.locator("#apps .pager").first).to_contain_text(f"51-100 of {LARGE_APPS:,} apps")
    page.goto(f"{large_site}people?tenant={LARGE}&q=person49999")
    expect(page.locator("#people tbody tr")).to_have_count(1)
    answer = page.goto(f"{large_site}people?tenant={LARGE}")
    assert answer
    assert len(answer.body()) < 200_000
    expect(page.locator("#people .pager").first).to_contain_text(f"1-50 of {LARGE_PEOPLE:,} people")


def test_a_newer_file_is_noticed(page: Page, story: Path, tmp_path: Path) -> None:
    """A page that is open says that there is a newer file; the next page is already of that one."""
    file = tmp_path / "consentry.duckdb"
    shutil.copy(story, file)
    with served(file) as address:
        page.goto(address)
        expect(page.locator("#newer")).to_be_hidden()
        write(file, blind=True)
        page.evaluate("look()")
        expect(page.locator("#newer")).to_be_visible()
        page.get_by_role("link", name="Show it").click()
        expect(page.get_by_label("Tenant")).to_be_visible()
        expect(page.locator("#newer")).to_be_hidden()
        page.goto("about:blank")  # else it may still ask the server that goes away here


def test_pictures_of_the_docs_can_be_taken(browser: Browser, story_site: str, tmp_path: Path) -> None:
    """The docs show a picture of each page, and show no other; the verb that takes them works."""
    text = (ROOT / "docs" / "dashboard.md").read_text(encoding="utf-8")
    assert set(re.findall(r"images/(dashboard-[\w-]+\.png)", text)) == {shot.file.name for shot in SHOTS}
    assert {file.name for file in IMAGES.glob("dashboard-*.png")} == {shot.file.name for shot in SHOTS}
    assert {shot.address.partition("?")[0] for shot in SHOTS} == {page.name for page in SITE_PAGES}
    take(browser, story_site, SHOTS[-1], tmp_path / "taken.png")
    assert (tmp_path / "taken.png").read_bytes().startswith(b"\x89PNG")
