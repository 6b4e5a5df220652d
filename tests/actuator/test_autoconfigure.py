"""When the management room is there, and what it costs where it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.actuator import ManagementServer
from pyboot.actuator.autoconfigure import ActuatorRegistrar, AdminRegistrar
from pyboot.boot import start
from tests.actuator.management_client import application, managed

ROOT = Path(__file__).resolve().parents[2]


async def test_it_is_up_with_the_application() -> None:
    """And answers that all is well."""
    async with managed(exposing="health") as (client, _):
        assert "UP" == (await client.get("/health")).json()["status"]


@pytest.mark.parametrize("properties", [{"management.server.port": -1}, {"management.server": "false"}])
async def test_it_can_be_switched_off(properties: dict[str, object]) -> None:
    """Then there is no server, and no bean."""
    async with start(application(), properties=properties) as context:
        assert context.find(ManagementServer) is None


def test_editors_know_the_settings() -> None:
    """Those of the room."""
    assert ["management.server", "management.endpoints", "management.httpexchanges"] == [
        prefix for prefix, _ in ActuatorRegistrar().settings()
    ]
    assert ["management.admin.client"] == [prefix for prefix, _ in AdminRegistrar().settings()]


@pytest.mark.slow
def test_an_application_without_the_starter_imports_nothing_of_it() -> None:
    """Not a single module."""
    program = (
        "import asyncio, sys\n"
        "from pyboot.boot import PyBootApplication, start\n"
        "@PyBootApplication(scan=())\n"
        "class App: ...\n"
        "async def main():\n"
        "    async with start(App): pass\n"
        "asyncio.run(main())\n"
        "print([name for name in sorted(sys.modules) if 'actuator' in name])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "[]" == ran.stdout.splitlines()[-1]
