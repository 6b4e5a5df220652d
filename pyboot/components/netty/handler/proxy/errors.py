"""The errors of proxies: no connection through one, and what it answered. They never hold a user or a password.

::

    ChannelError
     └─ ProxyConnectError                the proxy is not there, or refuses (also a ConnectionError)
         └─ ProxyConnectTimeoutError     it does not answer in time (also a TimeoutError)
"""

from __future__ import annotations

from pyboot.components.netty.errors import ChannelError

__all__ = ["ProxyConnectError", "ProxyConnectTimeoutError"]


class ProxyConnectError(ChannelError, ConnectionError):
    """There is no connection to *destination* through *proxy*, because of *reason*.

    *status* is the proxy's answer as a number: of HTTP, of SOCKS 4 (91 to 93), of SOCKS 5 (1 to 8); None where it gave none.
    """

    def __init__(self, proxy: str, destination: str, reason: str, status: int | None = None) -> None:
        super().__init__(proxy, destination, reason)
        self.proxy = proxy
        self.destination = destination
        self.reason = reason
        self.status = status

    def __str__(self) -> str:
        return f"no connection to {self.destination} through the proxy {self.proxy}: {self.reason}"


class ProxyConnectTimeoutError(ProxyConnectError, TimeoutError):
    """The proxy was reached, and has not answered within *seconds*."""

    def __init__(self, proxy: str, destination: str, seconds: float) -> None:
        super().__init__(proxy, destination, f"it has not answered for {seconds:g} s")
        self.seconds = seconds
