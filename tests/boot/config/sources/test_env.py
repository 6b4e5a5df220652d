"""Environment variables as a source."""

import pytest

from pyboot.boot.config.names import split_key
from pyboot.boot.config.sources.env import EnvironmentVariables


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
