"""The colours, light and dark. Every meaning also has a word and a shape: colour is never the only sign.

Blue, orange and vermilion are those of Okabe and Ito, who chose them so that people with any kind of colour blindness tell
them apart; they are darkened or lightened until text in them can be read (`tests/dashboard/test_colours.py` computes that).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "page": "#f6f7f8",
    "card": "#ffffff",
    "raised": "#eef1f4",
    "line": "#d9dee3",
    "edge": "#7b8794",
    "ink": "#1b232c",
    "soft": "#55606c",
    "link": "#00558f",
    "used": "#0064a3",
    "unused": "#9a5b00",
    "unknown": "#5b6570",
    "hatch": "#aab3bd",
    "critical": "#a12c00",
    "on-critical": "#ffffff",
    "high": "#fbe1d5",
    "on-high": "#8a2600",
    "medium": "#fdf0d3",
    "on-medium": "#6b4700",
    "low": "#e9edf1",
    "on-low": "#45505b",
    "heat-1": "#e3eff8",
    "heat-2": "#c0dbee",
    "heat-3": "#8fbfe0",
    "heat-4": "#1a70ad",
    "heat-5": "#003f6e",
    "on-heat": "#12202c",
    "on-deep": "#ffffff",
    "warning": "#fff4dc",
    "on-warning": "#5f4100",
}
DARK: Final[Mapping[str, str]] = {
    "page": "#12161b",
    "card": "#1a2027",
    "raised": "#232b34",
    "line": "#313b46",
    "edge": "#78848f",
    "ink": "#e6eaee",
    "soft": "#a3afba",
    "link": "#7cc0f5",
    "used": "#6ab8f2",
    "unused": "#f0b04d",
    "unknown": "#aab5bf",
    "hatch": "#4d5965",
    "critical": "#ff8a5c",
    "on-critical": "#2a0d00",
    "high": "#53291a",
    "on-high": "#ffc2a8",
    "medium": "#463613",
    "on-medium": "#ffdc96",
    "low": "#2b343d",
    "on-low": "#bcc6cf",
    "heat-1": "#1d3040",
    "heat-2": "#1f4560",
    "heat-3": "#235f88",
    "heat-4": "#64b2ea",
    "heat-5": "#b5dcfa",
    "on-heat": "#e6eef5",
    "on-deep": "#0c1a26",
    "warning": "#3d3113",
    "on-warning": "#ffdf9c",
}

TEXT: Final = (
    *(
        (ink, ground)
        for ink in ("ink", "soft", "link", "used", "unused", "unknown")
        for ground in ("page", "card", "raised")
    ),
    *((f"on-{band}", band) for band in ("critical", "high", "medium", "low", "warning")),
    *(("on-heat", f"heat-{step}") for step in (1, 2, 3)),
    *(("on-deep", f"heat-{step}") for step in (4, 5)),
)
"""Text and what it stands on: the contrast must be 4.5 at least (WCAG 2, AA)."""

MARKS: Final = tuple((mark, ground) for mark in ("used", "unused", "edge", "critical") for ground in ("page", "card"))
"""Bars, dots and edges of what can be typed in, and what they stand on: 3 at least."""


def contrast(one: str, other: str) -> float:
    """Return how much two colours differ in lightness, from 1 (not at all) to 21, as WCAG 2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's


def stylesheet() -> str:
    """Return the colours as CSS: those of the system's theme, or of the one that was chosen."""
    light, dark = _declared(LIGHT, "light"), _declared(DARK, "dark")
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f':root[data-theme="light"] {{ {light} }}\n'
        f':root[data-theme="dark"] {{ {dark} }}\n'
    )


def _declared(colours: Mapping[str, str], scheme: str) -> str:
    return f"color-scheme: {scheme}; " + " ".join(f"--{name}: {value};" for name, value in colours.items())
