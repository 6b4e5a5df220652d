"""Kind: of which classes a message between two handlers may be. Pure.

The law:

1. A kind is a set of classes, or `ANY`: it cannot be known. What cannot be known is not guessed: `ANY` fits everything, and everything
   fits `ANY`. Any, object, a type variable without a bound, a protocol, a hint that leads nowhere and a union with one of these are `ANY`.
2. One class fits another if an object can be of both: one derives from the other, or one is abstract (a user's class may derive from it
   unseen, one of Python's own or ours does not), or a class that is there derives from both. ``int`` fits ``float``, and both fit
   ``complex``, as for type checkers. Of ``dict[str, int]`` the ``dict`` counts.
3. A kind fits another if one of its classes fits one of the other's: that no message at all can be meant is a mistake, that some are not
   may be meant.
4. What is bytes-like flows as one: who takes any of ``bytes``, ``bytearray``, ``memoryview``, `ByteBuffer` and `CompositeByteBuffer` as it
   comes takes them all. A handler that chooses its messages by ``isinstance`` takes the ones it names, and no other (`chosen`).
"""

import typing
from abc import ABCMeta
from collections.abc import Iterable
from inspect import isabstract
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NewType, TypeAliasType, TypeVar, Union, final

from pyboot.components.netty import AddressedEnvelope, ByteBuffer, CompositeByteBuffer, DatagramPacket, FileRegion

_BUFFERS: Final = (ByteBuffer, CompositeByteBuffer, bytes, bytearray, memoryview)
_PROMOTED: Final[dict[type[Any], tuple[type[Any], ...]]] = {float: (int,), complex: (int, float)}
_STANDARD: Final = ("builtins", "collections", "datetime", "decimal", "uuid")  # modules whose classes derive from what they say


@final
class Kind:
    """A set of classes, or nothing known: see the law above."""

    __slots__ = ("types",)

    def __init__(self, types: Iterable[type[Any]] | None = ()) -> None:
        """Take the classes; ``None`` says that they cannot be known."""
        self.types = None if types is None else tuple(dict.fromkeys(types))

    @property
    def is_known(self) -> bool:
        """Tell whether something can be said of it."""
        return self.types is not None

    def __or__(self, other: "Kind") -> "Kind":
        return Kind(None if self.types is None or other.types is None else (*self.types, *other.types))

    def fits(self, wanted: "Kind") -> bool:
        """Tell whether one who takes *wanted* as it comes may get this; nothing at all fits everybody."""
        return self._meets(wanted, is_one=True)

    def chosen(self, wanted: "Kind") -> bool:
        """Tell whether one who chooses *wanted* by ``isinstance`` may find it in this."""
        return self._meets(wanted, is_one=False)

    def _meets(self, wanted: "Kind", *, is_one: bool) -> bool:
        if self.types is None or wanted.types is None or not self.types:
            return True
        return any(_may_be(given, want, is_one=is_one) for given in self.types for want in wanted.types)

    def without(self, taken: "Kind") -> "Kind":
        """Return the kind that is left when those of *taken* were chosen by ``isinstance``: a class goes if all its objects do."""
        if self.types is None or taken.types is None:
            return ANY
        return Kind(each for each in self.types if not any(_derives(each, other) for other in taken.types))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kind) and (self.types and set(self.types)) == (other.types and set(other.types))

    def __hash__(self) -> int:
        return hash(None if self.types is None else frozenset(self.types))

    def __str__(self) -> str:
        if self.types is None:
            return "anything"
        if set(_BUFFERS) <= set(self.types):
            rest = [each.__name__ for each in self.types if each not in _BUFFERS]
            return " | ".join(["bytes or a buffer", *rest])
        return " | ".join("None" if each is NoneType else each.__name__ for each in self.types) or "nothing"

    def __repr__(self) -> str:
        return f"<Kind {self}>"


ANY: Final = Kind(None)
NOTHING: Final = Kind()
BYTES_LIKE: Final = Kind(_BUFFERS)  # what the network takes, and everybody who cuts or joins bytes
BUFFER: Final = Kind((ByteBuffer,))  # what the network gives
DATAGRAM: Final = Kind((DatagramPacket,))  # what it gives of UDP
SENT: Final = Kind((*_BUFFERS, FileRegion))  # what it takes
ENVELOPE: Final = Kind((AddressedEnvelope,))  # what it takes of UDP, where nobody says who shall get it


def kind_of(hint: Any) -> Kind:
    """Return the kind that a type hint says; what is evaluated late, as aliases and bounds are, may lead nowhere."""
    try:
        return _kind_of(hint)
    except Exception:  # noqa: BLE001  # whatever a user's hint raises: it cannot be known
        return ANY


def _kind_of(hint: Any) -> Kind:
    if isinstance(hint, TypeAliasType):
        return kind_of(hint.__value__)
    if isinstance(hint, TypeVar):
        named = hint.__constraints__ or ((hint.__bound__,) if hint.__bound__ else ())
        return _joined(map(kind_of, named)) if named else ANY
    if isinstance(hint, NewType):
        return kind_of(hint.__supertype__)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return kind_of(arguments[0])
    if origin in (Union, UnionType):
        return _joined(map(kind_of, arguments))
    if origin is Literal:
        return Kind(type(value) for value in arguments)
    if hint is None:
        return Kind((NoneType,))
    plain = hint if origin is None else origin
    if typing.is_typeddict(plain):
        return Kind((dict,))
    if not isinstance(plain, type) or plain in (object, Any) or getattr(plain, "_is_protocol", False):
        return ANY
    return Kind((plain,))


def _joined(kinds: Iterable[Kind]) -> Kind:
    joined = NOTHING
    for kind in kinds:
        joined |= kind
    return joined


def _may_be(given: type[Any], wanted: type[Any], *, is_one: bool) -> bool:
    if _derives(given, wanted) or _derives(wanted, given) or given in _PROMOTED.get(wanted, ()):
        return True
    if is_one and given in _BUFFERS and wanted in _BUFFERS:
        return True
    if is_settled(given) or is_settled(wanted):
        return (_is_abstract(wanted) and not is_settled(given)) or (_is_abstract(given) and not is_settled(wanted))
    return _is_abstract(wanted) or _is_abstract(given) or _meet_below(given, wanted)


def _meet_below(given: type[Any], wanted: type[Any]) -> bool:
    """Tell whether a class that is there derives from both: *wanted* may be mixed into what is *given*."""
    waiting, seen = [wanted], set[type[Any]]()
    while waiting:
        below = [each for each in type.__subclasses__(waiting.pop()) if each not in seen]
        if any(given in each.__mro__ for each in below):
            return True
        seen.update(below)
        waiting += below
    return False


def _derives(given: type[Any], wanted: type[Any]) -> bool:
    try:
        return issubclass(given, wanted)
    except TypeError:  # not to be asked: it cannot be known
        return True


def _is_abstract(each: type[Any]) -> bool:
    """Tell whether *each* is there to be derived from: not so a model of pydantic, whose metaclass is an ABCMeta."""
    return type(each) is ABCMeta or isabstract(each) or getattr(each, "_is_protocol", False)


def is_settled(each: type[Any]) -> bool:
    """Tell whether nobody derives from *each* and another class unseen."""
    return each in _BUFFERS or each.__module__ in _STANDARD
