"""The server of who says none."""

from pyboot.boot.model.label import labels
from pyboot.netty.annotations import NettyServerLabel
from pyboot.web.server import WebServer


def test_it_is_called_web_and_keeps_to_this_machine() -> None:
    """Port 8080 of the loopback address."""
    (label,) = labels(WebServer, NettyServerLabel)

    assert ("web", "127.0.0.1", 8080) == (label.name_for(WebServer), label.host, label.port)
