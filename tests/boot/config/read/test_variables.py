"""Environment variables as a source, and against the shape of what is bound (the table of relaxed names)."""

import pytest
from pydantic import BaseModel

from pyboot.boot.config.names import split_key
from pyboot.boot.config.read.variables import EnvironmentVariables, path_of
from pyboot.boot.config.tree import grow
from pyboot.boot.model.origin import Origin


@pytest.mark.parametrize("name", ["SERVER_MAX_SIZE", "SERVER_MAXSIZE", "SERVER__MAX_SIZE", "server_max_size"])
def test_a_variable_is_found_in_each_form(name: str) -> None:
    """Spring's form and pydantic's both work."""
    found = EnvironmentVariables({name: "5"}).find(split_key("server.max-size"))

    assert found is not None
    assert ("5", f"environment variable {name}") == (found.text, str(found.origin))


def test_an_index_is_a_part_of_the_name() -> None:
    """``HOSTS_0_NAME`` is ``hosts[0].name``."""
    found = EnvironmentVariables({"HOSTS_0_NAME": "x"}).find(split_key("hosts[0].name"))

    assert found is not None
    assert "x" == found.text


def test_what_lies_below_a_prefix_is_told_with_the_tokens_it_took() -> None:
    """A prefix that ends inside a token does not count."""
    source = EnvironmentVariables({"NETTY_SERVERS_ECHO_PORT": "1", "NETTYSERVERS": "x", "NETTY_SERVERSIDE": "y"})

    assert [("NETTY_SERVERS_ECHO_PORT", 2)] == [(variable.name, taken) for variable, taken in source.below(("netty", "servers"))]


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
