"""The errors of resolvers. Each is an OSError, as those of the operating system's resolver are.

::

    ResolverError (also an OSError)
     ├─ UnknownHostError       nobody knows the name, or it has no address
     ├─ DnsServerError         no server gave an answer that could be used
     │   └─ DnsTimeoutError    none gave any in time (also a TimeoutError)
     └─ ClosedResolverError    you used a resolver that is closed
"""

from __future__ import annotations

from collections.abc import Sequence

from pyboot.components.netty.errors import NettyError

__all__ = ["ClosedResolverError", "DnsServerError", "DnsTimeoutError", "ResolverError", "UnknownHostError"]


class ResolverError(NettyError, OSError):
    """A name could not be resolved; *host* is the name, *seen* what was seen."""

    def __init__(self, host: str, seen: str) -> None:
        super().__init__(host, seen)
        self.host = host
        self.seen = seen

    def __str__(self) -> str:
        return f"{self.host!r}: {self.seen}"


class UnknownHostError(ResolverError):
    """Name servers answered that there is no such name, or that it has no address; or it cannot be a name at all."""


class DnsServerError(ResolverError):
    """No name server gave an answer that could be used; *failures* holds what each of them did, in the order in which they were asked."""

    def __init__(self, host: str, failures: Sequence[tuple[object, Exception]]) -> None:
        told = "; ".join(f"{server}: {str(error) or type(error).__name__}" for server, error in failures)
        super().__init__(host, f"no name server gave an answer: {told}")
        self.failures = list(failures)


class DnsTimeoutError(DnsServerError, TimeoutError):
    """No name server answered in time."""


class ClosedResolverError(ResolverError):
    """The resolver was closed."""

    def __init__(self, host: str) -> None:
        super().__init__(host, "the resolver is closed")
