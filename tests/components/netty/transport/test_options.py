"""ChannelOptions: sorted when they are set."""

from typing import Any

import pytest

from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.options import ChannelOptions


def test_rules_go_to_the_config_and_the_rest_to_the_socket() -> None:
    """Each where it is looked for."""
    options = ChannelOptions()
    options.set(ChannelOption.AUTO_READ, False)
    options.set(ChannelOption.TCP_NODELAY, True)

    assert (False, {ChannelOption.TCP_NODELAY: True}) == (options.config.auto_read, options.others)


@pytest.mark.parametrize("option", [ChannelOption.AUTO_READ, ChannelOption.TCP_NODELAY])
def test_none_takes_an_option_back(option: ChannelOption[Any]) -> None:
    """Its default holds again."""
    options = ChannelOptions()
    options.set(option, False)
    options.set(option, None)

    assert (True, {}) == (options.config.auto_read, options.others)


def test_values_that_are_not_allowed_are_refused() -> None:
    """Said where it is set."""
    with pytest.raises(ValueError, match="allowed"):
        ChannelOptions().set(ChannelOption.CONNECT_TIMEOUT, -1.0)
