"""The command line as a source."""

import pytest

from pyboot.boot.config.sources.args import read_arguments
from pyboot.boot.config.tree import leaves
from pyboot.boot.errors import ConfigFileError


def test_options_become_settings_and_the_rest_is_kept() -> None:
    """A name alone means true; what follows ``--`` is the application's."""
    tree, others = read_arguments(["serve", "--a.b=1", "--debug", "--list[0]=x", "--empty=", "--", "--not=ours"])

    assert {("a", "b"): "1", ("debug",): "true", ("list", 0): "x", ("empty",): ""} == {path: leaf.text for path, leaf in leaves(tree)}
    assert ("serve", "--not=ours") == others


def test_the_origin_names_the_option() -> None:
    """A wrong value is reported with it."""
    tree, _ = read_arguments(["--a.b=1"])

    assert ["command line --a.b"] == [str(leaf.origin) for _, leaf in leaves(tree)]


def test_a_broken_option_is_refused() -> None:
    """The message shows the option, and not its value, which may be a secret."""
    with pytest.raises(ConfigFileError, match=r"the command line.*--a\.\.b: "):
        read_arguments(["--a..b=1"])
