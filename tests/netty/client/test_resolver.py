"""The resolver of a client, as its settings say."""

import pytest
from pydantic import ValidationError

from pyboot.components.netty.resolver import DnsNameResolver, ResolvConf, RoundRobinNameResolver
from pyboot.netty.client.properties import ResolverProperties
from pyboot.netty.client.resolver import new_resolver


def test_without_a_word_the_machines_servers_are_asked() -> None:
    """With what its file says; switched off, the system is."""
    resolver = new_resolver(ResolverProperties())

    assert isinstance(resolver, DnsNameResolver)
    assert ResolvConf.read() == resolver.config
    assert new_resolver(ResolverProperties(enabled=False)) is None


def test_what_is_set_wins() -> None:
    """Over the file of the machine."""
    settings = {"servers": ["192.0.2.1", "[::1]:5353"], "search": ["a.test"], "ndots": 3, "timeout": "2s", "attempts": 1, "rotate": True}
    settings |= {"families": "ipv6-only", "cache_size": 7, "max_ttl": "1m", "max_negative_ttl": "2s"}
    resolver = new_resolver(ResolverProperties.model_validate(settings))
    round_robin = new_resolver(ResolverProperties(round_robin=True))

    assert isinstance(resolver, DnsNameResolver)
    assert [("192.0.2.1", 53), ("::1", 5353)] == resolver._servers
    assert ((28,), 7, 60.0, 2.0) == (
        resolver._types,
        resolver.cache._max_entries,
        resolver.cache._max_ttl,
        resolver.cache._max_negative_ttl,
    )
    assert ResolvConf(ResolvConf.read().nameservers, ("a.test",), 3, 2.0, 1, True) == resolver.config
    assert isinstance(round_robin, RoundRobinNameResolver)


@pytest.mark.parametrize(
    "wrong", [{"servers": ["a.test"]}, {"families": "ipv5"}, {"ndots": 16}, {"timeout": "0s"}, {"attempts": 0}, {"cache_size": -1}]
)
def test_what_is_not_allowed_is_refused(wrong: dict[str, object]) -> None:
    """A name server is an address: who would look its name up?"""
    with pytest.raises(ValidationError):
        ResolverProperties.model_validate(wrong)
