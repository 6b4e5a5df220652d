"""Addresses of this machine alone: what is bound there nobody reaches from elsewhere. No I/O here."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Tell whether *host*, a name or an address, is of this machine alone."""
    host = host.strip("[]").lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):  # which no resolver leads elsewhere (RFC 6761 6.3)
        return True
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
