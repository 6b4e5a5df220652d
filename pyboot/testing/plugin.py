"""The pytest plugin: a mark and two fixtures. pytest imports it in every run, so the framework is imported when a fixture is used."""

from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyboot.boot import ApplicationContext


def pytest_configure(config: pytest.Config) -> None:
    """Announce the mark."""
    config.addinivalue_line("markers", "pyboot(app, properties=None): the application that `application_context` starts, and its settings")


@pytest.fixture
async def application_context(request: pytest.FixtureRequest) -> AsyncIterator["ApplicationContext"]:
    """The application of ``@pytest.mark.pyboot(app=App)``, started on free ports and stopped after the test.

    Needs pytest-asyncio in its mode `auto`.
    """
    from .application import running  # the framework, only where a test asks for it

    mark = request.node.get_closest_marker("pyboot")
    if mark is None:
        raise pytest.UsageError("`application_context` needs to know of which application: add @pytest.mark.pyboot(app=App)")
    async with running(**mark.kwargs) as context:
        yield context


@pytest.fixture
async def server_streams(application_context: "ApplicationContext") -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """A client connected to the only server of the application."""
    from .application import connect  # as above

    async with connect(application_context) as streams:
        yield streams
