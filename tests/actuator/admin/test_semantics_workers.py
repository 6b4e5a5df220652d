"""Several workers are one instance: registered by one of them, there through a roll and a crash, and gone at the end of all."""

import asyncio
import os
import re
import signal
from pathlib import Path

import pytest

from tests.actuator.admin.admin_server import admin_server
from tests.supervisor.running import APPLICATION, Running

pytestmark = pytest.mark.slow

PROGRAM = APPLICATION.replace(
    "@PyBootApplication\n",
    "from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration\nfrom pyboot.boot import Import\n\n"
    "@PyBootApplication\n@Import(ActuatorAutoConfiguration)\n",
)


def first_worker(running: Running) -> int:
    """The process of slot 0, the latest."""
    ready = [found for line in running.lines if (found := re.search(r"worker 0: ready .*process (\d+)", line))]
    return int(ready[-1][1])


async def test_workers_are_one_instance_until_the_end_of_all(tmp_path: Path) -> None:
    """Neither the roll nor the death of the worker that tells it has it forgotten."""
    async with admin_server() as admin:
        options = (f"--management.admin.client.url={admin.url}", "--management.server.port=0", "--pyboot.workers.settle=100ms")
        with Running(tmp_path, "--workers=2", *options, program=PROGRAM) as running:
            await asyncio.to_thread(running.ready, 2)
            await admin.until(1)
            (instance,) = admin.instances.values()
            running.signal(signal.SIGHUP)
            await asyncio.to_thread(running.wait, "rolled to generation 2")
            assert [] == admin.gone

            told = len(admin.seen)
            os.kill(first_worker(running), signal.SIGKILL)
            await admin.until(told + 1)
            assert [] == admin.gone

            running.signal(signal.SIGTERM)
            await asyncio.to_thread(running.end)

    assert [instance.id] == admin.gone
    assert {} == admin.instances
