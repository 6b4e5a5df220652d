"""Soaks: what holds for hours, in minutes of `pytest -m soak`. An ordinary run does a little of each, and says what it has left out.

Each is one test with two sizes: the small one is a test like any other; the large one has the mark `soak`. `PYBOOT_SOAK=0.1` makes
the large ones a tenth as large.
"""

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

left_out: list[pytest.Item] = []

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
SCALE = float(os.environ.get("PYBOOT_SOAK", "1"))


def sizes(small: int, large: int) -> pytest.MarkDecorator:
    """Both sizes of a soak, as its parameter `size`."""
    large = max(small, int(large * SCALE))
    return pytest.mark.parametrize("size", [pytest.param(small, id="small"), pytest.param(large, id="large", marks=pytest.mark.soak)])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the large ones out unless `-m` names them."""
    large = [item for item in items if item.get_closest_marker("soak")]
    if large and "soak" not in str(config.option.markexpr):
        left_out.extend(large)
        config.hook.pytest_deselected(items=large)
        items[:] = [item for item in items if item not in large]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say that something was left out, and how to run it."""
    if left_out:
        terminalreporter.write_line(f"{len(left_out)} soaks were not run; `pytest -m soak -s tests/soak` runs them, in eight minutes")


def resident_bytes(pid: int | None = None) -> int:
    """The memory that a process holds, this one by default."""
    return int(Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()[1]) * PAGE_BYTES


class Flatness:
    """Samples of memory and of the number of objects, taken as the work goes on; what counts is the second half of them."""

    def __init__(self) -> None:
        """Begin with no sample."""
        self.samples: list[tuple[int, int]] = []

    def sample(self) -> None:
        """Take one."""
        gc.collect()
        self.samples.append((resident_bytes(), len(gc.get_objects())))

    def check(self, tell: Callable[[str], None], what: str, bytes_allowed: int = 2 * 1024 * 1024, objects_allowed: int = 500) -> None:
        """Neither grows from the middle to the end."""
        middle, end = self.samples[len(self.samples) // 2], self.samples[-1]
        grown, more = end[0] - middle[0], end[1] - middle[1]
        tell(f"{what}: {end[0] >> 20} MiB and {end[1]} objects at the end, {grown >> 10:+} KiB and {more:+} objects in the second half")
        assert grown <= bytes_allowed, [rss for rss, _ in self.samples]
        assert more <= objects_allowed, [count for _, count in self.samples]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print what was measured, whatever pytest captures, when a large one runs."""

    def say(what: str) -> None:
        if request.node.get_closest_marker("soak"):
            with capsys.disabled():
                print(f"\n{what}", flush=True)

    return say
