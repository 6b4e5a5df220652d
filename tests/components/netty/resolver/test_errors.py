"""The errors of resolvers."""

from pyboot.components.netty.resolver.errors import ClosedResolverError, DnsServerError, DnsTimeoutError, ResolverError, UnknownHostError


def test_each_says_which_name_and_what_was_seen() -> None:
    """Who catches OSError, as of the system's resolver, catches all of them."""
    failed = DnsServerError("a", [("192.0.2.1:53", TimeoutError()), ("192.0.2.2:53", OSError("refused"))])

    assert "'a': no name server gave an answer: 192.0.2.1:53: TimeoutError; 192.0.2.2:53: refused" == str(failed)
    assert "'a': there is no such name" == str(UnknownHostError("a", "there is no such name"))
    assert "'a': the resolver is closed" == str(ClosedResolverError("a"))
    assert "a" == failed.host
    assert issubclass(ResolverError, OSError)
    assert issubclass(DnsTimeoutError, TimeoutError)
    assert issubclass(DnsTimeoutError, DnsServerError)
