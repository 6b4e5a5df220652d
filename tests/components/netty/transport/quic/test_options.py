"""QuicChannelOption: bootstraps know them."""

import importlib
import importlib.util
import logging
import sys

import pytest

from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.options import ChannelOptions
from pyboot.components.netty.transport.quic import QuicChannelOption


def test_the_options_are_known(caplog: pytest.LogCaptureFixture) -> None:
    """They go to the transport without a warning."""
    options = ChannelOptions()
    with caplog.at_level(logging.WARNING):
        options.set(QuicChannelOption.CONFIG, "config")
        options.set(QuicChannelOption.STREAM_HANDLER, "handler")

    assert {QuicChannelOption.CONFIG: "config", QuicChannelOption.STREAM_HANDLER: "handler"} == options.others
    assert [] == caplog.records
    assert ChannelOption.ALL["QUIC_CONFIG"] is QuicChannelOption.CONFIG


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for a name of QUIC is told what to install, and nobody else notices."""
    import pyboot.components.netty.transport.quic as package

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, package.__name__)

    with pytest.raises(ModuleNotFoundError, match=r'QUIC needs aioquic: pip install "pyboot-framework\[quic\]"'):
        importlib.import_module(package.__name__)
