"""A report from the published file to the files that somebody sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from dashboard.report.content import Choice, Report, gather
from dashboard.report.lists import copy, lists
from dashboard.report.page import page
from dashboard.report.places import CSV, HTML, XLSX, Place, write
from dashboard.report.sheets import write_workbook
from dashboard.report.source import Source

Writer = Callable[[Path], None]

NO_LISTS: Final = "`consentry report --format xlsx` writes all of them"


def make(published: Path, choice: Choice, where: Place, *, overwrite: bool) -> list[Path]:
    """Write a report and return its files.

    Args:
        published: the published file.
        choice: what was asked for.
        where: the files go.
        overwrite: whether files that are there may go.

    Raises:
        NothingPublished: there is no published file yet.
        SettingsError: what was asked for cannot be had, or files would be overwritten.
        QueryFailed: the published file does not hold what the queries ask for.
    """
    with Source.open(published) as source:
        report = gather(source, choice)
        files = {file: writer for form in where.formats for file, writer in _files(source, report, where, form)}
        write(files, overwrite=overwrite)
    return list(files)


def _files(source: Source, report: Report, where: Place, form: str) -> Iterator[tuple[Path, Writer]]:
    named = partial(where.file, report.as_of, report.choice.tenant_ids)
    if form == HTML:
        yield named(".html"), partial(_write_page, report, _more(where, named(".xlsx").name))
    elif form == XLSX:
        yield named(".xlsx"), partial(_write_workbook, source, report)
    else:
        yield from (
            (named(f"-{each.name}.csv"), partial(copy, source, report.parts, each)) for each in lists(report.choice)
        )


def _more(where: Place, workbook: str) -> str:
    """Return where the rows are that the page has no room for."""
    if XLSX in where.formats:
        return f"see the workbook {workbook}"
    return "see the CSV files beside this page" if CSV in where.formats else NO_LISTS


def _write_page(report: Report, more: str, file: Path) -> None:
    file.write_text(page(report, more), encoding="utf-8")


def _write_workbook(source: Source, report: Report, file: Path) -> None:
    write_workbook(file, source, report)
