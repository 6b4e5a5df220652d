"""Resolvers: from the name of a host to its addresses, for `Bootstrap.resolver`. Without one the operating system is asked.

::

    DnsNameResolver        asks name servers itself, without a thread for each name
      answer                 what one response says of one question          exchange    one question to one server: UDP, then TCP
      cache                  what was said, for as long as it holds          hosts       the file that comes before all servers
      resolv_conf            which servers, which search domains             flights     one question for all who wait for its answer
    DefaultNameResolver    asks the operating system, in a thread
    RoundRobinNameResolver begins with another address each time
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.transport.resolving import NameResolver as NameResolver

    from .cache import DnsCache as DnsCache
    from .dns_name_resolver import DnsNameResolver as DnsNameResolver, DnsResolverStatistics as DnsResolverStatistics
    from .errors import (
        ClosedResolverError as ClosedResolverError,
        DnsServerError as DnsServerError,
        DnsTimeoutError as DnsTimeoutError,
        ResolverError as ResolverError,
        UnknownHostError as UnknownHostError,
    )
    from .hosts import HostsFile as HostsFile
    from .resolv_conf import ResolvConf as ResolvConf
    from .round_robin import RoundRobinNameResolver as RoundRobinNameResolver
    from .system import DefaultNameResolver as DefaultNameResolver
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
