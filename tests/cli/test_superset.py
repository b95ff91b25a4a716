"""`consentry superset`: the bundle with one's own path in it, and a sentence where a path cannot be."""

from __future__ import annotations

import zipfile
from pathlib import Path

import yaml

from tests.cli.conftest import Person


def connection(bundle: Path) -> str:
    """The address of the database in a bundle."""
    with zipfile.ZipFile(bundle) as opened:
        return str(yaml.safe_load(opened.read("consentry/databases/Consentry.yaml"))["sqlalchemy_uri"])


def test_a_bundle_knows_where_the_file_is(stranger: Person, tmp_path: Path) -> None:
    """It names the file's path on Superset's server, opens it to read only, and is the same whenever it is written."""
    bundles = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for bundle in bundles:
        said = stranger.types("superset", "--to", str(bundle), "--file", "/srv/my files/consentry.duckdb")
        assert (said.code, "Import dashboards" in said.out) == (0, True)
    assert connection(bundles[0]) == "duckdb:////srv/my files/consentry.duckdb?access_mode=read_only"
    assert bundles[0].read_bytes() == bundles[1].read_bytes()


def test_the_path_is_the_published_file_by_default(stranger: Person, tmp_path: Path) -> None:
    """Where nothing is said, it is where this Consentry publishes."""
    said = stranger.types("superset", "--to", str(tmp_path / "bundle.zip"), CONSENTRY_HOME="/srv/consentry")
    assert said.code == 0
    assert connection(tmp_path / "bundle.zip") == "duckdb:////srv/consentry/consentry.duckdb?access_mode=read_only"


def test_a_path_that_superset_cannot_find_is_refused(stranger: Person) -> None:
    """A relative path, and one with a sign that means something in an address, end with 2 and the way to say it."""
    assert "--file /srv" in stranger.errs("superset", "--file", "consentry.duckdb")
    assert "--file /srv" in stranger.errs("superset", "--file", "/srv/100%/consentry.duckdb")
