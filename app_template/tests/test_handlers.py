"""The handler in memory: no socket, no container."""

from pyboot.netty import EmbeddedChannel

from app.greeting import Greeter
from app.handlers import GreetHandler


def test_each_line_is_answered_with_a_greeting() -> None:
    """What the peer sent comes back as a greeting, with a line end."""
    channel = EmbeddedChannel(GreetHandler(Greeter()))

    channel.write_inbound("ada")

    assert channel.read_outbound() == "hello ada\n"
