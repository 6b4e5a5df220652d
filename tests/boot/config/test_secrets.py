"""Secrets are known by their names, and by their types."""

import pytest
from pydantic import BaseModel, SecretStr

from pyboot.boot.config.secrets import is_secret, is_secret_to


@pytest.mark.parametrize("path", [("db", "password"), ("api_key",), ("jwt", "token-value"), ("tls", "private", "file"), ("cache", "key")])
def test_a_secret_is_known_by_any_part_of_its_name(path: tuple[str | int, ...]) -> None:
    """Rather one too many than one too few."""
    assert is_secret(path)


@pytest.mark.parametrize("path", [("server", "port"), ("keyboard",), ("hosts", 0)])
def test_other_settings_are_shown(path: tuple[str | int, ...]) -> None:
    """A list index is no name."""
    assert not is_secret(path)


class Card(BaseModel):
    pin: SecretStr
    name: str


class Wallet(BaseModel):
    cards: list[Card]
    by_name: dict[str, Card]
    codes: list[SecretStr]


@pytest.mark.parametrize("key", ["wallet.cards[0].pin", "wallet.by-name.gold.pin", "wallet.codes[1]", "wallet.cards[0].password"])
def test_a_secret_is_known_by_the_type_that_it_is_bound_to(key: str) -> None:
    """At any depth."""
    assert is_secret_to(key, [("wallet", Wallet)])


@pytest.mark.parametrize("key", ["wallet.cards[0].name", "wallet.nothing.there", "purse.cards[0].pin"])
def test_another_type_is_none(key: str) -> None:
    """Nor one that is bound elsewhere."""
    assert not is_secret_to(key, [("wallet", Wallet)])
