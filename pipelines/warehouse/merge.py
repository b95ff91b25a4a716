"""dlt's DuckDB destination with a merge of our own: a file's rows replace theirs in one transaction, straight from the file.

dlt copies a file into a staging table first, and from there into the table: every row is written twice, and old versions are
looked for in the whole table. Here the file is read where it lies, and events are looked for only in the time that the file
spans, and among those whose time is not known, so that the cost follows the file and not the table. What makes dlt's
`delete-insert` safe is kept: the rows are made unique by their key, and deleting and inserting are one transaction, which a
killed run repeats with the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final, cast

from dlt.common.destination.capabilities import DestinationCapabilitiesContext
from dlt.common.destination.client import LoadJob
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.schema.typing import TTableSchema
from dlt.common.schema.utils import get_columns_names_with_prop
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations.impl.duckdb.duck import DuckDbClient, DuckDbCopyJob
from dlt.destinations.impl.duckdb.factory import duckdb as DuckDb  # noqa: N812 - dlt names the class like a module
from pyarrow import parquet

from pipelines.entra.source import CURSOR, LOAD_ID
from pipelines.warehouse.database import quoted

PLACE: Final = "file_row_number"
"""The column that DuckDB adds on request: a row's place in its file. Of two versions of a row the later one wins."""

SLACK: Final = "interval 1 second"
"""How far an old version's time may lie from the new one's: Graph may tell it with other digits."""


class MergeJob(DuckDbCopyJob):
    """Merges one parquet file into its table."""

    def run(self) -> None:
        """Delete the old versions of the file's rows and insert the new ones, in one transaction."""
        sql = self._job_client.sql_client
        table = sql.make_qualified_table_name(self.load_table_name)
        key = [
            sql.escape_column_name(name)
            for name in get_columns_names_with_prop(cast(TTableSchema, self._load_table), "primary_key")
        ]
        with sql.begin_transaction():
            for places in self._places(table):
                sql.execute_sql(self._delete(table, key, places))
            sql.execute_sql(self._insert(table, key))

    def _delete(self, table: str, key: Sequence[str], places: str) -> str:
        same = " and ".join(f"{table}.{column} = file.{column}" for column in key)
        return (
            f"delete from {table} using (select {', '.join(key)} from {self._file}) as file where {same} and {places}"
        )

    def _places(self, table: str) -> list[str]:
        """Return the conditions of where old versions may lie.

        Where every row of the file has a time: in the time that the file spans, or without one. Each is a statement of its
        own, since DuckDB passes over groups of rows by either, and by neither of two that are joined by `or`.
        """
        cursor = self._load_table.get(CURSOR)
        if cursor is None:
            return ["true"]
        column = self._job_client.sql_client.escape_column_name(str(cursor))
        # As text, since fetching a time with a zone needs more than DuckDB.
        query = f"select min({column})::varchar, max({column})::varchar, count(*) - count({column}) from {self._file}"
        first, last, untimed = (self._job_client.sql_client.execute_sql(query) or [(None, None, 1)])[0]
        if untimed:
            return ["true"]
        span = f"between '{first}'::timestamptz - {SLACK} and '{last}'::timestamptz + {SLACK}"
        return [f"{table}.{column} {span}", f"{table}.{column} is null"]

    def _insert(self, table: str, key: Sequence[str]) -> str:
        load_id = "" if LOAD_ID in parquet.read_schema(self._file_path).names else f", '{self._load_id}' as {LOAD_ID}"
        newest = f"select max({PLACE}) from {self._file} group by {', '.join(key)}"
        return f"insert into {table} by name select * exclude ({PLACE}){load_id} from {self._file} where {PLACE} in ({newest})"

    @property
    def _file(self) -> str:
        return f"read_parquet('{quoted(self._file_path)}', {PLACE} = true)"


class MergeClient(DuckDbClient):
    """Loads files of tables that are merged by `MergeJob`, and everything else as dlt does."""

    def should_load_data_to_staging_dataset(self, table_name: str) -> bool:  # noqa: ARG002 - dlt asks by table
        """Return that nothing is staged."""
        return False

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """Return the job of a file."""
        is_parquet = ParsedLoadJobFileName.parse(file_path).file_format == "parquet"
        if table["write_disposition"] == "merge" and is_parquet:
            return MergeJob(file_path)
        return super().create_load_job(table, file_path, load_id, restore)

    def _create_merge_followup_jobs(self, table_chain: Sequence[PreparedTableSchema]) -> list[Any]:  # noqa: ARG002 - likewise
        """Return no further job: the merge is done."""
        return []


class MergingDuckDb(DuckDb):
    """dlt's DuckDB destination with that client."""

    @property
    def client_class(self) -> type[DuckDbClient]:
        """Return the client."""
        return MergeClient

    def capabilities(self, config: Any = None, naming: Any = None) -> DestinationCapabilitiesContext:
        """Return what DuckDB can do.

        dlt asks at every step of a load, and puts the configuration together anew each time, a third of what a small load costs.
        """
        return super().capabilities(config or self._configured, naming)

    @cached_property
    def _configured(self) -> Any:
        return self.configuration(self.spec(), accept_partial=True)
