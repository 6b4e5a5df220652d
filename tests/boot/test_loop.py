"""The event loop by setting."""

import asyncio
import importlib.util
import sys

import pytest

from pyboot.boot.errors import BindError, MissingPackageError
from pyboot.boot.loop import is_running, loop_factory

HAS_UVLOOP = sys.platform != "win32" and importlib.util.find_spec("uvloop") is not None


def kind_of(choice: str) -> str:
    """The module of the loop that *choice* makes."""
    loop = loop_factory(choice)()
    loop.close()
    return type(loop).__module__.partition(".")[0]


def test_asyncio_is_asyncio() -> None:
    """Even where uvloop is installed."""
    assert kind_of("asyncio") == asyncio.__name__


@pytest.mark.skipif(not HAS_UVLOOP, reason="uvloop is not installed")
@pytest.mark.parametrize("choice", ["uvloop", "auto"])
def test_uvloop_is_taken_where_it_is_installed(choice: str) -> None:
    """By name, and by itself."""
    assert "uvloop" == kind_of(choice)


def test_without_uvloop_auto_is_asyncio_and_uvloop_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for by name is not replaced silently."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert kind_of("auto") == asyncio.__name__
    with pytest.raises(MissingPackageError, match=r"The event loop of uvloop \(asked for by pyboot.main.loop\) needs the package 'uvloop'"):
        loop_factory("uvloop")


def test_an_unknown_loop_is_refused() -> None:
    """With what is allowed."""
    with pytest.raises(BindError, match="auto, uvloop and asyncio"):
        loop_factory("trio")


def test_whether_a_loop_runs_is_told() -> None:
    """In this thread, now."""

    async def inside() -> bool:
        return is_running()

    assert not is_running()
    assert asyncio.run(inside())
