"""The settings below `cluster.redis`."""

import pytest
from pydantic import ValidationError

from pyboot.cluster.engines.redis.properties import RedisProperties


def test_a_server_of_this_machine_is_the_default() -> None:
    """Without a password, with two seconds for an answer."""
    properties = RedisProperties()
    assert (properties.url, properties.username, properties.password_file, properties.tls) == ("redis://127.0.0.1:6379/0", None, None, None)
    assert properties.timeout.total_seconds() == 2.0


@pytest.mark.parametrize("wrong", [{"url": "http://h"}, {"timeout": "0s"}, {"username": ""}, {"tls": ""}, {"cluster": True}])
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    """When the settings are bound."""
    with pytest.raises(ValidationError):
        RedisProperties(**wrong)  # type: ignore[arg-type]
