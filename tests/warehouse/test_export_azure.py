"""Exports to a storage account: adlfs and Azure's own libraries against a server on loopback.

With `AZURITE_PORT`, where Microsoft's emulator listens, the tests are held against that one (`make azurite`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient, ContainerClient

from pipelines.errors import ExportFailed
from pipelines.settings import Home
from pipelines.warehouse.export import export
from tests.warehouse import blobs
from tests.warehouse.blobs import ACCOUNT, CONTAINER, KEY, Account
from tests.warehouse.exporting import change_day, published

AZURITE = os.environ.get("AZURITE_PORT")
LATEST = [
    "fct_app_day/month=2026-01-01/fct_app_day.parquet",
    "fct_app_day/month=2026-02-01/fct_app_day.parquet",
    "one/one.parquet",
]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Return an account whose credentials are in the environment."""
    with blobs.served() as account:
        account.port = int(AZURITE or account.port)
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", blobs.connection_string(account.port))
        yield account


@pytest.fixture
def container(account: Account) -> Iterator[ContainerClient]:
    """Return the container, for a look from outside."""
    with BlobServiceClient.from_connection_string(blobs.connection_string(account.port)) as client:
        if AZURITE:
            with suppress(ResourceExistsError):
                client.create_container(CONTAINER)
        yield client.get_container_client(CONTAINER)


@pytest.fixture
def address() -> str:
    """Return the address of a folder in the container in which nothing is yet."""
    return f"abfss://{CONTAINER}@{ACCOUNT}.dfs.core.windows.net/{uuid4()}/marts"


def names(container: ContainerClient, address: str) -> list[str]:
    """Return the blobs under an address."""
    above = address.split("/", 3)[3]
    found = [str(name) for name in container.list_blob_names(name_starts_with=above)]
    return [name.removeprefix(f"{above}/") for name in found]


def content(container: ContainerClient, address: str, name: str) -> bytes:
    """Return what a blob holds."""
    return bytes(container.download_blob(f"{address.split('/', 3)[3]}/{name}").readall())


def test_a_storage_account_gets_the_same_files(home: Home, container: ContainerClient, address: str) -> None:
    """Marts, months and pointer are in the container, under names that stay and under those of this export."""
    exported = export(published(home), address)
    found = names(container, address)
    assert (exported.address, exported.files, exported.written) == (address, 3, 3)
    assert (
        sorted(
            name.removeprefix("latest/") for name in found if name.startswith("latest/") and name.endswith(".parquet")
        )
        == LATEST
    )
    assert sum(name.startswith("files/") for name in found) == 3
    assert b"run-1" in content(container, address, "latest.json")
    assert content(container, address, "latest/one/one.parquet")[:4] == b"PAR1"


def test_only_what_changed_is_uploaded(home: Home, container: ContainerClient, address: str) -> None:
    """Of two months one changes: its file is another one, and the blob of the other month stays the same."""
    export(published(home), address)
    before = {name: content(container, address, name) for name in names(container, address)}
    change_day(home, "2026-02-03")
    assert export(home, address, timedelta(0)).written == 1
    after = {name: content(container, address, name) for name in names(container, address)}
    assert {name for name in LATEST if before[f"latest/{name}"] != after[f"latest/{name}"]} == {LATEST[1]}
    assert len(before.keys() - after.keys()) == len(after.keys() - before.keys()) == 1


def test_a_container_that_is_not_there_is_named(home: Home, account: Account) -> None:
    """The sentence names the address and the role that is needed, not the key, and the published file stays."""
    before = published(home).published.read_bytes()
    address = f"abfss://nowhere@{ACCOUNT}.dfs.core.windows.net/marts"
    with pytest.raises(ExportFailed, match="Storage Blob Data Contributor") as failed:
        export(home, address)
    assert address in str(failed.value)
    assert KEY not in str(failed.value)
    assert home.published.read_bytes() == before


@pytest.mark.skipif(AZURITE is not None, reason="nothing makes Azurite fail in the middle")
@pytest.mark.parametrize("refused", ["/files/one/", r"/latest\.json", "/latest/one/"])
def test_an_export_that_breaks_off_leaves_a_whole_state(
    home: Home, account: Account, container: ContainerClient, address: str, refused: str
) -> None:
    """Wherever an export breaks off, latest.json names files that are there, of one publish; the next export goes through."""
    export(published(home), address)
    first = content(container, address, "latest.json")
    account.refuses = refused
    change_day(home, "2026-02-03")
    published(home, 2)
    with pytest.raises(ExportFailed):
        export(home, address)
    told = content(container, address, "latest.json")
    assert (told == first) == (refused != "/latest/one/")
    account.refuses = None
    export(home, address, timedelta(0))
    found = names(container, address)
    assert b"run-2" in content(container, address, "latest.json")
    assert sum(name.startswith("files/") for name in found) <= 4
    assert (
        sorted(
            name.removeprefix("latest/") for name in found if name.startswith("latest/") and name.endswith(".parquet")
        )
        == LATEST
    )
