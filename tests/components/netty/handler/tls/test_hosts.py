"""Contexts of hosts: the very name, then its wildcard, then the default."""

from typing import Any

import pytest

from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.handler.tls.hosts import HostContexts


def test_a_name_is_found_before_its_wildcard(certificates: Any) -> None:
    """A wildcard stands for one label."""
    exact, wild, default = (certificates.server_context() for _ in range(3))
    hosts = HostContexts({"a.Example.com": exact, "*.example.com": wild, "bücher.test": wild}, default)
    found = {name: hosts.or_default(hosts.find(name)) for name in ("a.example.com", "b.example.com", "x.b.example.com", None)}

    assert {"a.example.com": exact, "b.example.com": wild, "x.b.example.com": default, None: default} == found
    assert wild is hosts.find("xn--bcher-kva.test")


def test_without_a_default_there_is_none(certificates: Any) -> None:
    """Never another host's."""
    hosts = HostContexts({"a.test": certificates.server_context()})

    assert [None, None] == [hosts.or_default(hosts.find(name)) for name in ("b.test", None)]


def test_a_function_is_asked(certificates: Any) -> None:
    """What it gives is checked."""
    context = certificates.server_context()
    hosts = HostContexts(lambda name: context if name == "a.test" else None)

    assert context is hosts.or_default(hosts.find("a.test"))
    with pytest.raises(SslContextError, match=r"'the function' stands for 'x', which is no ssl.SSLContext"):
        hosts.or_default("x")


def test_what_is_no_name_or_no_context_is_refused(certificates: Any) -> None:
    """When the table is made."""
    with pytest.raises(SslContextError, match=r"'a.test' stands for None"):
        HostContexts({"a.test": None})  # type: ignore[dict-item]  # that is the point
    with pytest.raises(SslContextError, match=r"'.a..test' is no name of a host"):
        HostContexts({".a..test": certificates.server_context()})
    with pytest.raises(SslContextError, match=r"'default' stands for 1"):
        HostContexts({}, 1)  # type: ignore[arg-type]  # likewise
