"""Kinds: which messages may be meant where a hint says so."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NewType, Protocol, TypedDict, TypeVar

import pytest
from pydantic import BaseModel

from pyboot.components.netty import ByteBuffer, CompositeByteBuffer
from pyboot.netty.pipeline.kinds import ANY, BUFFER, BYTES_LIKE, NOTHING, Kind, kind_of


class Base: ...


class Derived(Base): ...


class Other: ...


class Speaking(Protocol):
    def speak(self) -> None: ...


class Settings(TypedDict):
    size: int


Bound = TypeVar("Bound", bound=Base)
Free = TypeVar("Free")
Chosen = TypeVar("Chosen", int, str)
UserId = NewType("UserId", int)
type Alias = Base | str


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (str, Kind((str,))),
        (str | Base, Kind((str, Base))),
        (Alias, Kind((Base, str))),
        (dict[str, int], Kind((dict,))),
        (Annotated[str, "doc"], Kind((str,))),
        (Literal["a", 1], Kind((str, int))),
        (None, Kind((type(None),))),
        (Bound, Kind((Base,))),
        (Chosen, Kind((int, str))),
        (UserId, Kind((int,))),
        (Settings, Kind((dict,))),
        (Sequence[int], Kind((Sequence,))),
        (Any, ANY),
        (object, ANY),
        (Free, ANY),
        (Speaking, ANY),
        ("Forward", ANY),
        (str | Any, ANY),
        (str | Free, ANY),
    ],
    ids=str,
)
def test_a_hint_says_a_kind_or_nothing(hint: Any, expected: Kind) -> None:
    """A union with something unknown is unknown."""
    assert expected == kind_of(hint)


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        (str, str, True),
        (str, int, False),
        (Derived, Base, True),
        (Base, Derived, True),
        (Base, Other, False),
        (int, float, True),
        (bool, int, True),
        (str | int, int, True),
        (str | bytes, int | Base, False),
        (dict, Mapping[str, int], True),
        (str, Mapping[str, int], False),
        (Base, Mapping[str, int], True),
        (ByteBuffer, Mapping[str, int], False),
        (Any, str, True),
        (str, Any, True),
        (str, Speaking, True),
        (bytes, ByteBuffer, True),
        (ByteBuffer, bytes, True),
        (CompositeByteBuffer, bytearray | memoryview, True),
        (ByteBuffer, str, False),
    ],
    ids=str,
)
def test_what_fits_by_the_law(given: Any, wanted: Any, expected: bool) -> None:
    """One who takes messages as they come: what certainly cannot be meant does not fit, and nothing else."""
    assert expected == kind_of(given).fits(kind_of(wanted))


def test_who_chooses_by_isinstance_finds_the_classes_he_names() -> None:
    """Of buffers, too, which are one to everybody else."""
    assert not BUFFER.chosen(Kind((bytes,)))
    assert BUFFER.chosen(BYTES_LIKE)
    assert BUFFER.fits(Kind((bytes,)))


def test_what_is_left_when_some_were_chosen() -> None:
    """A class goes if all its objects do."""
    assert Kind((str,)) == Kind((str, Derived)).without(Kind((Base,)))
    assert Kind((str, Base)) == Kind((str, Base)).without(Kind((Derived,)))
    assert ANY == ANY.without(Kind((str,)))
    assert NOTHING == Kind((str,)).without(Kind((str,)))


def test_kinds_join() -> None:
    """With something unknown to something unknown."""
    assert Kind((str, int)) == Kind((str,)) | Kind((int,))
    assert ANY == ANY | Kind((str,))
    assert NOTHING.fits(Kind((str,)))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ANY, "anything"),
        (NOTHING, "nothing"),
        (Kind((str, type(None))), "str | None"),
        (BYTES_LIKE | Kind((str,)), "bytes or a buffer | str"),
        (BUFFER, "ByteBuffer"),
    ],
)
def test_a_kind_in_words(kind: Kind, expected: str) -> None:
    """As reports write it."""
    assert expected == str(kind)


def test_a_class_that_cannot_be_asked_is_not_known() -> None:
    """A metaclass may refuse."""

    class Refusing(type):
        def __subclasscheck__(cls, other: type) -> bool:
            raise TypeError("not to be asked")

    class Refused(metaclass=Refusing): ...

    assert Kind((str,)).fits(Kind((Refused,)))


class Model(BaseModel):
    """Data, though its metaclass is an ABCMeta."""


class Abstract(ABC):
    """A user's class may derive from it unseen."""

    @abstractmethod
    def speak(self) -> None: ...


def test_a_model_is_not_abstract() -> None:
    """Nobody mixes it into something else; an abstract class is mixed in unseen."""
    assert not Kind((Model,)).fits(Kind((Base,)))
    assert not Kind((Base,)).fits(Kind((Model,)))
    assert Kind((Base,)).fits(Kind((Abstract,)))
    assert Kind((Model,)).fits(Kind((Abstract,)))
