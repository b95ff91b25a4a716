"""What a value looks like in a cell. A cell that begins like a formula must not become one, wherever it is opened."""

from __future__ import annotations

import math
import re
from typing import Any, Final

BLANKS: Final = "\x01-\x20\x7f\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff"
"""What a spreadsheet may overlook in front of a formula: blanks, controls, and marks that have no width."""

SIGNS: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""What a formula begins with; some spreadsheets read the wide forms, too."""

FORMULA: Final = f"^(?:[\\t\\r\\n]|[{BLANKS}]*[{SIGNS}])"
"""A text that a spreadsheet might take for a formula, to Python's and to DuckDB's regular expressions."""


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet might take the text for a formula."""
    return re.match(FORMULA, text) is not None


def plain(value: Any) -> Any:
    """Return a value of a mart as a number, a truth, an instant, a day or text; None where it is not known."""
    if isinstance(value, list):
        return "; ".join(str(each) for each in value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def csv_column(name: str, kind: str) -> str:
    """Return the expression of a column of a CSV file; text like a formula gets an apostrophe, which keeps it text.

    Args:
        name: of the column.
        kind: its type, as DuckDB writes it.
    """
    column = f'"{name}"'
    if kind.startswith("TIMESTAMP"):
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ') as {column}"
    if kind not in {"VARCHAR", "VARCHAR[]"}:
        return column
    text = column if kind == "VARCHAR" else f"array_to_string({column}, '; ')"
    return f"case when regexp_matches({text}, '{FORMULA}') then '''' || {text} else {text} end as {column}"
