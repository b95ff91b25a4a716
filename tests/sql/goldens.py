"""Golden stories: a tenant told in words, and its marts as files that a person has reviewed.

`python -m tests.sql.goldens` (or `make docs`) builds the stories anew and rewrites the files.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from .warehouse import Warehouse
from .woodgrove import WOODGROVE, tell_woodgrove

GOLDEN: Final = Path(__file__).parent / "golden"

NAMED: Final = {
    "dim_permission": "permission_key in (select permission_key from {marts}.fct_permission where {own})",
    "dim_date": "date_day in (select sign_in_date from {marts}.fct_app_user_day where {own})",
}
"""Of marts that hold all there could be, only what the story's other marts name."""


@dataclass(frozen=True)
class Story:
    """A golden story.

    Attributes:
        name: its folder.
        tenant_id: its tenant, which it shares with no other story.
        tell: writes it into the raw tables.
    """

    name: str
    tenant_id: str
    tell: Callable[[Warehouse], None]

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return GOLDEN / self.name


STORIES: Final = (Story("woodgrove", WOODGROVE, tell_woodgrove),)


def write(warehouse: Warehouse, story: Story, folder: Path) -> None:
    """Write a file per mart, with the rows of the story's tenant in the order of their columns.

    Args:
        warehouse: built, with the story and perhaps others.
        story: the story.
        folder: where the files go; what is there already goes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    with duckdb.connect(str(warehouse.file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        listed = "select table_name, bool_or(column_name = 'tenant_id') from duckdb_columns() where schema_name = 'marts' group by 1"
        for mart, is_of_tenant in connection.execute(listed).fetchall():
            own = f"tenant_id = '{story.tenant_id}'"
            conditions = [own] if is_of_tenant else []
            conditions += [NAMED[mart].format(marts="marts", own=own)] if mart in NAMED else []
            rows = f"from marts.{mart} where {' and '.join(conditions)} order by all"
            connection.execute(f"copy ({rows}) to '{folder / mart}.csv' (header)")


def main() -> int:
    """Build the stories in a warehouse of their own, and rewrite their files."""
    with tempfile.TemporaryDirectory() as place:
        warehouse = Warehouse(Path(place))
        warehouse.create()
        for story in STORIES:
            story.tell(warehouse)
        results = warehouse.dbt("build", "--exclude-resource-type", "unit_test")
        failed = [f"{name}: {message}" for name, status, message in results if status not in {"success", "pass"}]
        if failed:
            sys.stderr.write("The golden stories cannot be built:\n" + "\n".join(failed) + "\n")
            return 1
        for story in STORIES:
            write(warehouse, story, story.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
