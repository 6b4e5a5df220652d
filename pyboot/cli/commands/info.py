"""`pyboot info`: tells the versions, the event loop and the core of the network library that run here, and why."""

import importlib.metadata
import platform
import ssl
import sys

from pyboot.components.netty import core_info
from pyboot.components.netty.handler.tls.context import can_restrict_groups

_DISTRIBUTIONS = ("pyboot-framework", "pyboot-netty", "pyboot-commons-coroutine", "dependency-injector", "pydantic", "uvloop")
_ABSENT = "not installed"


def facts() -> dict[str, str]:
    """Return what runs here, by name."""
    core = core_info()
    return {name: _version(name) for name in _DISTRIBUTIONS} | {
        "python": f"{platform.python_implementation()} {platform.python_version()} ({sys.executable})",
        "system": f"{platform.system()} {platform.machine()}",
        "event loop": "uvloop" if _version("uvloop") != _ABSENT else "asyncio (uvloop is not installed)",
        "tls": f"{ssl.OPENSSL_VERSION}; {_groups()}",
        "network core": f"{core.form}: {core.reason}",
    }


def describe() -> str:
    """Return the same for people, one fact a line."""
    told = facts()
    width = max(map(len, told))
    return "\n".join(f"{name:<{width}}  {fact}" for name, fact in told.items())


def _groups() -> str:
    if can_restrict_groups():
        return "servers take X25519, P-256 and P-384 alone"
    return "groups as OpenSSL has them, X448 and P-521 too: only Python 3.15 can restrict them (docs/howto/use-tls.md)"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return _ABSENT
