"""Settings from the command line: ``--server.port=9000``; a name alone means ``true``."""

from collections.abc import Iterable

from pyboot.boot.config.names import split_key
from pyboot.boot.config.tree import Branch, Leaf, Node, overlay, plant
from pyboot.boot.errors import ConfigFileError
from pyboot.boot.model.origin import Origin


def read_arguments(arguments: Iterable[str]) -> tuple[Node, tuple[str, ...]]:
    """Return the tree of the ``--name=value`` options among *arguments*, and the other arguments.

    Options are taken up to a bare ``--``; what follows it is left to the application.

    Raises:
        ConfigFileError: an option's name is no setting's name.
    """
    tree: Node = Branch()
    others: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            others.extend(remaining)
        elif argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            leaf = Leaf.of(value if equals else "true", Origin(f"command line --{name}"))
            tree = overlay(tree, plant(_parts(name), leaf))
        else:
            others.append(argument)
    return tree, tuple(others)


def _parts(name: str) -> tuple[str | int, ...]:
    try:
        return split_key(name)
    except ValueError as error:
        raise ConfigFileError("the command line", f"--{name}: {error}") from error
