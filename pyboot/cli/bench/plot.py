"""The figures as a picture: bars in the terminal, or an SVG file."""

from dataclasses import dataclass
from html import escape

from .figures import Measured, Result, Spread
from .table import amount

BLOCKS = " ▏▎▍▌▋▊▉█"
WIDTH, ROW, LEFT, RIGHT, HEAD = 860, 26, 130, 150, 40
OURS, THEIRS, WHISKER = "#2f7d5b", "#9aa7b4", "#33404d"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a name, a figure with its extremes, and the text at its end."""

    name: str
    figure: Spread
    text: str
    is_ours: bool


def bars(result: Result) -> list[Bar]:
    """Return one bar for each peer, the best first: rates, or KiB for each connection where memory was measured."""
    if result.work.is_idle:
        drawn = [_bar(one, Spread.of([size / 1024 for size in one.connection_bytes]), "{} KiB") for one in result.measured]
        return sorted(drawn, key=lambda bar: bar.figure.middle)
    return sorted((_bar(one, one.spread("qps"), "{}/s") for one in result.measured), key=lambda bar: -bar.figure.middle)


def _bar(one: Measured, figure: Spread, text: str) -> Bar:
    return Bar(one.peer.name, figure, text.format(amount(figure.middle)), one.peer.name.startswith("pyboot"))


def text_plot(result: Result, width: int = 40) -> str:
    """Bars of block characters, eight steps to a character."""
    drawn = bars(result)
    longest = max((bar.figure.middle for bar in drawn), default=0) or 1
    return "\n".join(f"  {bar.name:<16} {_blocks(bar.figure.middle / longest * width)} {bar.text}" for bar in drawn)


def _blocks(length: float) -> str:
    whole, eighths = divmod(max(0, round(length * 8)), 8)
    return (BLOCKS[8] * whole + (BLOCKS[eighths] if eighths else "")) or BLOCKS[1]


def svg_plot(results: list[Result], note: str) -> str:
    """Return all works in one picture, each with its own scale; the thin line on a bar runs from the least to the most of the rounds."""
    parts: list[str] = []
    top = 10
    for result in results:
        parts.append(f'<text x="10" y="{top + 22}" class="head">{escape(result.work.name)}: {escape(result.work.title)}</text>')
        parts += _svg_bars(bars(result), top + HEAD)
        top += HEAD + ROW * len(result.measured) + 10
    style = "text{font:13px sans-serif;fill:#1d242b}.head{font-weight:bold}.note{fill:#66727e;font-size:11px}"
    size = f'width="{WIDTH}" height="{top + 24}" viewBox="0 0 {WIDTH} {top + 24}"'
    foot = f'<text x="10" y="{top + 14}" class="note">{escape(note)}</text>'
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{style}</style>", paper, *parts, foot, "</svg>\n"])


def _svg_bars(drawn: list[Bar], top: int) -> list[str]:
    scale = (WIDTH - LEFT - RIGHT) / (max((bar.figure.high for bar in drawn), default=0) or 1)
    parts = []
    for number, bar in enumerate(drawn):
        y = top + number * ROW
        length, low, high = (max(0.0, size) * scale for size in (bar.figure.middle, bar.figure.low, bar.figure.high))
        colour = OURS if bar.is_ours else THEIRS
        parts.append(f'<text x="{LEFT - 10}" y="{y + 14}" text-anchor="end">{escape(bar.name)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{ROW - 8}" fill="{colour}"/>')
        parts.append(f'<path d="M{LEFT + low:.1f} {y + 9}H{LEFT + high:.1f}" stroke="{WHISKER}"/>')
        parts.append(f'<text x="{LEFT + high + 8:.1f}" y="{y + 14}">{escape(bar.text)}</text>')
    return parts
