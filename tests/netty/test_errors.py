"""What the refusals of the bridge say."""

import errno

import pytest

from pyboot.netty.errors import BindFailedError, PathFailedError, UnknownServerError


@pytest.mark.parametrize(
    ("number", "description", "action"),
    [
        (errno.EADDRINUSE, "cannot listen on 127.0.0.1:9000: the port is in use.", "--netty.servers.echo.port=... (0 takes a free one)"),
        (errno.EACCES, "cannot listen on 127.0.0.1:9000: the port is not open to this user.", "below 1024"),
        (errno.EADDRNOTAVAIL, "cannot listen on 127.0.0.1:9000: the address is not one of this machine.", "--netty.servers.echo.host"),
        (None, "cannot listen on 127.0.0.1:9000: something else.", "Check --netty.servers.echo.host"),
    ],
    ids=["in use", "not allowed", "not ours", "anything else"],
)
def test_a_failed_bind_says_why_and_what_to_do(number: int | None, description: str, action: str) -> None:
    """The setting to change is written out."""
    error = BindFailedError("echo", "127.0.0.1", 9000, number, "something else")

    assert f"The server 'echo' {description}" == str(error)
    assert action in error.action


def test_a_path_that_cannot_be_bound_says_what_it_must_be() -> None:
    """With the system's own reason."""
    error = PathFailedError("echo", "/run/no/echo.sock", errno.ENOENT, "No such file or directory")

    assert "The server 'echo' cannot listen on /run/no/echo.sock: No such file or directory." == str(error)
    assert "--netty.servers.echo.path" in error.action


def test_an_unknown_server_is_named_with_the_known_ones() -> None:
    """And with the way to add it."""
    error = UnknownServerError("The handler app.Greet", "chat", ["echo"])

    assert "The handler app.Greet belongs to the server 'chat', which is not there. There are: echo." == str(error)
    assert "@NettyServer(name='chat', port=...)" in error.action
