"""Settings from the command line: ``--server.port=9000``; a name alone means ``true``."""

from collections.abc import Iterable, Iterator, Mapping

from pyboot.boot.config.names import split_key
from pyboot.boot.config.tree import Branch, Leaf, Node, overlay, plant
from pyboot.boot.errors import ConfigFileError
from pyboot.boot.model.origin import Origin

SHORT: Mapping[str, tuple[str, ...]] = {"profile": ("pyboot", "profiles", "active"), "port": ("netty", "port")}
_EXAMPLES = {"profile": "prod", "port": "9001"}


def read_arguments(arguments: Iterable[str]) -> tuple[Node, tuple[str, ...]]:
    """Return the tree of the ``--name=value`` options among *arguments*, and the other arguments.

    Options are taken up to a bare ``--``; what follows it is left to the application. ``--profile=prod`` and ``--port=9001``, whose
    value may also be the next argument, are short for settings, which win where both are given.

    Raises:
        ConfigFileError: an option's name is no setting's name, or a short form has no value.
    """
    tree: Node = Branch()
    others: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            others.extend(remaining)
        elif argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            if name in SHORT:
                value = value if equals else next(remaining, "")
                if not value or value.startswith("--"):
                    raise ConfigFileError("the command line", f"--{name} needs a value: --{name}={_EXAMPLES[name]}")
                tree = overlay(plant(SHORT[name], _leaf(name, value)), tree)
            try:
                parts = split_key(name)
            except ValueError as error:
                raise ConfigFileError("the command line", f"--{name}: {error}") from error
            tree = overlay(tree, plant(parts, _leaf(name, value if equals or name in SHORT else "true")))
        else:
            others.append(argument)
    return tree, tuple(others)


def option_names(arguments: Iterable[str]) -> Iterator[str]:
    """Iterate over the names of the options among *arguments*, up to a bare ``--``; an option with one dash counts."""
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            return
        name, equals, _ = argument.removeprefix("--").partition("=")
        if argument.startswith("-") and len(argument) > 1 and not argument[1:].replace(".", "").isdecimal():
            yield name
            if name in SHORT and not equals:
                next(remaining, None)


def _leaf(name: str, value: str) -> Leaf:
    return Leaf.of(value, Origin(f"command line --{name}"))
