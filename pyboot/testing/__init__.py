"""The test kit; its names are loaded when they are asked for, since pytest imports this package in every run, through the plugin."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .application import connect, running
    from .cluster import ClusterEngineContract
    from .codec import Decoded, check_decoder, check_round_trip, decode, read_frames
    from .context import ContextRunner
    from .datagram_fault_proxy import DatagramFaultProxy
    from .fault_proxy import FaultProxy
    from .faults import DatagramFaults, StreamFaults
    from .leaks import LeakError, no_leaks_in
    from .loopback import client, serving
    from .slices import sliced
    from .virtual_time import VirtualTimeLoop, run_in_virtual_time

__all__ = [
    "ClusterEngineContract",
    "ContextRunner",
    "DatagramFaultProxy",
    "DatagramFaults",
    "Decoded",
    "FaultProxy",
    "LeakError",
    "StreamFaults",
    "VirtualTimeLoop",
    "check_decoder",
    "check_round_trip",
    "client",
    "connect",
    "decode",
    "no_leaks_in",
    "read_frames",
    "run_in_virtual_time",
    "running",
    "serving",
    "sliced",
]

_HOMES = {
    "ClusterEngineContract": "cluster",
    "ContextRunner": "context",
    "DatagramFaultProxy": "datagram_fault_proxy",
    "DatagramFaults": "faults",
    "Decoded": "codec",
    "FaultProxy": "fault_proxy",
    "LeakError": "leaks",
    "StreamFaults": "faults",
    "VirtualTimeLoop": "virtual_time",
    "check_decoder": "codec",
    "check_round_trip": "codec",
    "client": "loopback",
    "connect": "application",
    "decode": "codec",
    "no_leaks_in": "leaks",
    "read_frames": "codec",
    "run_in_virtual_time": "virtual_time",
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
