"""What bootstraps are told: words that are none, and TLS that nobody asked for, are refused at once."""

import os
import subprocess
import sys
from typing import Any

import pytest

from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.handler.tls.arguments import tls_of_client, tls_of_server


def test_nothing_asked_for_is_nothing_made() -> None:
    """The channel stays plain."""
    assert tls_of_server(False, {}) is None
    assert tls_of_client(False, {}) is None


def test_arguments_without_tls_are_refused() -> None:
    """A certificate that is not shown would be a surprise."""
    with pytest.raises(SslContextError, match=r"certfile, keyfile without ssl: pass ssl=True too, or leave them out"):
        tls_of_server(False, {"certfile": "a", "keyfile": "b"})
    with pytest.raises(SslContextError, match=r"ca without ssl"):
        tls_of_client(False, {"ca": "a"})


def test_words_that_are_none_are_refused() -> None:
    """With those that are; each side has its own."""
    with pytest.raises(TypeError, match=r"no argument 'cert': there are ssl, alpn, ca, certfile, ciphers, client_auth, .*, sni"):
        tls_of_server(True, {"cert": "a"})
    with pytest.raises(TypeError, match=r"no argument 'sni'"):
        tls_of_client(True, {"sni": {}})


def test_what_was_asked_for_is_made(certificates: Any) -> None:
    """On both sides."""
    assert tls_of_server(True, {"certfile": certificates.certfile, "keyfile": certificates.keyfile, "password": None}) is not None
    assert tls_of_client(certificates.client_context(), {}) is not None


def test_a_plain_bootstrap_does_not_import_what_only_tls_needs() -> None:
    """Its start would pay for it."""
    code = "import sys; from pyboot.components.netty.bootstrap import ServerBootstrap; ServerBootstrap(); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYBOOT_PURE": "1"})

    loaded = [name for name in ran.stdout.split() if name.startswith("pyboot.components.netty.handler.tls.")]
    assert ["pyboot.components.netty.handler.tls.arguments"] == loaded
