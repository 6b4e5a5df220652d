"""The numbers of the PROXY protocol."""

from pyboot.components.netty.wire.haproxy.kinds import HAProxyCommand, HAProxyProxiedProtocol


def test_a_number_is_family_above_type() -> None:
    """As version 2 writes it."""
    assert [0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32] == [int(each) for each in HAProxyProxiedProtocol]
    assert (0, 1) == (HAProxyCommand.LOCAL, HAProxyCommand.PROXY)
