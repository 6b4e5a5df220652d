"""Which loops the test kit is tested on."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from pyboot.components.netty import loop_factory

ON_BOTH_LOOPS = ("test_fault_proxy.py", "test_datagram_fault_proxy.py", "test_leaks.py", "test_glance.py")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What touches sockets, or looks into a loop, runs on both; the rest on asyncio's alone."""
    names = ("uvloop", "asyncio") if item.path.name in ON_BOTH_LOOPS else ("asyncio",)
    return {name: loop_factory(name) for name in names}
