"""The decorator that names a codec, and what it makes of a function, a handler class and a model."""

import warnings
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from pyboot.boot import DataSize
from pyboot.boot.errors import DefinitionError
from pyboot.components.netty import ChannelHandler, LineBasedFrameDecoder, StringDecoder, StringEncoder
from pyboot.netty.errors import CodecOptionsError, MissingExtraError
from pyboot.netty.pipeline.codec import Codec, CodecDefinition, Handlers
from pyboot.netty.pipeline.registry import definition_of


class Kept(ChannelHandler[Any]):
    """Keeps what it was made with."""

    def __init__(self, size: int = 1, word: str = "") -> None:
        """Take both."""
        self.made_with = (size, word)


class SharedKept(Kept):
    """One for all."""

    sharable = True


@Codec("function")
def function(size: Annotated[DataSize, Field(ge=1, description="How much.")] = 8, word: str = "w") -> Kept:
    """Keeps what is given.

    More of it.
    """
    return Kept(size, word)


@Codec("handler")
class Named(Kept):
    """Is its own codec."""


@Codec("model")
class Model(BaseModel):
    """Has fields."""

    size: DataSize = 8
    word: str

    def handlers(self) -> Kept:
        """Make one."""
        return Kept(self.size, self.word)


@Codec("both")
def both(word: str = "") -> tuple[StringDecoder, StringEncoder]:
    """Two handlers, of which one is sharable."""
    return StringDecoder(), StringEncoder()


@Codec("shared")
def shared(word: str = "") -> SharedKept:
    """One handler for all connections."""
    return SharedKept(1, word)


@pytest.mark.parametrize(
    ("target", "options", "expected"),
    [
        (function, None, (8, "w")),
        (function, {"size": "1KiB"}, (1024, "w")),
        (function, {"size": 3, "word": "x"}, (3, "x")),
        (Named, None, (1, "")),
        (Named, {"word": "x"}, (1, "x")),
        (Model, {"word": "x"}, (8, "x")),
        (Model, {"word": "x", "size": "1KiB"}, (1024, "x")),
    ],
)
def test_options_are_the_typed_parameters_or_fields(target: Any, options: dict[str, object] | None, expected: tuple[int, str]) -> None:
    """Of a function, of a constructor, of a model; what is not given has the default that stands there."""
    (made,) = definition_of(target).configured(options).handlers()

    assert isinstance(made, Kept)
    assert expected == made.made_with


@pytest.mark.parametrize("target", [function, Named, Model])
def test_what_is_labelled_stays_what_it_was(target: Any) -> None:
    """A decorator only labels."""
    assert Kept is type(function())
    assert isinstance(Named(), Named)
    assert target.__name__ in ("function", "Named", "Model")


@pytest.mark.parametrize("target", [function, Named, Model, both, shared])
def test_options_that_are_not_there_are_refused_with_the_nearest(target: Any) -> None:
    """A typing error costs a look at the report."""
    with pytest.raises(CodecOptionsError, match=r"wrod: there is no such option; did you mean 'word'\? \(given: 'x'\)"):
        definition_of(target).configured({"wrod": "x"})


def test_an_option_that_must_be_given_is_named() -> None:
    """With the options there are."""
    with pytest.raises(CodecOptionsError, match="word: it must be given") as refused:
        definition_of(Model).configured()

    assert "size, word" in refused.value.action


@pytest.mark.parametrize("word", ["made", "pre-set", None])
def test_what_the_handlers_refuse_is_told_as_a_refusal_of_the_options(word: object) -> None:
    """A ValueError of a constructor is no crash of the start."""

    @Codec("picky")
    def picky(word: Any = "good") -> Handlers:
        if word != "good":
            raise ValueError(f"{word!r} is not good")
        return ()

    codec = definition_of(picky).configured({"word": word})
    with pytest.raises(CodecOptionsError, match="is not good"):
        codec.handlers()


@pytest.mark.parametrize(
    ("package", "action"),
    [
        ("msgpack", 'pip install "pyboot-framework[messages]"'),
        ("zstandard", 'pip install "pyboot-framework[compression]"'),
        ("other", "other"),
    ],
)
def test_a_library_that_is_missing_is_told_with_the_extra_that_brings_it(package: str, action: str) -> None:
    """The name of the extra, not of the module."""

    @Codec("lacking")
    def lacking() -> Handlers:
        raise ImportError(f"no {package}", name=package)

    with pytest.raises(MissingExtraError, match=f"'lacking' needs the package '{package}'") as refused:
        definition_of(lacking).configured().handlers()

    assert action in refused.value.action


def test_each_connection_gets_handlers_of_its_own_and_shares_those_that_are_sharable() -> None:
    """A sharable handler is made once for all connections of a pipeline: a limit for all of them counts all of them."""
    pair, alone = definition_of(both).configured(), definition_of(shared).configured({"word": "x"})

    (decoder, encoder), (other_decoder, other_encoder) = pair.handlers(), pair.handlers()
    assert decoder is not other_decoder
    assert encoder is other_encoder
    assert alone.handlers()[0] is alone.handlers()[0]
    assert alone.handlers()[0] is not definition_of(shared).configured({"word": "x"}).handlers()[0]


def test_a_name_may_be_left_out() -> None:
    """It is that of the function, or of the class without Codec, in kebab-case."""

    @Codec
    def my_frames() -> Handlers:
        return ()

    @Codec()
    class RecordCodec(ChannelHandler[Any]): ...

    assert ["my-frames", "record"] == [definition_of(target).name for target in (my_frames, RecordCodec)]


@pytest.mark.parametrize("target", [int, 17, BaseModel, len], ids=str)
def test_what_can_make_no_handlers_is_refused(target: Any) -> None:
    """A codec is a function, a handler class, or a model with handlers()."""
    with pytest.raises(DefinitionError, match="a codec is a function that makes handlers"):
        CodecDefinition("wrong", target)


def test_what_a_codec_says_of_itself() -> None:
    """The first paragraph of its docstring, and the classes of its handlers where the annotation tells."""
    definition = definition_of(function)

    assert "Keeps what is given." == definition.summary
    assert (Kept,) == definition.handler_types
    assert (StringDecoder, StringEncoder) == definition_of(both).handler_types
    assert (Named,) == definition_of(Named).handler_types
    assert (Kept,) == definition_of(Model).handler_types
    assert "test_codec.py:" in str(definition.origin)


def test_a_codec_may_promise_handlers_and_no_more() -> None:
    """What cannot be known is not guessed."""

    @Codec
    def vague() -> Handlers:
        return LineBasedFrameDecoder()

    assert definition_of(vague).handler_types is None


# What is made, and what fails.


@pytest.mark.parametrize("made", [None, [None], ChannelHandler, "handler", iter(())], ids=str)
def test_a_codec_that_makes_no_handlers_is_told_with_its_place(made: object) -> None:
    """Before anything is bound."""

    def odd() -> Any:
        return made

    with pytest.raises(DefinitionError, match=r"@Codec\('odd'\) \(.*test_codec.py:\d+\).*where a ChannelHandler is wanted"):
        CodecDefinition("odd", odd).configured().handlers()


def test_a_codec_that_is_a_coroutine_is_told_and_leaves_nothing_behind() -> None:
    """Nobody awaits it, and Python has nothing to warn of."""

    async def odd() -> Any: ...

    with warnings.catch_warnings(action="error"), pytest.raises(DefinitionError, match="coroutine"):
        CodecDefinition("odd", odd).configured().handlers()


@pytest.mark.parametrize("error", [KeyError("k"), RuntimeError("no database"), LookupError("gone")], ids=repr)
def test_a_codec_that_fails_is_told_with_its_name_and_place(error: Exception) -> None:
    """Whatever it raises."""

    def odd() -> Any:
        raise error

    with pytest.raises(CodecOptionsError, match=rf"'odd' [^@]*{type(error).__name__}: .*test_codec.py:\d+"):
        CodecDefinition("odd", odd).configured().handlers()


def test_a_hint_for_checkers_only_tells_no_handlers() -> None:
    """And raises nothing."""

    def odd() -> "Unseen": ...  # type: ignore[name-defined]  # noqa: F821  # the name that is not there

    assert CodecDefinition("odd", odd).handler_types is None


class Account(BaseModel):
    """Options below an option."""

    pin_code: SecretStr | None = None


def test_no_report_shows_a_secret() -> None:
    """One by its name, one by its type, one below, one that is misspelt; the rest is shown."""

    def odd(size: int = 1, password: int = 1, phrase: SecretStr | None = None, below: Account | None = None) -> Any: ...

    given: dict[str, object] = {"size": "many", "password": "hunter2", "phrase": 4711, "below": {"pin_code": 4712}, "tokenn": "hunter3"}
    with pytest.raises(CodecOptionsError) as refused:
        CodecDefinition("odd", odd).configured(given)
    told = str(refused.value)
    assert "size: Input should be a valid integer, unable to parse string as an integer (given: 'many')" in told
    assert [] == [secret for secret in ("hunter2", "hunter3", "4711", "4712") if secret in told or secret in str(refused.value.__cause__)]
    assert 5 == len(refused.value.reasons)


class Collects(ChannelHandler[Any]):
    """Keeps what it is given."""

    def __init__(self, words: list[str], limits: dict[str, list[int]]) -> None:
        self.words = words
        self.limits = limits


@Codec("collects")
def collects(words: list[str] = ["a"], limits: dict[str, list[int]] = {"a": [1]}) -> Collects:  # noqa: B006  # that is the case
    """Has containers for options."""
    return Collects(words, limits)


@pytest.mark.parametrize("options", [{}, {"words": ["b"], "limits": {"b": [2]}}, {"words": ["c"]}])
def test_each_connection_has_lists_and_dicts_of_its_own(options: dict[str, Any]) -> None:
    """Given or a default, what one connection puts into it is no other's."""
    codec = definition_of(collects).configured(options)
    (one,) = codec.handlers()
    assert isinstance(one, Collects)
    words, limits = list(one.words), {name: list(values) for name, values in one.limits.items()}
    one.words.append("mine")
    next(iter(one.limits.values())).append(9)
    for (other,) in (codec.handlers(), definition_of(collects).configured(options).handlers()):
        assert isinstance(other, Collects)
        assert (words, limits) == (other.words, other.limits)
