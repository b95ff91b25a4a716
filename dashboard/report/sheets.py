"""Lists as the sheets of a workbook, written row by row, so that long ones need no memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboard.report import sentences
from dashboard.report.cells import is_formula, plain
from dashboard.report.content import Report
from dashboard.report.lists import lists, read
from dashboard.report.source import Source, Stream

MOST_ROWS: Final = 100_000
"""Of a sheet. Excel has room for 1,048,576; a workbook of that size is none that somebody mails, or opens in a minute."""

EXCEL_CHARACTERS: Final = 32_767
"""Of a cell."""

WIDE: Final = frozenset(
    {"evidence", "why", "what_to_do", "what", "removal_effect", "answer", "what_is_missing", "feeds"}
)
WIDTHS: Final = {True: 50, False: 18}


def write_workbook(file: Path, source: Source, report: Report, most: int = MOST_ROWS) -> None:
    """Write all lists as a workbook; its first sheet says what they are, and what is not known.

    Args:
        file: is written.
        source: the published file.
        report: what the lists belong to.
        most: rows that a sheet has room for.
    """
    options = {
        "constant_memory": True,
        "tmpdir": str(file.parent),  # what is written aside holds people, too
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(str(file), options) as workbook:
        workbook.set_properties({"title": f"Apps in Entra ID, {report.as_of:%Y-%m-%d}", "author": "Consentry"})
        about = workbook.add_worksheet("about")
        pen = Pen(workbook)
        written = [
            (
                each.name,
                each.query.title,
                each.query.meaning,
                pen.sheet(each.name, read(source, report.parts, each), most),
            )
            for each in lists(report.choice)
        ]
        pen.page(about, _about(report, written))


def _about(report: Report, written: Sequence[tuple[str, str, str, int]]) -> Iterable[tuple[Any, ...]]:
    yield ("Apps in Microsoft Entra ID: who uses them, what they may do, and where the risk is",)
    for part in report.parts:
        yield ("Tenant", part.name, part.tenant_id)
    for part in report.parts:
        yield ("Data as of (UTC)", part.window_to, part.name)
    yield ("Published (UTC)", report.published_at)
    yield ("Published by run", report.run_id)
    yield ("Report made (UTC)", report.made_at)
    yield ("An empty cell says that something is not known or not there; it never stands for zero.",)
    for part in report.parts:
        yield ("What is not known", part.name)
        for limit in sentences.limits(part):
            yield ("", limit.what, limit.means)
    yield ("Sheet", "It lists", "Meaning", "Rows")
    yield from written


class Pen:
    """Writes rows into the sheets of a workbook, each value as what it is.

    Args:
        workbook: that is open.
    """

    def __init__(self, workbook: Workbook):
        self._workbook = workbook
        self._heading: Format = workbook.add_format({"bold": True, "bottom": 1})
        self._moment: Format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._day: Format = workbook.add_format({"num_format": "yyyy-mm-dd"})
        # A text that looks like a formula stays one also where somebody edits the cell, or saves the sheet as CSV.
        self._quoted: Format = workbook.add_format({"quote_prefix": True})

    def sheet(self, name: str, stream: Stream, most: int) -> int:
        """Write a list into a new sheet. Return how many rows the list has, written or not.

        Args:
            name: of the sheet.
            stream: the list.
            most: rows that the sheet has room for; where the list has more, its last line says so.
        """
        sheet = self._workbook.add_worksheet(name)
        for column, heading in enumerate(stream.columns):
            sheet.set_column(column, column, WIDTHS[heading in WIDE])
            sheet.write_string(0, column, heading, self._heading)
        sheet.freeze_panes(1, 0)
        rows = 0
        for rows, row in enumerate(stream.rows, start=1):
            if rows < most - 1:
                self._row(sheet, rows, row)
        if rows >= most - 1:
            sheet.write_string(most - 1, 0, self._rest(rows - (most - 2), most))
        sheet.autofilter(0, 0, min(rows, most - 2), len(stream.columns) - 1)
        return rows

    def page(self, sheet: Worksheet, rows: Iterable[tuple[Any, ...]]) -> None:
        """Write lines into a sheet that is no list."""
        sheet.set_column(0, 3, WIDTHS[True])
        for number, row in enumerate(rows):
            self._row(sheet, number, row)

    @staticmethod
    def _rest(rows: int, most: int) -> str:
        return f"And {rows:,} more: a sheet has room for {most:,} rows here. `consentry report --format csv` writes all of them."

    def _row(self, sheet: Worksheet, number: int, row: Iterable[Any]) -> None:
        for column, value in enumerate(map(plain, row)):
            if value is not None:
                self._cell(sheet, number, column, value)

    def _cell(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        match value:
            case str():
                text = value if len(value) <= EXCEL_CHARACTERS else f"{value[: EXCEL_CHARACTERS - 1]}…"
                sheet.write_string(row, column, text, self._quoted if is_formula(text) else None)
            case bool():
                sheet.write_boolean(row, column, value)
            case datetime():
                sheet.write_datetime(row, column, value, self._moment)
            case date():
                sheet.write_datetime(row, column, value, self._day)
            case _:
                sheet.write_number(row, column, value)
