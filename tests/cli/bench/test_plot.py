"""Pictures of the figures."""

from xml.etree import ElementTree

from pyboot.cli.bench.figures import Result
from pyboot.cli.bench.plot import svg_plot, text_plot
from pyboot.cli.bench.work import WORKS

from .measured import measured, result

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_in_the_terminal_are_as_long_as_their_rates() -> None:
    """The longest has the whole width; eight steps to a character."""
    expected = "  pyboot           ████████ 200/s\n  netty            ████ 100/s\n  streams          ▏ 1/s"

    assert expected == text_plot(result(measured("netty", 100.0), measured("streams", 1.0), measured("pyboot", 200.0)), width=8)


def test_less_memory_stands_first() -> None:
    """Where memory is measured the shortest bar is the best."""
    ours, theirs = measured("pyboot"), measured("uvloop")
    ours.connection_bytes, theirs.connection_bytes = [4096.0], [1024.0]

    assert ["uvloop", "pyboot"] == [line.split()[0] for line in text_plot(Result(WORKS["idle"], "uvloop", [ours, theirs])).splitlines()]


def test_the_svg_has_a_bar_and_a_whisker_for_each_peer() -> None:
    """Well-formed, in proportion, ours in its own colour, the note at the foot."""
    drawing = ElementTree.fromstring(svg_plot([result(measured("netty", 50.0, 100.0), measured("pyboot", 150.0, 150.0))], "a < b"))

    bars = drawing.findall(f"{SVG}rect")[1:]
    assert ["580.0", "290.0"] == [bar.get("width") for bar in bars]
    assert bars[0].get("fill") != bars[1].get("fill")
    assert 2 == len(drawing.findall(f"{SVG}path"))
    assert "a < b" == drawing.findall(f"{SVG}text")[-1].text


def test_nothing_measured_draws_nothing() -> None:
    """An empty work is no error."""
    assert "" == text_plot(result())
    ElementTree.fromstring(svg_plot([result()], ""))
