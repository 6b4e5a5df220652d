"""`pyboot fault-proxy`: a fault proxy of the test kit, for programs that are no tests."""

import asyncio
from typing import Any

from pyboot.components.netty.transport.signals import run_until_signal
from pyboot.testing.datagram_fault_proxy import DatagramFaultProxy
from pyboot.testing.fault_proxy import FaultProxy
from pyboot.testing.faults import DatagramFaults, StreamFaults

__all__ = ["run_fault_proxy"]


def run_fault_proxy(target: str, listen: str, way: str, seed: int | None, *, udp: bool, **faults: Any) -> None:
    """Pass on what comes to *listen* to *target*, both ``host:port``, until SIGINT or SIGTERM; *way* says which direction is faulty.

    Raises ValueError for an address or a figure that cannot be, OSError for an address that cannot be listened on.
    """
    kinds = DatagramFaults if udp else StreamFaults
    strange = [name for name, value in faults.items() if value is not None and name not in kinds.__slots__]
    if strange:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in strange)
        raise ValueError(f"{names}: a fault of {'TCP' if udp else 'UDP'} alone; {'leave out' if udp else 'add'} --udp")
    given = kinds(**{name: value for name, value in faults.items() if value is not None})
    ways: dict[str, Any] = {f"to_{name}": given for name in ("server", "client") if way in ("both", name)}
    proxy_class: type[Any] = DatagramFaultProxy if udp else FaultProxy

    async def serve(stop: asyncio.Event) -> None:
        async with proxy_class(*_address(target), listen=_address(listen), seed=seed, **ways) as proxy:
            host, port = proxy.address
            print(f"listening on {host}:{port} for {target}, seed {proxy.seed}", flush=True)
            await stop.wait()

    run_until_signal(serve)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{text!r} is no address: write host:port")
    return host.strip("[]") or "127.0.0.1", int(port)
