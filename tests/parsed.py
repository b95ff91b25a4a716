"""dbt's reading of the project in `sql/`, lent to the home folders of tests.

To read it costs a home that is new half as much as a build, and what dbt reads is the same for all of them. It takes only a
reading that was made for the same path of the warehouse, which is why each home gets a copy made out to its own.
Where dbt refuses a copy, it reads the project as it does in any new home. Tests of a home's very first build lend it nothing.
"""

from __future__ import annotations

import pprint
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.settings import Home
from pipelines.warehouse.build import invoke


def lend(home: Home) -> None:
    """Put dbt's reading of the project into a home folder that has none, as the first build there would leave it."""
    place = _place(home)
    if place.exists():
        return
    home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.parent.mkdir(exist_ok=True, mode=0o700)
    place.touch(mode=0o600)
    place.write_bytes(_made_for(home.warehouse))


def _made_for(warehouse: Path) -> bytes:
    """Return the reading in the name of a warehouse."""
    reading, connection = _read()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dbt's own use of other libraries
        from dbt.contracts.files import FileHash
        from dbt.contracts.graph.manifest import Manifest
        from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder

        manifest = Manifest.from_msgpack(reading, decoder=extended_mashumuro_decoder)
        named = sorted((connection | {"path": str(warehouse)}).items())
        manifest.state_check.profile_hash = FileHash.from_contents(pprint.pformat(named))
        return manifest.to_msgpack(extended_mashumaro_encoder)


@cache
def _read() -> tuple[bytes, dict[str, Any]]:
    """Return the reading, and the settings of the connection that it was made with; it is made once in a process."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from dbt.adapters.factory import FACTORY

        home = Home(Path(folder))
        result = invoke(home, "parse")
        assert result.success, result.exception
        connection = dict(FACTORY.adapters["duckdb"].config.credentials.connection_info())
        return _place(home).read_bytes(), connection


def _place(home: Home) -> Path:
    return home.path / "dbt" / "partial_parse.msgpack"
