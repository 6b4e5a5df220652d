"""Codecs by name: those that come with the network library, of installed distributions, and of the application."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from pyboot.boot.discovery.entrypoints import EntryPoint
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.label import labels
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.netty.errors import CodecNameClashError, UnknownCodecError
from pyboot.netty.pipeline import builtin, registry as registry_module
from pyboot.netty.pipeline.codec import Codec, CodecLabel, ConfiguredCodec
from pyboot.netty.pipeline.registry import CodecRegistry, definition_of

ROOT = Path(__file__).resolve().parents[3]


@Codec("nothing")
def nothing() -> tuple[ChannelHandler, ...]:
    """Nothing happens in it."""
    return ()


@Codec("line")
def other_line() -> tuple[ChannelHandler, ...]:
    """Takes the name of a built-in codec."""
    return ()


@Codec("Nothing")
def also_nothing() -> tuple[ChannelHandler, ...]:
    """Takes the name of another one, in another spelling."""
    return ()


class Swallowing(ChannelHandler[object]):
    """Lets errors be."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        pass


def class_names(codec: ConfiguredCodec) -> list[str]:
    """What the codec puts into a pipeline."""
    return [type(handler).__name__ for handler in codec.handlers()]


def test_each_connection_gets_its_own() -> None:
    """A decoder keeps half a frame; two connections must not share it."""
    codec = CodecRegistry().codec("line")

    assert codec.handlers()[0] is not codec.handlers()[0]


@pytest.mark.parametrize("name", ["length-field", "length_field", "lengthField", "LENGTH-FIELD"])
def test_a_name_may_be_spelled_as_settings_are(name: str) -> None:
    """Kebab-case, snake_case and camelCase."""
    assert "length-field" == CodecRegistry().definition(name).name
    assert name in CodecRegistry()


def test_an_unknown_codec_is_named_with_the_nearest() -> None:
    """A typing error is the usual reason."""
    with pytest.raises(UnknownCodecError, match=r"There is no codec named 'lines'. Known are: access-log, base64, ") as refused:
        CodecRegistry().codec("lines")

    assert "Did you mean 'line'?" == refused.value.action


def test_what_resembles_nothing_may_be_a_codec_of_yours() -> None:
    """The report says how it would get its name."""
    with pytest.raises(UnknownCodecError) as refused:
        CodecRegistry().codec("klingon")

    assert "@Codec('klingon')" in refused.value.action


def test_an_application_adds_its_own() -> None:
    """To those that are there."""
    registry = CodecRegistry([nothing])

    assert {"line", "string", "nothing"} < set(registry.names)
    assert [] == class_names(registry.codec("nothing"))


@pytest.mark.parametrize(("codecs", "places"), [([nothing, also_nothing], 2), ([other_line], 2)], ids=["own", "built in"])
def test_two_codecs_of_one_name_are_told_with_their_places(codecs: list[object], places: int) -> None:
    """A name has one meaning; both files and lines are named."""
    with pytest.raises(CodecNameClashError) as refused:
        CodecRegistry(codecs)

    assert places == str(refused.value).count(".py:")
    assert "test_registry.py" in str(refused.value)


def test_what_is_not_labelled_is_no_codec() -> None:
    """A registry is told by whom."""
    with pytest.raises(DefinitionError, match="not labelled @Codec"):
        CodecRegistry([Swallowing])


def test_distributions_register_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of them is imported before the name is used."""
    entries = (EntryPoint("csv", f"{__name__}:nothing", "pyboot.codecs"), EntryPoint("broken", "no_such_module:x", "pyboot.codecs"))
    monkeypatch.setattr(registry_module, "installed", lambda group: entries if group == "pyboot.codecs" else ())
    registry = CodecRegistry()

    assert {"csv", "broken"} < set(registry.names)
    assert [] == class_names(registry.codec("csv"))
    with pytest.raises(DefinitionError, match=r"entry point broken of pyboot\.codecs"):
        registry.codec("broken")


def test_two_of_one_name_are_told_apart_by_who_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a distribution has the place where it is defined, too."""
    monkeypatch.setattr(registry_module, "installed", lambda group: (EntryPoint("nothing", f"{__name__}:nothing", group),))

    with pytest.raises(CodecNameClashError, match="of the entry point") as refused:
        CodecRegistry([also_nothing])

    assert 2 == str(refused.value).count("test_registry.py:")


def test_the_table_of_built_in_codecs_names_each_of_them() -> None:
    """Where one is found is written down once; every codec of the modules is in the table."""
    folder = Path(builtin.__file__ or "").parent
    modules = [import_module(f"{builtin.__name__}.{file.stem}") for file in folder.glob("*.py") if file.stem != "__init__"]
    targets = [target for module in modules for target in vars(module).values() if labels(target, CodecLabel)]
    labelled = [definition_of(target).name for target in targets]

    assert sorted(labelled) == [codec.name for codec in CodecRegistry().definitions()]


@pytest.mark.slow
def test_a_name_imports_what_it_names() -> None:
    """Listing imports everything of ours, using a codec the module it is in and the handlers it makes."""
    code = """
import sys
from pyboot.netty.pipeline.registry import CodecRegistry
registry = CodecRegistry()
[registry.codec(name).handlers() for name in ("line", "string")]
print(*(name for name in sys.modules if name.startswith("pyboot.")))
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    imported = set(ran.stdout.split())

    below = "pyboot.netty.pipeline.builtin."
    assert {"charset", "frames", "messages"} == {name.removeprefix(below) for name in imported if name.startswith(below)}
    assert (
        not {f"pyboot.components.netty.codec.{name}" for name in ("json_text", "compression", "delimiters", "packed", "varint")} & imported
    )
    assert not {name for name in imported if name.startswith("pyboot.components.netty.handler.")}


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, ["hello", "world"]), ({"stream": False}, ["hello", "world"]), ({"stream": True}, ["caf", "hello", "world"])],
)
def test_a_wrong_line_costs_no_other(options: dict[str, object], expected: list[str]) -> None:
    """Each is decoded alone, unless somebody says that characters go on from one to the next."""
    registry = CodecRegistry()
    channel = EmbeddedChannel(*registry.codec("line").handlers(), *registry.codec("string", options).handlers(), Swallowing())
    channel.receive(b"caf\xc3\nhello\nworld\n")

    assert expected == channel.inbound_messages()
