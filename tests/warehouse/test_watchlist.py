"""The user's own list of abused apps: which files are read, which are refused, and in which words."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from pipelines import settings
from pipelines.errors import SettingsError
from pipelines.warehouse import watchlist
from pipelines.warehouse.watchlist import Listed

APP = "e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd"
OTHER = "ff8d92dc-3d82-41d6-bcbd-b9174d163620"
HEAD = "app_id,label,reference_url,source\n"


def written(folder: Path, text: str, name: str = "list.csv") -> Path:
    """Return a file with a text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_published_list_is_read_as_it_is(tmp_path: Path) -> None:
    """Of the references the first that is a page tells of the abuse; the vendor's own host does not. Unknown keys are ignored."""
    references = ["https://www.vendor.example/", "https://blog.example/abuse-of-it", "https://blog.example/more"]
    entry = {
        "appId": APP.upper(),
        "appDisplayName": "eM Client",
        "references": references,
        "tags": ["BEC"],
        "dateAdded": "2024-08-05",
    }
    file = written(tmp_path, json.dumps([entry, {"appId": OTHER, "appDisplayName": None}]), "rogue.json")
    assert watchlist.read(file) == [
        Listed(APP, "eM Client", "https://blog.example/abuse-of-it", "rogue.json"),
        Listed(OTHER, OTHER, None, "rogue.json"),
    ]


def test_a_table_is_read_whatever_wrote_it(tmp_path: Path) -> None:
    """A byte order mark, quotes, blanks, duplicates and columns in another order are fine; two columns suffice."""
    full = f'\ufeff{HEAD} {APP.upper()} ,"Client, the",https://a.example/x,ours\n{APP},Client,,\n'
    assert watchlist.read(written(tmp_path, full)) == [
        Listed(APP, "Client, the", "https://a.example/x", "ours"),
        Listed(APP, "Client", None, "list.csv"),
    ]
    assert watchlist.read(written(tmp_path, f"label,app_id\nClient,{APP}\n")) == [
        Listed(APP, "Client", None, "list.csv")
    ]


@pytest.mark.parametrize("text", ["[]", HEAD])
def test_an_empty_list_is_a_list_of_nothing(tmp_path: Path, text: str) -> None:
    """Whoever wants no list may have none."""
    assert watchlist.read(written(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEAD}{APP},A,,\nnonsense,B,,\n", "line 3 has the app id 'nonsense', which is no GUID"),
        (f"{HEAD}{APP},A,javascript:alert(1),\n", "line 2 has the reference 'javascript:alert(1)', which is no web"),
        (f"{HEAD}{APP},A,,,more\n", "line 2 has more than the 4 values"),
        (f"id,name\n{APP},A\n", "its first line lacks app_id and label"),
        ("", "its first line lacks app_id and label"),
        ('[{"appId": "1"}]', "entry 1 has the app id '1', which is no GUID"),
        (f'[{{"appId": "{APP}"}}, {{}}]', "entry 2 has the app id '', which is no GUID"),
        (f'[{{"appId": "{APP}"}}, 7]', "entry 2 is no object"),
        ('[{"appId": 7}]', "entry 1 has no text as its app id"),
        (f'[{{"appId": "{APP}", "references": "https://a.example"}}]', "entry 1 has references that are no list"),
        (f'[{{"appId": "{APP}", "references": [7]}}]', "entry 1 has no text as its reference"),
        ('{"apps": []}', "it holds no list"),
        ('[\n{"appId": }]', "line 2 is not JSON"),
    ],
)
def test_what_is_wrong_is_named_with_its_row(tmp_path: Path, text: str, words: str) -> None:
    """The sentence names the setting, the file and the row."""
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        watchlist.read(file)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"CONSENTRY_WATCHLIST names {file}, and ")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A spreadsheet's own format is not guessed at."""
    file = tmp_path / "list.csv"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        watchlist.read(file)


def rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[str | None, ...]]:
    """Return the list in the warehouse."""
    return connection.execute("select * from raw.app_watchlist").fetchall()


def test_the_list_comes_goes_and_survives_a_bad_file(tmp_path: Path) -> None:
    """Each build replaces it, a file that is refused leaves it, and without the setting it is gone."""
    good = written(tmp_path, f"{HEAD}{APP},A,,ours\n{APP},A,,ours\n")
    bad = written(tmp_path, f"{HEAD}nonsense,B,,\n", "bad.csv")
    with duckdb.connect() as connection:
        watchlist.load(connection, good)
        watchlist.load(connection, good)
        assert rows(connection) == [(APP, "A", None, "ours")] * 2
        with pytest.raises(SettingsError):
            watchlist.load(connection, bad)
        assert len(rows(connection)) == 2
        watchlist.load(connection, written(tmp_path, "[]"))
        assert rows(connection) == []
        watchlist.load(connection, None)
        with pytest.raises(duckdb.CatalogException):
            rows(connection)
        watchlist.load(connection, None)


def test_the_setting_names_a_file_that_is_there(tmp_path: Path) -> None:
    """A list that is not there is told before anything is read."""
    file = written(tmp_path, "[]")
    assert settings.home({"CONSENTRY_WATCHLIST": str(file)}).watchlist == file
    assert settings.home({}).watchlist is None
    with pytest.raises(SettingsError, match="no such file"):
        settings.home({"CONSENTRY_WATCHLIST": str(tmp_path / "absent.json")})
