"""The command line as a source."""

import pytest

from pyboot.boot.config.read.arguments import option_names, read_arguments
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


@pytest.mark.parametrize(
    ("arguments", "profiles", "port"),
    [
        (["--profile=prod", "--port=1"], "prod", "1"),
        (["--profile", "prod", "--port", "1"], "prod", "1"),
        (["--port=1", "--netty.port=2", "--profile=a", "--pyboot.profiles.active=b"], "b", "2"),
        (["--netty.port=2", "--port=1", "--pyboot.profiles.active=b", "--profile=a"], "b", "2"),
    ],
)
def test_short_options_are_settings_which_win_where_they_are_written_out(arguments: list[str], profiles: str, port: str) -> None:
    """As ``pyboot run`` has it, in any order."""
    tree, others = read_arguments(arguments)
    found = {".".join(map(str, path)): leaf.text for path, leaf in leaves(tree)}

    assert (profiles, port, ()) == (found["pyboot.profiles.active"], found["netty.port"], others)


def test_a_short_option_keeps_its_own_name_too() -> None:
    """An application may have a setting called ``port``; a wrong value is reported with what was written."""
    tree, _ = read_arguments(["--port=x"])

    assert {"netty.port": "command line --port", "port": "command line --port"} == {
        ".".join(map(str, path)): str(leaf.origin) for path, leaf in leaves(tree)
    }


@pytest.mark.parametrize("arguments", [["--port"], ["--port="], ["--profile", "--debug"]])
def test_a_short_option_without_its_value_is_refused(arguments: list[str]) -> None:
    """With an example."""
    with pytest.raises(ConfigFileError, match=r"needs a value: --(port=9001|profile=prod)"):
        read_arguments(arguments)


def test_the_names_of_options_are_told() -> None:
    """Values are not taken for options, nor numbers, nor what follows ``--``."""
    assert ["a.b", "-p", "debug", "port"] == list(option_names(["--a.b=1", "-p", "x", "--debug", "--port", "1", "-5", "-", "--", "--no"]))
