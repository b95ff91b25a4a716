"""Colours can be read by everybody, in the light and in the dark."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from dashboard import colours
from dashboard.site import HERE

STYLE = (HERE / "static" / "style.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", [colours.LIGHT, colours.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), colours.TEXT)
def test_text_can_be_read(theme: Mapping[str, str], text: str, ground: str) -> None:
    """WCAG 2 asks for a contrast of 4.5 to 1 at level AA."""
    assert colours.contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [colours.LIGHT, colours.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), colours.MARKS)
def test_marks_can_be_seen(theme: Mapping[str, str], mark: str, ground: str) -> None:
    """Graphics and the edges of fields need 3 to 1."""
    assert colours.contrast(theme[mark], theme[ground]) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21, the grey #767676 on white just passes, and a colour on itself is 1."""
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert colours.contrast("#0064a3", "#0064a3") == 1


def test_every_colour_of_the_pages_is_one_of_these() -> None:
    """The stylesheet names colours and writes none itself, and both themes have each."""
    named = set(re.findall(r"var\(--([\w-]+)\)", STYLE))
    assert named == colours.LIGHT.keys() == colours.DARK.keys()
    assert not re.findall(r"#[0-9a-f]{3,8}\b", STYLE)
