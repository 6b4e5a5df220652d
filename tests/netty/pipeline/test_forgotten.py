"""What an application has written and no pipeline has."""

import sys
from types import ModuleType
from typing import Any

import pytest

from pyboot.netty.pipeline.forgotten import forgetting, forgotten_handlers, misnamed_pipeline, modules_below

SOURCE = """
from abc import abstractmethod
from pyboot.netty import ChannelHandler, ChannelHandlerBean, Codec

class Forgotten(ChannelHandler): ...
class Standing(ChannelHandler): ...
class Base(ChannelHandler): ...
class AlsoForgotten(Base): ...
class Named(ChannelHandler): ...
class InList(ChannelHandler): ...
class InLambda(ChannelHandler): ...
class Kept(ChannelHandler): ...
class _Private(ChannelHandler): ...
class Abstract(ChannelHandler):
    @abstractmethod
    def answer(self): ...

@ChannelHandlerBean
class Labelled(ChannelHandler): ...

@Codec
class ByName(ChannelHandler): ...

def fill(channel):
    channel.pipeline().add_last(Named())

class Server:
    pipeline = [InList, lambda: InLambda()]

KEPT = Kept()
"""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of an application."""
    made = ModuleType("forgotten_demo.handlers")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    exec(compile(SOURCE, "handlers.py", "exec"), vars(made))
    return made


def test_a_handler_that_nobody_uses_is_found(module: ModuleType) -> None:
    """Not one that is labelled, stands in a pipeline, or may be put there by hand."""
    forgotten = forgotten_handlers([module], [module.Standing])

    assert ["Forgotten", "AlsoForgotten"] == [each.__name__ for each in forgotten]


def test_the_modules_of_a_package_are_those_below_it(module: ModuleType) -> None:
    """And no others with a name that begins alike."""
    assert [module] == modules_below(["forgotten_demo"])
    assert [module] == modules_below(["forgotten_demo.handlers"])
    assert [] == modules_below(["forgotten"])


def test_the_report_names_the_class_and_its_label(module: ModuleType) -> None:
    """It may be meant for later: nothing is refused for it alone."""
    (problem,) = forgetting("the server 'echo'", [module.Forgotten])

    assert "Forgotten (" in problem.text
    assert "@ChannelHandlerBean above class Forgotten" in problem.remedy
    assert not problem.is_fatal


@pytest.mark.parametrize(
    ("name", "is_fatal"),
    [("pipelines", True), ("pipline", True), ("Pipeline", True), ("PIPELINE", True), ("handlers", False), ("codecs", False)],
)
def test_a_pipeline_under_another_name_is_read_by_nobody(name: str, *, is_fatal: bool) -> None:
    """What it is called, and what it should be."""
    server: type[Any] = type("EchoServer", (), {name: ["line"], "__module__": __name__})

    (problem,) = misnamed_pipeline("the server 'echo'", server, "@NettyServer")

    assert f"EchoServer.{name} (" in problem.text
    assert "Rename it: pipeline = ['line']." == problem.remedy
    assert is_fatal == problem.is_fatal


@pytest.mark.parametrize("members", [{"pipeline": ["line"], "pipelines": ["x"]}, {"pipelines": 3}, {"clients": []}, {}])
def test_what_is_no_pipeline_is_left_alone(members: dict[str, Any]) -> None:
    """And whoever has one knows what others are for."""
    assert [] == list(misnamed_pipeline("the server 'echo'", type("EchoServer", (), members), "@NettyServer"))
