"""The colours of the page: text is read by those who see less well, in both themes (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re

import pytest

from pyboot.actuator.page.assets import assets

CSS = assets()["page.css"].content.decode()
COLOURS = {name: pair for name, *pair in re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", CSS)}
GROUNDS = ("ground", "surface", "raised")


def luminance(colour: str) -> float:
    """The relative luminance of a colour, as WCAG defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_ratio_is_that_of_the_standard() -> None:
    """Black on white is 21, and the grey that is just enough 4.54."""
    assert (21.0, 4.54) == (round(contrast("#000000", "#ffffff"), 2), round(contrast("#767676", "#ffffff"), 2))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", ["text", "muted", "accent", "good", "warn", "bad"])
def test_text_stands_out(text: str, ground: str, theme: int) -> None:
    """By 4.5 to 1 on whatever it stands."""
    assert contrast(COLOURS[text][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["ground", "surface"])
def test_edges_of_controls_stand_out(ground: str, theme: int) -> None:
    """By 3 to 1."""
    assert contrast(COLOURS["edge"][theme], COLOURS[ground][theme]) >= 3.0
