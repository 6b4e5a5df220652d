"""Environment variables against the shape of what is bound (the table of relaxed names)."""

import pytest
from pydantic import BaseModel

from pyboot.boot.config.relax import path_of
from pyboot.boot.config.sources.env import EnvironmentVariables
from pyboot.boot.config.tree import grow
from pyboot.boot.model.origin import Origin


class Server(BaseModel):
    max_frame_size: int = 0
    max: int = 0
    hosts: list[str] = []
    labels: dict[str, str] = {}


class Netty(BaseModel):
    servers: dict[str, Server] = {}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("NETTY_SERVERS_ECHO_MAXFRAMESIZE", ("servers", "echo", "max_frame_size")),
        ("NETTY_SERVERS_ECHO_MAX_FRAME_SIZE", ("servers", "echo", "max_frame_size")),
        ("NETTY__SERVERS__ECHO__MAX_FRAME_SIZE", ("servers", "echo", "max_frame_size")),
        ("NETTY_SERVERS_ECHO_MAX", ("servers", "echo", "max")),
        ("NETTY_SERVERS_ECHO_HOSTS_1", ("servers", "echo", "hosts", 1)),
        ("NETTY_SERVERS__ECHO_TLS__MAX", ("servers", "echo-tls", "max")),
        ("NETTY_SERVERS_OLD_TLS_MAX", ("servers", "old-tls", "max")),
        ("NETTY_SERVERS_ECHO_LABELS_A", ("servers", "echo", "labels", "a")),
        ("NETTY_SERVERS_ECHO_LABELS_A_B", ("servers", "echo", "labels", "a-b")),
        ("NETTY_SERVERS_ECHO_MIN", None),
        ("NETTY_SERVERS_ECHO", None),
    ],
)
def test_tokens_are_read_along_the_shape(name: str, path: tuple[str | int, ...] | None) -> None:
    """A map takes one token, a known key, or what stands before a double underscore; a model its longest field."""
    ((variable, taken),) = EnvironmentVariables({name: "1"}).below(("netty",))
    below = grow({"servers": {"old-tls": {"max": 1}}}, Origin("file"))

    assert path == path_of(variable, taken, Netty, below)
