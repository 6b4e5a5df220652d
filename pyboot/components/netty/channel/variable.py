"""Type variables that are Any where nobody says what they are: T and K for a handler's messages, C for its channel, H for itself.

``class Echo(ChannelHandler)`` and ``handler: ChannelHandler`` are right under strict type checkers (PEP 696). Python 3.12 has no defaults
of type variables when a program runs, and needs none; this module is not compiled, since mypyc leaves one of two branches out.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    T = TypeVar("T", default=Any)
    K = TypeVar("K", default=Any)
    C = TypeVar("C", default=Any)
    H = TypeVar("H", default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")
    K = TypeVar("K")
    C = TypeVar("C")
    H = TypeVar("H")

__all__ = ["C", "H", "K", "T"]
