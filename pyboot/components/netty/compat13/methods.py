"""The methods of 1.3.4 that have another name here: those users only call, and those they write as well.

The first are plain methods in classes named after those they belong to, and are given to these when their module is imported.
A compiled class takes them too: mypyc's classes cannot get new attributes, their methods are looked up like anybody's.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any, Concatenate, TypeVar, final

__all__ = [
    "Allocator13",
    "Bootstrap13",
    "ByteBuffer13",
    "Channel13",
    "ChannelPipeline13",
    "Server13",
    "SocketChannel13",
    "also_on_class",
    "give_methods",
    "method_aliases",
]

C = TypeVar("C", bound=type[Any])


def give_methods(cls: type[Any], methods: type[Any]) -> None:
    """Give *cls*, compiled or not, the methods of *methods*, a class of this module. Type checkers do not see them."""
    for name, method in vars(methods).items():
        if not name.startswith("_"):
            setattr(cls, name, method)


class ByteBuffer13:
    """The 1.3 methods of `ByteBuffer`. *self* is one."""

    @classmethod
    def buffer(cls: Any, capacity: int = 256, direct: bool = False) -> Any:
        """An empty buffer that no pool stands behind; *direct* says nothing here, all memory is alike."""
        return cls(capacity)

    def to_bytes(self: Any) -> bytes:
        """`get_readable_bytes`."""
        return self.get_readable_bytes()  # type: ignore[no-any-return]  # of whatever self is

    def to_bytearray(self: Any) -> bytearray:
        """The readable bytes in a new bytearray."""
        return bytearray(self.get_readable_bytes())

    def get_memoryview(self: Any) -> memoryview:
        """A view of the whole capacity."""
        return self.get_bytes_view(0, self.capacity)  # type: ignore[no-any-return]

    def get_readable_memoryview(self: Any) -> memoryview:
        """A view of the readable bytes."""
        return self.get_bytes_view(self.reader_index, self.readable_bytes())  # type: ignore[no-any-return]

    def read_bytes_view(self: Any, length: int) -> memoryview:
        """`read_bytes`."""
        return self.read_bytes(length)  # type: ignore[no-any-return]

    def find(self: Any, needle: int | bytes, start: int = 0) -> int:
        """`index_of`, but *start* counts from the reader index; the answer counts from the start of the buffer."""
        return self.index_of(needle, self.reader_index + start)  # type: ignore[no-any-return]

    def reset(self: Any) -> None:
        """`clear`."""
        self.clear()

    def flip(self: Any) -> Any:
        """Read again from the start: the reader index goes to 0."""
        self.reader_index = 0
        return self

    rewind = flip

    def compact(self: Any) -> None:
        """`discard_read_bytes`."""
        self.discard_read_bytes()

    def destroy(self: Any) -> bool:
        """Release all references; False if there were none any more."""
        references = self.ref_count
        return references > 0 and bool(self.release(references))


class Allocator13:
    """The 1.3 methods of allocators."""

    def allocate(self: Any, capacity: int = 256) -> Any:
        """`buffer`."""
        return self.buffer(capacity)

    def release(self: Any, buffer: Any) -> None:
        """Give back one reference of *buffer*."""
        buffer.release()


class ChannelPipeline13:
    """The 1.3 methods of `ChannelPipeline`."""

    def add_handler(self: Any, handler: Any) -> Any:
        """`add_last`."""
        return self.add_last(handler)

    def remove_handler(self: Any, handler: Any) -> Any:
        """`remove_if_exists`, giving the pipeline."""
        self.remove_if_exists(handler)
        return self


class Channel13:
    """The 1.3 methods of channels; 1.3's bootstraps gave futures of them instead."""

    @property
    def channel_id(self: Any) -> str:
        """`id`."""
        return self.id  # type: ignore[no-any-return]

    def release_bytebuffer(self: Any, buffer: Any) -> None:
        """``buffer.release()``, unless that is None."""
        if buffer is not None:
            buffer.release()

    def result(self: Any) -> Any:
        """The channel itself."""
        return self


class SocketChannel13:
    """The 1.3 methods of the channels of clients."""

    def result(self: Any) -> Any:
        """The channel twice, where a reader and a writer were."""
        return self, self


class Bootstrap13:
    """The 1.3 methods of both bootstraps."""

    def when_connect_sucess(self: Any, callback: Any) -> Any:
        """`when_connect_success`, with the channel of a client twice, where a reader and a writer were."""
        is_server = hasattr(self, "child_handler")
        return self.when_connect_success(callback if is_server else lambda bootstrap, channel: callback(bootstrap, channel, channel))


class Server13:
    """The 1.3 methods of `Server`."""

    def start(self: Any) -> None:
        """`grace`."""
        self.grace()


def method_aliases(**aliases: str) -> Callable[[C], C]:
    """Let methods that users write have the names of 1.3 too: ``@method_aliases(childHandler="child_handler")``.

    In each derived class as well: whichever of the two names it writes, the other is the same method. Only for classes that
    are not compiled.
    """

    def pair(cls: type[Any]) -> None:
        for alias, name in aliases.items():
            written = vars(cls)
            if name in written and alias not in written:
                setattr(cls, alias, written[name])
            elif alias in written and name not in written:
                setattr(cls, name, written[alias])

    def decorate(cls: C) -> C:
        pair(cls)
        owner: type[Any] = cls
        derive = vars(owner).get("__init_subclass__")

        def __init_subclass__(derived: type[Any], /, **options: Any) -> None:  # noqa: N807  # it is one
            pair(derived)  # first: a base looks at the methods of what is derived from it
            if derive is None:
                super(owner, derived).__init_subclass__(**options)
            else:
                derive.__get__(None, derived)(**options)

        cls.__init_subclass__ = classmethod(__init_subclass__)  # type: ignore[assignment]  # how the language binds it
        return cls

    return decorate


@final
class also_on_class[**P, R]:  # noqa: N801  # a decorator
    """A method that can be called on its class as well, for a new object: ``Bootstrap.auto_reconnect(True)``."""

    def __init__(self, method: Callable[Concatenate[Any, P], R]) -> None:
        self._method = method

    def __get__(self, instance: object | None, owner: type[Any]) -> Callable[P, R]:
        bound: Callable[P, R] = MethodType(self._method, owner() if instance is None else instance)
        return bound
