"""The command, and what it answers to whom: nothing leaves the machine, and nothing else gets in."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import requests

from dashboard.server import address, bind, is_loopback
from dashboard.site import PAGES
from pipelines.errors import PortTaken

from .files import NOW, write
from .serving import served

EVERYWHERE = "0.0.0.0"  # noqa: S104 - who says so is warned
SCRIPT = Path(sys.executable).parent / "consentry"


def environment(home: Path) -> dict[str, str]:
    """A shell with nothing set but the home folder; a browser that would be seen if one were opened."""
    return {**os.environ, "CONSENTRY_HOME": str(home), "PYTHONUNBUFFERED": "1"}


@contextmanager
def command(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run `consentry dashboard` for the block."""
    with subprocess.Popen(
        [SCRIPT, "dashboard", "--no-browser", *words],
        cwd=home,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_until_ready(process: subprocess.Popen[str]) -> list[str]:
    """What it says until it says where it is."""
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line.strip())
        if "http://" in line:
            return said
    raise AssertionError(process.stderr.read() if process.stderr else said)


def told(file: Path) -> requests.Response:
    """What the first page says of a file."""
    with served(file) as where:
        return requests.get(where, timeout=30)


def test_the_command_serves_until_ctrl_c(story: Path) -> None:
    """It says where it is, answers there, and ends with a sentence and exit code 0."""
    with command(story.parent, "--port", "0") as process:
        where = lines_until_ready(process)[-1].partition(" at ")[2].split()[0]
        assert where.startswith("http://127.0.0.1:")
        assert "What to do first" in requests.get(where, timeout=30).text
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "The dashboard was ended." in out
        assert err == ""


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """Whoever starts it twice learns what to do instead."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [SCRIPT, "dashboard", "--port", str(port)],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 1
    assert f"Port {port} of 127.0.0.1 is taken" in ran.stderr
    assert "--port" in ran.stderr


def test_another_host_is_warned_of(story: Path) -> None:
    """There is no sign-in: whoever opens it to others is told so, and told what to do."""
    with command(story.parent, "--port", "0", "--host", EVERYWHERE) as process:
        said = lines_until_ready(process)
        assert "the dashboard has no sign-in" in said[0]
        assert "proxy with sign-in" in said[0]


def test_an_address_of_another_machine_is_refused() -> None:
    """The sentence names the option."""
    with pytest.raises(PortTaken, match=r"no address of this machine.*--host"):
        bind("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        (EVERYWHERE, False),
        ("::", False),
        ("10.0.0.5", False),
        ("dash.example", False),
    ],
)
def test_only_loopback_counts_as_this_machine(host: str, loopback: bool) -> None:
    """Everything else gets the warning."""
    assert is_loopback(host) is loopback


def test_the_address_can_be_typed() -> None:
    """An unspecified address is no place to go to."""
    with bind(EVERYWHERE, 0) as listening:
        assert address(listening).startswith("http://127.0.0.1:")


def test_a_page_of_the_internet_cannot_read_along(story_site: str) -> None:
    """A name of somebody else's that points at this machine is refused: the browser would let his page read the answer."""
    assert requests.get(story_site, headers={"host": "evil.example"}, timeout=30).status_code == 400
    assert requests.get(story_site, headers={"host": "localhost:1"}, timeout=30).status_code == 200


def test_the_browser_may_load_nothing_from_elsewhere(story_site: str) -> None:
    """Every answer forbids it, says nothing of what serves it, and is kept nowhere."""
    for path in ("", "apps", "static/style.css", "stamp", "no-such-page"):
        headers = requests.get(story_site + path, timeout=30).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "http" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_pages_only_read(story_site: str) -> None:
    """Nothing but reading is answered."""
    for page in PAGES:
        assert requests.post(story_site + page.name, timeout=30).status_code == 405


@pytest.mark.parametrize("theme", ["light", "dark", "<script>"])
def test_a_cookie_is_no_markup(story_site: str, theme: str) -> None:
    """A theme is one of two words."""
    text = requests.get(story_site, cookies={"theme": theme}, timeout=30).text
    assert (f'data-theme="{theme}"' in text) is (theme != "<script>")
    assert "<script>" not in text


def test_odd_addresses_are_answered(story_site: str) -> None:
    """Whatever stands in the address, the page takes what it knows and leaves the rest."""
    for query in (
        "page=-1",
        "page=999999999",
        "page=x",
        "sort='",
        "score_from=1e9",
        "band=&usage=zzz",
        "self=1&page=2&limit=0",
        "q=%00%ff",
    ):
        for path in ("apps", "people", "changes", "reclaim"):
            assert requests.get(f"{story_site}{path}?{query}", timeout=30).status_code == 200, (path, query)


def test_an_unknown_tenant_is_not_taken_for_another(story_site: str) -> None:
    """Whoever names a tenant that is not there sees no other one's data, on no page."""
    for page in PAGES:
        answer = requests.get(f"{story_site}{page.name}?tenant=nobody", timeout=30)
        assert answer.status_code == 404
        assert "not in the published file" in answer.text
        assert "Woodgrove" not in answer.text
    assert requests.get(f"{story_site}apps?tenant=", timeout=30).status_code == 200


def test_an_app_whose_lists_were_never_read_has_no_zeros(story: Path, tmp_path: Path) -> None:
    """Seats to free, secrets and reply addresses of an app are unknown then, and the days of its own sign-ins, too."""
    file = tmp_path / "consentry.duckdb"
    file.write_bytes(story.read_bytes())
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            """
            set search_path = 'marts,main';
            update coverage set known_from = null, known_to = null
            where collection in ('app_role_assigned_to', 'applications', 'oauth2_permission_grants');
            update app_overview set usage_state = 'used', reclaimable_seats = 0 where app_id = 'app-backup';
            update dim_app set credentials = 0, reply_urls = null where app_id = 'app-backup';
            delete from user_exposure where through = 'own_consent'
            """
        )
    with served(file) as where:
        app = requests.get(f"{where}app?id=app-backup", timeout=30).text
        assert "Who is assigned to apps was never read" in app
        assert app.count("Its registration was never read") == 2
        for page in ("", "people"):
            assert "Consents were never read" in requests.get(where + page, timeout=30).text


def test_old_data_is_called_old(story: Path) -> None:
    """Two days after the newest sync, the page says how old it is and what to do."""
    with served(story, NOW + timedelta(days=5)) as where:
        assert "This is 5 days old." in requests.get(where, timeout=30).text
    with served(story, NOW + timedelta(days=1)) as where:
        assert "days old" not in requests.get(where, timeout=30).text


def test_without_a_file_it_says_what_to_run(tmp_path: Path) -> None:
    """The dashboard may be started first; once a file is there it is shown."""
    file = tmp_path / "consentry.duckdb"
    with served(file) as where:
        nothing = requests.get(where, timeout=30)
        assert nothing.status_code == 503
        assert all(verb in nothing.text for verb in ("consentry sync", "consentry demo"))
        assert requests.get(f"{where}stamp", timeout=30).json() == {"stamp": ""}
        write(file)
        assert "What to do first" in requests.get(where, timeout=30).text


def test_a_file_of_another_version_is_named_as_such(story: Path, tmp_path: Path) -> None:
    """What lacks a column is not shown in part; the page says how to make the file anew."""
    file = tmp_path / "consentry.duckdb"
    file.write_bytes(story.read_bytes())
    with duckdb.connect(str(file)) as connection:
        connection.execute("alter table marts.app_overview drop column risk_titles")
    answer = told(file)
    assert answer.status_code == 500
    assert "of another version" in answer.text
    assert "consentry build" in answer.text
    assert "Traceback" not in answer.text


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """The sentence is the one that `consentry sql` would say."""
    file = tmp_path / "consentry.duckdb"
    file.write_bytes(b"no database" * 1000)
    answer = told(file)
    assert answer.status_code == 500
    assert "damaged or not a DuckDB database" in answer.text


def test_a_file_without_a_tenant_is_told(story: Path, tmp_path: Path) -> None:
    """Nothing was synced into it yet."""
    file = tmp_path / "consentry.duckdb"
    file.write_bytes(story.read_bytes())
    with duckdb.connect(str(file)) as connection:
        connection.execute("delete from marts.app_overview; delete from marts.coverage")
    assert "No tenant is in the file" in told(file).text


def test_a_tenant_without_apps_has_its_pages(story: Path, tmp_path: Path) -> None:
    """A tenant that holds nothing yet is shown as it is: no app, nothing to do, and what was collected."""
    file = tmp_path / "consentry.duckdb"
    file.write_bytes(story.read_bytes())
    with duckdb.connect(str(file)) as connection:
        marts = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        connection.execute(
            "; ".join(f"delete from marts.{mart}" for (mart,) in marts if mart not in {"coverage", "dim_date"})
        )
    with served(file) as where:
        for page in ("", "apps", "people", "reclaim", "changes", "coverage"):
            assert requests.get(where + page, timeout=30).status_code == 200, page
        assert "Nothing is to do, as far as is known" in requests.get(where, timeout=30).text
