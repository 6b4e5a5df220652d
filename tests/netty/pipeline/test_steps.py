"""From entries and handler beans to the steps of a pipeline."""

from typing import Any

import pytest
from pydantic import BaseModel

from pyboot.components.netty import ChannelHandler
from pyboot.netty.annotations import ChannelHandlerBean
from pyboot.netty.errors import CodecOptionsError, PipelineEntryError, UnknownCodecError
from pyboot.netty.pipeline.codec import Codec
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import HandlerBean, Step, pipeline_steps
from pyboot.netty.refusals import PlanError


class AuthHandler(ChannelHandler[str]):
    """A handler."""


class Answer(ChannelHandler[str]):
    """Another one."""


class Yielding(ChannelHandler[str]):
    """Has a callback of which nothing would run."""

    def channel_read(self, ctx: Any, msg: str) -> Any:
        """A generator."""
        yield


class Shared(ChannelHandler[Any]):
    """One for all."""

    sharable = True


@Codec("model")
class Model(BaseModel):
    """A codec with options."""

    size: int = 1

    def handlers(self) -> Shared:
        """One handler."""
        return Shared()


@Codec("function")
def function() -> Shared:
    """A codec."""
    return Shared()


def bean(target: type[Any], **label: Any) -> HandlerBean:
    """A handler bean whose factory calls the class."""
    return HandlerBean(ChannelHandlerBean(**label), target, lambda store: target())


def steps(*entries: object, beans: tuple[HandlerBean, ...] = ()) -> list[Step]:
    """Those of a server."""
    return pipeline_steps("the server 'echo'", entries, beans, CodecRegistry([function, Model]))


def titles(*entries: object, beans: tuple[HandlerBean, ...] = ()) -> str:
    """What stands where."""
    return " ".join(step.title for step in steps(*entries, beans=beans))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("line", "line"),
        ({"line": {"max-length": "1KiB"}}, "line"),
        ({"string": None}, "string"),
        ("function", "function"),
        (function, "function"),
        (Model, "model"),
        (Model(size=3), "model"),
        (Answer, "Answer"),
        (lambda: Answer(), "Answer"),
        (Shared(), "Shared"),
    ],
    ids=str,
)
def test_what_a_pipeline_may_hold(entry: object, expected: str) -> None:
    """Codecs by name, with options, as what is labelled or as objects; handlers as classes, functions or sharable objects."""
    assert expected == titles(entry)


@pytest.mark.parametrize("entry", ["auth-handler", "auth", "AuthHandler", "authHandler", AuthHandler], ids=str)
def test_a_handler_bean_may_be_placed_by_the_pipeline(entry: object) -> None:
    """By its name or its class, once; the others stand behind."""
    assert "line AuthHandler string Answer" == titles("line", entry, "string", beans=(bean(Answer), bean(AuthHandler, order=9)))


def test_a_codec_goes_before_a_handler_of_the_same_name() -> None:
    """What stands in a pipeline does not change its meaning with a new class."""

    class Line(ChannelHandler[str]): ...

    assert "line Line" == titles("line", beans=(bean(Line),))


def test_a_handler_stands_beside_the_neighbour_it_names() -> None:
    """A codec, or another handler."""
    beans = (bean(Answer), bean(AuthHandler, before="string"), bean(Shared, after=AuthHandler))

    assert "line AuthHandler Shared string Answer" == titles("line", "string", beans=beans)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Answer(), "all connections would share it"),
        (dict, "it makes a dict"),
        ({"line": None, "string": None}, "one name and its options"),
        ({"line": "8KiB"}, "names with values, not '8KiB'"),
        (17, "neither a codec nor a handler"),
        (Yielding, "generator"),
        (lambda needed: needed, "calling it without arguments failed"),
    ],
    ids=str,
)
def test_what_a_pipeline_may_not_hold(entry: object, reason: str) -> None:
    """Found before anything is bound."""
    with pytest.raises(PipelineEntryError, match=reason):
        steps(entry)


@pytest.mark.parametrize("entries", ["line", {"line": None}, 17], ids=str)
def test_a_pipeline_is_a_list(entries: object) -> None:
    """A text would be taken letter by letter."""
    with pytest.raises(PipelineEntryError, match=r"a pipeline is a list: write \["):
        pipeline_steps("the server 'echo'", entries, (), CodecRegistry())


def test_what_is_said_to_be_sharable_must_be() -> None:
    """A label on a @Bean method does not change the class that it makes."""
    with pytest.raises(PipelineEntryError, match="its class is not sharable"):
        titles(beans=(bean(Answer, sharable=True),))


def test_a_misspelt_name_may_be_that_of_a_handler() -> None:
    """Handlers count among the nearest."""
    with pytest.raises(UnknownCodecError) as refused:
        steps("auth-handlr", beans=(bean(AuthHandler),))

    assert "Did you mean 'auth-handler'?" == refused.value.action


def test_what_a_codec_refuses_shows_when_the_pipeline_is_put_together() -> None:
    """Everything is made once."""
    with pytest.raises(CodecOptionsError, match="fill"):
        steps({"fixed-length": {"length": 1, "fill": 300}})


def test_a_step_tells_what_stands_there() -> None:
    """Objects of what was made to look at it, the class of what only the container makes."""
    codec, shared, own, made = steps("line", Shared(), Answer, beans=(bean(AuthHandler),))

    assert ["LineBasedFrameDecoder"] == [type(handler).__name__ for handler in codec.stands]
    assert codec.codec is not None
    assert "line" == codec.codec.name
    assert [(Shared,), (Answer,)] == [tuple(type(handler) for handler in step.stands) for step in (shared, own)]
    assert (AuthHandler,) == made.stands


def test_everything_that_cannot_stand_there_is_told_at_once() -> None:
    """A start is not tried once for each."""
    with pytest.raises(PlanError) as refused:
        steps("lines", {"string": {"charst": "x"}}, 17, "line", beans=(bean(Yielding),))

    words = ["'lines'", "charst", "17", "Yielding"]
    assert words == [word for word in words if word in str(refused.value)]
    assert "Did you mean 'line'?" in str(refused.value)


@pytest.mark.parametrize("entry", [{"auth": {"token": "hunter2"}, "line": {}}, {"token": ["hunter2"]}])
def test_an_entry_that_cannot_stand_shows_no_secret(entry: object) -> None:
    """What it holds may be one by its name."""
    with pytest.raises(PipelineEntryError) as refused:
        pipeline_steps("the server 'echo'", [entry], [], CodecRegistry())
    assert "hunter2" not in str(refused.value)
    assert "token" in str(refused.value)
