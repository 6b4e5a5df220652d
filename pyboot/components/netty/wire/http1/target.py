"""The target of a request and the host it is asked of: which forms there are, and that they do not contradict each other.

::

    origin-form      /users?page=2                 every method but CONNECT
    absolute-form    http://example.org/users      the same; its authority must be the one of Host
    authority-form   example.org:443               CONNECT alone
    asterisk-form    *                             OPTIONS alone

RFC 9112 3.2 and RFC 9110 7.2. A host is letters, digits, ``-._~`` and what is percent-encoded, or an address in brackets: the marks
that RFC 3986 lets into a name besides (``,`` and ``@`` look-alikes) are in no name that resolves, and are how one host is made to look
like two.
"""

from __future__ import annotations

from typing import Final

from pyboot.components.netty.wire.http.errors import HttpDecoderError, shown
from pyboot.components.netty.wire.http.grammar import DIGITS, HEX_DIGITS

__all__ = ["check_host", "check_target"]

_HOST_BYTES: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%"
_ADDRESS_BYTES: Final = HEX_DIGITS + b":."
_LARGEST_PORT: Final = 65535
_PORTS: Final = {b"http": b"80", b"https": b"443"}


def is_authority(text: bytes, needs_port: bool = False) -> bool:
    """True if *text* is a host, and maybe a port."""
    if text[:1] == b"[":
        end = text.find(b"]")
        if end < 2 or len(text[1:end].translate(None, _ADDRESS_BYTES)) > 0 or text.count(b":", 1, end) < 2:
            return False
        rest = text[end + 1 :]
    else:
        end = text.find(b":")
        host = text if end < 0 else text[:end]
        if len(host) == 0 or len(host.translate(None, _HOST_BYTES)) > 0:
            return False
        rest = b"" if end < 0 else text[end:]
    if len(rest) == 0:
        return not needs_port
    port = rest[1:]
    return rest[:1] == b":" and 0 < len(port) <= 5 and len(port.translate(None, DIGITS)) == 0 and 0 < int(port) <= _LARGEST_PORT


def check_host(host: bytes) -> None:
    """Raise `HttpDecoderError` for a value of ``Host`` that is none."""
    if not is_authority(host):
        raise HttpDecoderError("host", f"Host: {shown(host)} names no host")


def check_target(method: str, target: bytes, host: bytes | None) -> None:
    """Raise `HttpDecoderError` for a *target* whose form does not go with *method*, or contradicts *host*.

    One that begins with a slash is right for all but CONNECT, and need not be checked.
    """
    if method == "CONNECT":
        if not is_authority(target, needs_port=True):
            raise HttpDecoderError("target-form", f"CONNECT {shown(target)}: allowed is a host with a port")
        if host is not None and _same_authority(target, host, b"") is False:
            raise HttpDecoderError("host-mismatch", f"CONNECT {shown(target)}, but Host: {shown(host)}")
        return
    if target[:1] == b"/":
        return
    if target == b"*":
        if method != "OPTIONS":
            raise HttpDecoderError("target-form", f"{method} *: the asterisk goes with OPTIONS alone")
        return
    scheme, mark, rest = target.partition(b"://")
    scheme = scheme.lower()
    if mark == b"" or scheme not in _PORTS:
        raise HttpDecoderError("target-form", f"target {shown(target)}: allowed is a path, or an absolute http URI")
    authority = rest
    for end in (b"/", b"?"):
        authority = authority.partition(end)[0]
    if not is_authority(authority):
        raise HttpDecoderError("target-form", f"target {shown(target)} names no host")
    if host is not None and not _same_authority(authority, host, _PORTS[scheme]):
        raise HttpDecoderError("host-mismatch", f"target {shown(target)}, but Host: {shown(host)}")


def _same_authority(one: bytes, other: bytes, default_port: bytes) -> bool:
    """Tell whether both are one; without a port, *default_port* is meant, and none in CONNECT, whose Host may leave it out."""
    ours, theirs = one.lower(), other.lower()
    if ours == theirs:
        return True
    if default_port == b"":
        return ours.rpartition(b":")[0] == theirs
    return _with_port(ours, default_port) == _with_port(theirs, default_port)


def _with_port(authority: bytes, default_port: bytes) -> bytes:
    has_port = authority.rfind(b":") > authority.rfind(b"]")
    return authority if has_port else authority + b":" + default_port
