"""The pytest plugin: a mark and its fixtures; pytest imports it in every run, so the framework is imported when a fixture is used.

::

    @pytest.mark.pyboot(app=App, properties={"mail.on": False}, profiles=["test"], beans={Mailer: FakeMailer()})
    async def test_it(application_context, local_port, server_streams): ...

    @pytest.mark.pyboot(app=App, handlers=[GreetHandler])
    def test_it_in_memory(handler_channel): ...

Marks add up from the module to the class to the function, the nearer one winning.
"""

import asyncio
import inspect
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from pyboot.boot import ApplicationContext
    from pyboot.components.netty import EmbeddedChannel

    from .datagram_fault_proxy import DatagramFaultProxy
    from .fault_proxy import FaultProxy

_LOOP_SCOPES: tuple[Literal["function", "class", "module", "package", "session"], ...] = (
    "function",
    "class",
    "module",
    "package",
    "session",
)
_ANYIO = "test of anyio"
_STARTED = ("app", "properties", "profiles", "beans")
_SLICED = (*_STARTED, "handlers", "server")


def pytest_configure(config: pytest.Config) -> None:
    """Announce the mark."""
    said = "the application of the fixtures application_context, local_port, server_streams and handler_channel"
    config.addinivalue_line("markers", f"pyboot({', '.join(f'{name}=' for name in _SLICED)}): {said}")


def _async_fixture(function: Callable[..., Any]) -> Any:  # Any: what a fixture is depends on who makes it
    """Make a fixture that pytest-asyncio runs, in its strict mode as well, on the loop that the test runs on.

    A fixture of pytest-asyncio is bound to one loop scope when it is defined. So there is one for each, and the fixture that
    a test names takes that of the test's. Where another plugin runs what is asynchronous, anyio's for a test with its mark, the
    fixture is a plain one.
    """
    try:
        from pytest_asyncio import fixture  # not everybody has it; where it is there, pytest has imported it by now
    except ImportError:
        return pytest.fixture(function)
    globals()[_scoped(function.__name__, _ANYIO)] = pytest.fixture(_copied(function), name=_scoped(function.__name__, _ANYIO))
    for scope in _LOOP_SCOPES:
        name = _scoped(function.__name__, scope)
        globals()[name] = fixture(_copied(function), loop_scope=scope, name=name)

    @pytest.fixture(name=function.__name__)
    def chosen(request: pytest.FixtureRequest) -> Any:  # Any: as above
        return request.getfixturevalue(_scoped(function.__name__, _loop_scope(request)))

    chosen.__doc__ = function.__doc__
    return chosen


def _scoped(name: str, scope: str) -> str:
    return f"_{name}_on_the_loop_of_the_{scope}".replace(" ", "_")


def _copied(function: Any) -> Any:
    """Return *function* once more: pytest-asyncio notes the loop scope on the function itself."""
    copied = FunctionType(function.__code__, function.__globals__, function.__name__)
    copied.__doc__, copied.__annotations__ = function.__doc__, function.__annotations__
    return copied


def _loop_scope(request: pytest.FixtureRequest) -> str:
    """Return the scope of the loop that a test runs on, as pytest-asyncio works it out; of a plain test, that of its fixtures' loop."""
    if not request.config.pluginmanager.hasplugin("asyncio"):
        return _ANYIO
    mode = request.config.getoption("asyncio_mode") or request.config.getini("asyncio_mode")
    if "anyio_backend" in request.fixturenames and mode != "auto":  # in which pytest-asyncio takes every fixture for itself, and every test
        return _ANYIO
    mark = request.node.get_closest_marker("asyncio")
    said = mark.kwargs.get("loop_scope") if mark is not None else None
    is_async = inspect.iscoroutinefunction(getattr(request, "function", None))
    scope = said or request.config.getini(f"asyncio_default_{'test' if is_async else 'fixture'}_loop_scope")
    return scope if scope in _LOOP_SCOPES else "function"


@_async_fixture
async def application_context(request: pytest.FixtureRequest) -> AsyncIterator["ApplicationContext"]:
    """Give the context of ``@pytest.mark.pyboot(app=App)``, started on free ports and stopped after the test."""
    from .application import running  # the framework, only where a test asks for it

    async with running(**_marked(request, _STARTED)) as context:
        yield context


@pytest.fixture
def local_port(application_context: "ApplicationContext") -> int:
    """Give the port that the only server of the application listens on."""
    from pyboot.netty import NettyServers  # as above

    return application_context.get(NettyServers).address()[1]


@_async_fixture
async def server_streams(application_context: "ApplicationContext") -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """Give a client that is connected to the only server of the application."""
    from .application import connect  # as above

    async with connect(application_context) as streams:
        yield streams


@_async_fixture
async def fault_proxy(local_port: int) -> AsyncIterator["FaultProxy"]:
    """Give a proxy in front of the only server of the application, without faults as yet: set `to_server` and `to_client`."""
    from .fault_proxy import FaultProxy  # as above

    async with FaultProxy("127.0.0.1", local_port) as proxy:
        print(f"fault_proxy draws from seed={proxy.seed}")  # which pytest shows for a test that fails
        yield proxy


@_async_fixture
async def datagram_fault_proxy(local_port: int) -> AsyncIterator["DatagramFaultProxy"]:
    """Give the same in front of a server of datagrams."""
    from .datagram_fault_proxy import DatagramFaultProxy  # as above

    async with DatagramFaultProxy("127.0.0.1", local_port) as proxy:
        print(f"datagram_fault_proxy draws from seed={proxy.seed}")
        yield proxy


@_async_fixture
async def handler_channel(request: pytest.FixtureRequest) -> AsyncIterator["EmbeddedChannel"]:
    """Give a pipeline in memory: the ``handlers=`` of the mark, else all of its ``server=``; only the beans that they need are made."""
    from .slices import sliced  # as above

    async with sliced(**_marked(request, _SLICED)) as channel:
        yield channel


@_async_fixture
async def _no_leaks_of_coroutine() -> AsyncIterator[None]:
    from .leaks import no_leaks_in  # as above

    async with no_leaks_in():
        yield


@pytest.fixture
def _no_leaks_of_function() -> Iterator[None]:
    from .leaks import no_leaks_in  # as above

    with asyncio.Runner() as runner:  # the loop only looks
        looking = no_leaks_in()
        runner.run(looking.__aenter__())
        yield
        runner.run(looking.__aexit__(None, None, None))


@pytest.fixture
def no_leaks(request: pytest.FixtureRequest) -> None:
    """Fail the test if it leaves a descriptor, task, timer, thread or buffer, and say which and where it was made.

    Name it before the other fixtures of the test: what they have made is to be gone when this one looks. It is for tests that are
    coroutines, whichever plugin runs them, and for those that are not.
    """
    is_coroutine = inspect.iscoroutinefunction(getattr(request, "function", None))
    request.getfixturevalue(f"_no_leaks_of_{'coroutine' if is_coroutine else 'function'}")


@_async_fixture
async def _no_leaks_at_a_glance_of_coroutine() -> AsyncIterator[None]:
    from .glance import Glance  # as above

    glance = Glance()
    await glance.begin()
    yield
    await glance.end()


@pytest.fixture
def _no_leaks_at_a_glance_of_function() -> Iterator[None]:
    from .glance import Glance  # as above

    glance = Glance()
    glance.begin_without_loop()
    yield
    glance.end_without_loop()


@pytest.fixture
def no_leaks_at_a_glance(request: pytest.FixtureRequest) -> None:
    """Do what `no_leaks` does, so cheaply that a conftest can use it for all tests of a directory, by an autouse fixture that names it.

    It does not say where a thing was made, and sees no timer of uvloop and no buffer but those of the pooled allocator.
    """
    is_coroutine = inspect.iscoroutinefunction(getattr(request, "function", None))
    request.getfixturevalue(f"_no_leaks_at_a_glance_of_{'coroutine' if is_coroutine else 'function'}")


def _marked(request: pytest.FixtureRequest, taken: tuple[str, ...]) -> dict[str, Any]:
    """Return what the marks of a test say, those that stand nearer laid over the others; mappings are joined."""
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
