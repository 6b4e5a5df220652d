"""The test kit; its names are loaded when they are asked for, since pytest imports this package in every run, through the plugin."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .application import connect, running
    from .codec import Decoded, check_decoder, check_round_trip, decode, read_frames
    from .context import ContextRunner
    from .loopback import client, serving
    from .slices import sliced

__all__ = [
    "ContextRunner",
    "Decoded",
    "check_decoder",
    "check_round_trip",
    "client",
    "connect",
    "decode",
    "read_frames",
    "running",
    "serving",
    "sliced",
]

_HOMES = {
    "ContextRunner": "context",
    "Decoded": "codec",
    "check_decoder": "codec",
    "check_round_trip": "codec",
    "client": "loopback",
    "connect": "application",
    "decode": "codec",
    "read_frames": "codec",
    "running": "application",
    "serving": "loopback",
    "sliced": "slices",
}


def __getattr__(name: str) -> object:
    """Load *name* from the file where it lives (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
