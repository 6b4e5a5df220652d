"""Which beans there are."""

import subprocess
import sys

import pytest

from pyboot.actuator.tracing import definitions
from pyboot.actuator.tracing.definitions import TracingExtraError
from pyboot.boot import start
from tests.actuator.management_client import application

OFF = """
import asyncio, sys
from pyboot.boot import start
from tests.actuator.management_client import application
async def main():
    async with start(application(), properties={"management.server.port": -1}):
        print(sorted(name for name in sys.modules if name.startswith(("opentelemetry", "pyboot.actuator.tracing"))))
asyncio.run(main())
"""


async def test_on_without_the_library_the_start_fails_and_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is made."""
    monkeypatch.setattr(definitions, "find_spec", lambda name: None)
    with pytest.raises(TracingExtraError) as failed:
        async with start(application(), properties={"management.server.port": -1, "management.tracing.enabled": True}):
            """It does not start."""
    assert "management.tracing.enabled" in str(failed.value)
    assert "pip install pyboot-framework[opentelemetry]" in failed.value.action


def test_off_nothing_of_it_is_imported() -> None:
    """Nor of the library, though that is installed."""
    ended = subprocess.run([sys.executable, "-c", OFF], capture_output=True, text=True, timeout=60, check=True)
    assert "[]" == ended.stdout.strip()
