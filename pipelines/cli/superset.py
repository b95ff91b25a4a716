"""The Apache Superset bundle as one file to import, with the published file's own path in it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final

import yaml

from pipelines.errors import SettingsError

BUNDLE: Final = Path(__file__).resolve().parents[2] / "bi" / "superset"
ROOT: Final = "consentry"
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The files' time: the same bundle is the same bytes."""

AWKWARD: Final = re.compile(r"[?#%]")


def write(to: Path, published: Path) -> int:
    """Write the bundle as a zip. Return how many charts it has.

    Args:
        to: the zip to write; one that is there is replaced.
        published: the published file's path, as Superset's server sees it.

    Raises:
        SettingsError: the path is not a whole one, or an address of a database cannot hold it.
    """
    address = _address(published)
    files = sorted(BUNDLE.rglob("*.yaml"))
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in files:
            entry = zipfile.ZipInfo(f"{ROOT}/{file.relative_to(BUNDLE).as_posix()}", LONG_AGO)
            bundle.writestr(entry, _content(file, address), zipfile.ZIP_DEFLATED)
    return sum(file.parent.name == "charts" for file in files)


def _address(published: Path) -> str:
    """Return SQLAlchemy's address of the file, opened to read only: Superset can neither change nor lock it."""
    if not published.is_absolute() or AWKWARD.search(str(published)):
        raise SettingsError(
            f"Superset cannot find {published}. Name the published file by its whole path on Superset's server, without ?, # and %: --file /srv/consentry/consentry.duckdb."
        )
    return f"duckdb:///{published.as_posix()}?access_mode=read_only"


def _content(file: Path, address: str) -> str:
    text = file.read_text(encoding="utf-8")
    if file.parent.name != "databases":
        return text
    connection = yaml.safe_load(text) | {"sqlalchemy_uri": address}
    return str(yaml.safe_dump(connection, sort_keys=False, allow_unicode=True))
