"""The numbers of SOCKS."""

from pyboot.components.netty.wire.socks.kinds import Socks4CommandStatus, Socks5AuthMethod, Socks5CommandStatus, SocksCommand


def test_the_numbers_are_those_of_the_wire() -> None:
    """SOCKS4; RFC 1928, 3, 4 and 6."""
    assert [1, 2, 3] == [int(each) for each in SocksCommand]
    assert [90, 91, 92, 93] == [int(each) for each in Socks4CommandStatus]
    assert [0, 1, 2, 255] == [int(each) for each in Socks5AuthMethod]
    assert list(range(9)) == [int(each) for each in Socks5CommandStatus]
