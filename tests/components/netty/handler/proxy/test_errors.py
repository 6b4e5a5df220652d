"""The errors of proxies."""

from pyboot.components.netty.errors import ChannelError
from pyboot.components.netty.handler.proxy.errors import ProxyConnectError, ProxyConnectTimeoutError


def test_they_tell_where_through_whom_and_why() -> None:
    """And are errors of a connection, for who catches those."""
    error = ProxyConnectError("proxy:1080", "example.com:443", "it answered 5 CONNECTION_REFUSED", 5)

    assert "no connection to example.com:443 through the proxy proxy:1080: it answered 5 CONNECTION_REFUSED" == str(error)
    assert (5, True, True) == (error.status, isinstance(error, ConnectionError), isinstance(error, ChannelError))


def test_one_of_time_is_a_timeout() -> None:
    """Of the proxy's answer."""
    error = ProxyConnectTimeoutError("proxy:1080", "example.com:443", 3.0)
    assert "it has not answered for 3 s" in str(error)
    assert isinstance(error, TimeoutError)
