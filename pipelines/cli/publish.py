"""`consentry publish`: the marts of the warehouse, once more, and as Parquet where a folder is named."""

from __future__ import annotations

import uuid

from pipelines.cli.console import say
from pipelines.settings import Home, storage
from pipelines.warehouse.export import Exported, export
from pipelines.warehouse.lock import writing
from pipelines.warehouse.publish import publish as publish_marts


def publish(home: Home, to: str | None) -> None:
    """Publish, and write Parquet to a folder: the one that is named, or the one of `CONSENTRY_PUBLISH_TO`.

    Raises:
        SettingsError: the folder's address holds a secret, or is none.
        BuildFailed: there are no marts, or they did not pass their tests.
        ExportFailed: the folder cannot be written to; the file was published.
    """
    address = storage.address("--to", to) if to else home.publish_to
    with writing(home.warehouse, "consentry publish"):
        published = publish_marts(home, str(uuid.uuid4()))
        say(f"{len(published.tables)} marts with {sum(published.tables.values()):,} rows published: {published.file}.")
        if address:
            say_exported(export(home, address))


def say_exported(exported: Exported) -> None:
    """Say what was written, and what readers open."""
    say(f"{exported.files:,} Parquet files, {exported.written:,} of them new: {exported.address}/latest.")
