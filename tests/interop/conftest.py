"""The suite of socket behaviours runs on both loops."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from pyboot.components.netty import loop_factory


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What is asked of every transport is asked on each loop; other programs here choose their own."""
    if item.path.name in ("test_tcp_suite.py", "test_tls.py"):
        return {"uvloop": loop_factory("uvloop"), "asyncio": loop_factory("asyncio")}
    return {"asyncio": loop_factory("asyncio")}
