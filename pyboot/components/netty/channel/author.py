"""The author of a message: the handler whose code is on the stack while a message goes through the pipeline.

Asked for when a message has come to nothing, once for each server and kind: walking the stack costs more than a message does.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Final

from pyboot.components.netty.errors import UnsupportedMessageError

from .fault import log_of
from .handler import ChannelHandler

if TYPE_CHECKING:
    from .channel import Channel

__all__ = ["author_on_stack", "first_unhandled", "tell_unencoded"]

_log = logging.getLogger(__name__)

_LIBRARY: Final = "pyboot.components.netty"
_DEEPEST: Final = 200  # frames: behind so many nobody recognises the cause


def author_on_stack() -> str:
    """The class, file and line of the nearest code on the stack that is not the library's; empty where there is none."""
    frame = sys._getframe(1)
    for _ in range(_DEEPEST):
        module = str(frame.f_globals.get("__name__", ""))
        # Past what is nobody's code: handlers of the library, and the loop that stepped a coroutine.
        if not module.startswith((_LIBRARY, "asyncio")):
            # A method of a handler is named by the class of the object, which its code, when it is inherited, does not know.
            owner = frame.f_locals.get("self")
            name = type(owner).__qualname__ if isinstance(owner, ChannelHandler) else frame.f_code.co_qualname
            return f"{name} ({frame.f_code.co_filename.removeprefix(os.getcwd() + os.sep)}:{frame.f_lineno})"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""


def first_unhandled(channel: Channel, msg: object) -> str | None:
    """Name, in words to add, the handler that passed on the first message of its class that no handler took; None for further ones."""
    if not log_of(channel).is_first(f"unhandled {type(msg).__qualname__}"):
        return None
    author = author_on_stack()
    return f", passed on by {author}" if author else ""


def tell_unencoded(channel: Channel, error: UnsupportedMessageError) -> None:
    """Say in *error* who wrote what no handler turned into bytes, and warn of it once for each server and class."""
    if not error.author:
        error.author = author_on_stack()
    if _log.isEnabledFor(logging.WARNING) and log_of(channel).is_first(f"unencoded {error.message_type.__qualname__}"):
        _log.warning("%r: %s", channel, error)
