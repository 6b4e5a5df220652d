"""HAProxyMessage as a value."""

from pyboot.components.netty.wire.haproxy.kinds import HAProxyCommand, HAProxyProtocolVersion, HAProxyProxiedProtocol, HAProxyTLVType
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage, HAProxySSLTLV, HAProxyTLV

V2 = HAProxyProtocolVersion.V2


def test_messages_are_values() -> None:
    """Equal where they say the same, and hashed alike."""
    tlvs = [HAProxyTLV(2, b"example.com"), HAProxyTLV(0xE0, b"x")]
    ends = ("10.0.0.1", 1), ("10.0.0.2", 2)
    one, other = (HAProxyMessage(V2, HAProxyCommand.PROXY, HAProxyProxiedProtocol.TCP4, *ends, tlvs) for _ in range(2))

    assert one == other
    assert hash(one) == hash(other)
    assert one != HAProxyMessage(V2, HAProxyCommand.PROXY, HAProxyProxiedProtocol.TCP4, *ends)
    assert HAProxyTLV(2, b"example.com") == one.tlv(HAProxyTLVType.AUTHORITY)
    assert one.tlv(HAProxyTLVType.ALPN) is None
    assert HAProxyTLVType.OTHER is tlvs[1].type


def test_its_text_tells_both_ends() -> None:
    """And the fields."""
    message = HAProxyMessage(
        V2, HAProxyCommand.PROXY, HAProxyProxiedProtocol.TCP4, ("10.0.0.1", 1), ("10.0.0.2", 2), [HAProxyTLV(1, b"h2")]
    )

    assert "HAProxyMessage(v2 PROXY TCP4, ('10.0.0.1', 1) -> ('10.0.0.2', 2), [HAProxyTLV(alpn 0x01, b'h2')])" == repr(message)
    local = HAProxyMessage(V2, HAProxyCommand.LOCAL, HAProxyProxiedProtocol.UNKNOWN)
    assert "HAProxyMessage(v2 LOCAL UNKNOWN, no addresses)" == repr(local)


def test_the_bits_of_tls() -> None:
    """proxy-protocol.txt, 2.2.6."""
    tls = HAProxySSLTLV(b"\x05\0\0\0\0", 0x05, 0)

    assert (True, False, True) == (tls.is_ssl, tls.has_certificate_on_connection, tls.has_certificate_in_session)
    assert "HAProxySSLTLV(client=0x05, verify=0, tlvs=[])" == repr(tls)
