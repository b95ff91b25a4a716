"""Numbers in the words that a person would use."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return a time in the unit that a person would use."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
