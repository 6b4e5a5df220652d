"""The table of the framework's meters, and the page that is made of it."""

from pathlib import Path

from pyboot.actuator.meters.definitions import BoundMeters
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.meters.table import BY_NAME, ROWS, page, spec_of
from pyboot.boot import start
from tests.actuator.management_client import application

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/meters.md"


def test_each_name_stands_once() -> None:
    """With a sentence, and tags in small letters."""
    assert len(ROWS) == len(BY_NAME)
    assert [] == [row.spec.name for row in ROWS if not row.spec.description.endswith(".")]
    assert spec_of("netty.server.bytes") is BY_NAME["netty.server.bytes"].spec


async def test_an_application_observes_all_of_them_and_no_others() -> None:
    """What is not in the table is in no reference."""
    async with start(application(), properties={"management.server.port": -1}) as context:
        assert context.get(BoundMeters)
        of_several = {name for name in BY_NAME if name.startswith(("pyboot.worker", "cluster."))}  # of others
        assert sorted({*BY_NAME} - of_several) == [spec.name for spec in context.get(MeterRegistry).specs]


def test_the_page_is_what_the_table_says() -> None:
    """Write it anew: ``uv run python -m pyboot.actuator.meters.table > docs/reference/meters.md``."""
    assert page() == PAGE.read_text(encoding="utf-8")
