"""Problem: something that is wrong with a pipeline, and how reports call what stands in one."""

from typing import Any, NamedTuple, final

from pyboot.boot.model.origin import origin_of
from pyboot.components.netty import ChannelHandler

from .codec import AnyHandler, CodecDefinition

_LIBRARY = "pyboot.components.netty."


@final
class Problem(NamedTuple):
    """One mistake in the *pipeline* of ``the server 'echo'``: what is wrong, what to do, and whether a start is refused for it."""

    pipeline: str
    text: str
    remedy: str
    is_fatal: bool = True

    def __str__(self) -> str:
        return f"{self.text} {self.remedy}"


@final
class Standing(NamedTuple):
    """One handler of a pipeline: the object, or the class of what is not made yet, and the codec that has made it."""

    handler: AnyHandler | type[Any]
    codec: CodecDefinition | None = None

    @property
    def type(self) -> type[Any]:
        """Its class."""
        return self.handler if isinstance(self.handler, type) else type(self.handler)

    @property
    def is_of_library(self) -> bool:
        """Tell whether it is one of the library's own: nothing in its source is a mistake of the user."""
        return self.type.__module__.startswith(_LIBRARY) or self.type is ChannelHandler

    def __str__(self) -> str:
        """Its name, with file and line where it is the user's."""
        place = "" if self.is_of_library else f" ({origin_of(self.type)})"
        if self.codec is None:
            return f"{self.type.__name__}{place}"
        return f"'{self.codec.name}' ({self.type.__name__}{place.replace(' (', ', ').removesuffix(')')})"
