"""The resolver of a client, as its settings say; imported where some are set."""

from pyboot.components.netty.resolver import DnsCache, DnsNameResolver, NameResolver, ResolvConf, RoundRobinNameResolver

from .properties import ResolverProperties, place_of


def new_resolver(settings: ResolverProperties) -> NameResolver | None:
    """Return what asks the name servers of *settings*; None where the system is to be asked."""
    if not settings.enabled:
        return None
    resolver = DnsNameResolver(
        [(host, port or 53) for host, port in map(place_of, settings.servers)] or None,
        config=_config(settings, ResolvConf.read()),
        families=settings.families,
        cache=DnsCache(
            settings.cache_size,
            max_ttl_seconds=settings.max_ttl.total_seconds(),
            max_negative_ttl_seconds=settings.max_negative_ttl.total_seconds(),
        ),
    )
    return RoundRobinNameResolver(resolver) if settings.round_robin else resolver


def _config(settings: ResolverProperties, of_system: ResolvConf) -> ResolvConf:
    """Return what *settings* say, and where they are silent the system."""
    return ResolvConf(
        nameservers=of_system.nameservers,
        search=of_system.search if settings.search is None else tuple(settings.search),
        ndots=of_system.ndots if settings.ndots is None else settings.ndots,
        timeout_seconds=of_system.timeout_seconds if settings.timeout is None else settings.timeout.total_seconds(),
        attempts=of_system.attempts if settings.attempts is None else settings.attempts,
        rotate=of_system.rotate if settings.rotate is None else settings.rotate,
    )
