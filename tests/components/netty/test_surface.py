"""Surfaces that load a name when it is asked for: what is imported when, and what others see of it."""

import importlib
import inspect
import pickle
import subprocess
import sys
from types import ModuleType

import pytest

import pyboot.components.netty as netty
from pyboot.components.netty.surface import Home, noted_imports

SURFACE = """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .below import *
    from .things import Thing as Thing, other as other
    from pyboot.components.netty.surface import Home as House
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
"""


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package of the name `wares` with a surface, a file `things` behind it, and a surface `below` of its own list."""
    things = ModuleType("wares.things")
    exec("class Thing: ...\nother = 5", things.__dict__)
    below = ModuleType("wares.below")
    exec("def __getattr__(name): return name.upper()\n__all__ = ['deep', 'low']", below.__dict__)
    made = ModuleType("wares")
    made.__path__ = []
    made.__package__ = "wares"
    monkeypatch.setitem(sys.modules, "wares", made)
    monkeypatch.setitem(sys.modules, "wares.things", things)
    monkeypatch.setitem(sys.modules, "wares.below", below)
    exec(compile(SURFACE, "wares/__init__.py", "exec"), made.__dict__)
    return made


@pytest.mark.usefixtures("package")
def test_the_imports_for_type_checkers_are_the_table() -> None:
    """Relative names stay relative, a name may have another one at home, and a star is what the surface below offers."""
    assert {
        "House": Home("pyboot.components.netty.surface", "Home"),
        "Thing": Home(".things", "Thing"),
        "deep": Home(".below", "deep"),
        "low": Home(".below", "low"),
        "other": Home(".things", "other"),
    } == noted_imports(compile(SURFACE, "wares/__init__.py", "exec"), "wares")


def test_a_name_is_loaded_when_it_is_asked_for_and_then_stays(package: ModuleType) -> None:
    """The second time it is an attribute like any other."""
    assert "Thing" not in vars(package)
    assert sys.modules["wares.things"].Thing is package.Thing is vars(package)["Thing"]
    assert Home is package.House


def test_a_name_of_a_star_is_loaded_through_the_surface_below(package: ModuleType) -> None:
    """Which loads it from its own file; the list of it is all that is known before."""
    assert ["House", "Thing", "deep", "low", "other"] == package.__all__
    assert "low" not in vars(package)
    assert "LOW" == package.low


def test_what_is_not_offered_is_not_there(package: ModuleType) -> None:
    """With the words of any module, so that `hasattr` and the nearest name in a traceback work."""
    with pytest.raises(AttributeError, match="module 'wares' has no attribute 'Thong'") as caught:
        _ = package.Thong

    assert ("Thong", package) == (caught.value.name, caught.value.obj)
    assert not hasattr(package, "__wrapped__")


def test_dir_lists_what_has_not_been_loaded(package: ModuleType) -> None:
    """Completion in a shell sees every name."""
    assert {"Thing", "other", "House", "low", "__all__"} <= set(dir(package))


def test_a_star_takes_everything(package: ModuleType) -> None:
    """By `__all__`, as from any module."""
    taken: dict[str, object] = {}
    exec("from wares import *", taken)

    assert {"House", "Thing", "deep", "low", "other"} == taken.keys() - {"__builtins__"}


def test_a_surface_may_ask_somebody_else_for_the_rest() -> None:
    """The names of the published 1.3 are not its own, and there all the same."""
    codec = importlib.import_module("pyboot.components.netty.codec")

    assert netty.ByteBuffer is codec.ByteBuffer
    assert "ByteBuffer" not in codec.__all__


def test_classes_know_where_they_live() -> None:
    """So they can be pickled and inspected as if the surface had imported them."""
    assert netty.LineEncoder is pickle.loads(pickle.dumps(netty.LineEncoder))
    assert "class LineEncoder" in inspect.getsource(inspect.getmodule(netty.LineEncoder) or netty)


@pytest.mark.slow
def test_one_codec_does_not_bring_the_others() -> None:
    """Nor do handlers, servers, pools and datagrams come along with a channel handler."""
    code = "from pyboot.components.netty import ChannelHandler, StringDecoder; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = {name for name in done.stdout.split() if name.startswith("pyboot.components.netty.")}
    assert {"pyboot.components.netty.codec.text", "pyboot.components.netty.channel.handler"} <= loaded
    others = ("codec.compression", "codec.json_text", "handler.traffic", "transport.udp", "bootstrap", "server", "pool", "group")
    assert not {f"pyboot.components.netty.{name}" for name in others} & loaded
