"""Addresses of this machine alone."""

import pytest

from pyboot.actuator.loopback import is_loopback


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"])
def test_this_machine_alone(host: str) -> None:
    """However it is spelled."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost", "", "*"])
def test_not_this_machine_alone(host: str) -> None:
    """A name that looks like it is not."""
    assert not is_loopback(host)
