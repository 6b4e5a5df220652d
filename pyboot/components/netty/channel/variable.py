"""T: the type of a handler's messages, a variable that is Any where nobody says what it is.

``class Echo(ChannelHandler)`` and ``handler: ChannelHandler`` are right under strict type checkers (PEP 696). Python 3.12 has no defaults
of type variables when a program runs, and needs none; this module is not compiled, since mypyc leaves one of two branches out.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    T = TypeVar("T", default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["T"]
