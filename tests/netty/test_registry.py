"""Codecs by name."""

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.netty.errors import CodecOptionsError, UnknownCodecError
from pyboot.netty.registry import BUILT_IN, Codec, CodecRegistry, LengthFieldCodec, LineCodec, StringCodec


class NoCodec(Codec):
    """A codec of an application."""

    name = "no"

    def handlers(self) -> tuple[ChannelHandler[object], ...]:
        """Nothing happens in it."""
        return ()


class Swallowing(ChannelHandler[object]):
    """Lets errors be."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        pass


def class_names(codec: Codec) -> list[str]:
    """What the codec puts into a pipeline."""
    return [type(handler).__name__ for handler in codec.handlers()]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("line", ["LineBasedFrameDecoder"]),
        ("string", ["StringDecoder", "StringEncoder"]),
        ("length-field", ["LengthFieldBasedFrameDecoder", "LengthFieldPrepender"]),
    ],
)
def test_a_name_stands_for_handlers(name: str, expected: list[str]) -> None:
    """From the network inwards."""
    assert expected == class_names(CodecRegistry().codec(name))


def test_each_connection_gets_its_own() -> None:
    """A decoder keeps half a frame; two connections must not share it."""
    codec = CodecRegistry().codec("line")

    assert codec.handlers()[0] is not codec.handlers()[0]


@pytest.mark.parametrize("option", ["max-length", "max_length", "maxLength"])
def test_options_may_be_spelled_as_settings_are(option: str) -> None:
    """Kebab-case, snake_case and camelCase, with units."""
    assert LineCodec(max_length=1024) == CodecRegistry().codec("line", {option: "1KiB"})


def test_an_option_that_is_empty_means_the_defaults() -> None:
    """`line:` without anything behind it."""
    assert LineCodec() == CodecRegistry().codec("line", None)


def test_an_unknown_codec_is_named_with_the_nearest() -> None:
    """A typing error is the usual reason."""
    with pytest.raises(UnknownCodecError) as refused:
        CodecRegistry().codec("lines")

    assert "There is no codec named 'lines'. Known are: length-field, line, string." == str(refused.value)
    assert "Did you mean 'line'?" == refused.value.action


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"max-lenght": "1KiB"}, "max-lenght: Extra inputs"),
        ({"max-length": "big"}, "'big' is not a size"),
        ({"max-length": 0}, "greater than"),
    ],
)
def test_options_that_a_codec_does_not_take_are_refused(options: dict[str, object], reason: str) -> None:
    """What was given and why that cannot be, and which options there are."""
    with pytest.raises(CodecOptionsError) as refused:
        CodecRegistry().codec("line", options)

    assert reason in str(refused.value)
    assert "max-length, strip-delimiter" in refused.value.action


def test_an_unknown_charset_is_refused() -> None:
    """Before any connection is there."""
    with pytest.raises(CodecOptionsError, match="klingon"):
        CodecRegistry().codec("string", {"charset": "klingon"})


def test_an_application_adds_its_own() -> None:
    """A registry is a bean; the later of two with one name counts."""
    registry = CodecRegistry([*BUILT_IN, NoCodec])

    assert ["length-field", "line", "no", "string"] == registry.names
    assert [] == class_names(registry.codec("no"))


def test_the_defaults_are_strict() -> None:
    """Nothing is unbounded unasked."""
    assert (8192, 1024 * 1024, "utf-8") == (LineCodec().max_length, LengthFieldCodec().max_frame_length, StringCodec().charset)


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
