"""The pytest plugin: a mark and its fixtures. pytest imports it in every run, so the framework is imported when a fixture is used.

::

    @pytest.mark.pyboot(app=App, properties={"mail.on": False}, profiles=["test"], beans={Mailer: FakeMailer()})
    async def test_it(application_context, local_port, server_streams): ...

    @pytest.mark.pyboot(app=App, handlers=[GreetHandler])
    def test_it_in_memory(handler_channel): ...

Marks add up from the module to the class to the function, the nearer one winning.
"""

from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pyboot.boot import ApplicationContext
    from pyboot.components.netty import EmbeddedChannel

_STARTED = ("app", "properties", "profiles", "beans")
_SLICED = (*_STARTED, "handlers", "server")


def pytest_configure(config: pytest.Config) -> None:
    """Announce the mark."""
    said = "the application of the fixtures application_context, local_port, server_streams and handler_channel"
    config.addinivalue_line("markers", f"pyboot({', '.join(f'{name}=' for name in _SLICED)}): {said}")


def _async_fixture(function: Callable[..., Any]) -> Any:  # Any: what a fixture is depends on who makes it
    """Make a fixture that pytest-asyncio runs in its strict mode as well, or whichever plugin runs what is asynchronous."""
    try:
        from pytest_asyncio import fixture  # not everybody has it; where it is there, pytest has imported it by now
    except ImportError:
        return pytest.fixture(function)
    return fixture(function)


@_async_fixture
async def application_context(request: pytest.FixtureRequest) -> AsyncIterator["ApplicationContext"]:
    """The application of ``@pytest.mark.pyboot(app=App)``, started on free ports and stopped after the test."""
    from .application import running  # the framework, only where a test asks for it

    async with running(**_marked(request, _STARTED)) as context:
        yield context


@pytest.fixture
def local_port(application_context: "ApplicationContext") -> int:
    """The port that the only server of the application listens on."""
    from pyboot.netty import NettyServers  # as above

    return application_context.get(NettyServers).address()[1]


@_async_fixture
async def server_streams(application_context: "ApplicationContext") -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """A client connected to the only server of the application."""
    from .application import connect  # as above

    async with connect(application_context) as streams:
        yield streams


@_async_fixture
async def handler_channel(request: pytest.FixtureRequest) -> AsyncIterator["EmbeddedChannel"]:
    """A pipeline in memory: the ``handlers=`` of the mark, else all of its ``server=``; only the beans that they need are made."""
    from .slices import sliced  # as above

    async with sliced(**_marked(request, _SLICED)) as channel:
        yield channel


def _marked(request: pytest.FixtureRequest, taken: tuple[str, ...]) -> dict[str, Any]:
    """What the marks of a test say, those that stand nearer laid over the others; mappings are joined."""
    said: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("pyboot"))):
        if mark.args:  # pytest itself takes a class that stands alone for what is marked
            raise pytest.UsageError(f"@pytest.mark.pyboot takes everything by name, app={mark.args[0]!r} as well")
        for name, value in mark.kwargs.items():
            if name not in _SLICED:
                raise pytest.UsageError(f"@pytest.mark.pyboot takes {', '.join(_SLICED)}; given was {name}")
            joined = isinstance(value, Mapping) and name in said
            said[name] = {**said[name], **value} if joined else value
    if "app" not in said:
        raise pytest.UsageError(f"`{request.fixturename}` needs to know of which application: add @pytest.mark.pyboot(app=App)")
    return {name: value for name, value in said.items() if name in taken}
