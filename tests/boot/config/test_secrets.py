"""Secrets are known by their names."""

import pytest

from pyboot.boot.config.secrets import is_secret


@pytest.mark.parametrize("path", [("db", "password"), ("api_key",), ("jwt", "token-value"), ("tls", "private", "file"), ("cache", "key")])
def test_a_secret_is_known_by_any_part_of_its_name(path: tuple[str | int, ...]) -> None:
    """Rather one too many than one too few."""
    assert is_secret(path)


@pytest.mark.parametrize("path", [("server", "port"), ("keyboard",), ("hosts", 0)])
def test_other_settings_are_shown(path: tuple[str | int, ...]) -> None:
    """A list index is no name."""
    assert not is_secret(path)
