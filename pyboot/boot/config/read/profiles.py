"""Profiles: names that switch parts of the settings and beans on, the groups they form, and expressions over them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from pyboot.boot.errors import ConfigurationError
from pyboot.boot.model.nearest import is_slip

_NAME = r"[\w.@+-]+"
_LONGEST = 60  # characters of an expression that a message shows where it is too deep
_SIGNS = "!&|()"
_SIGN = r"\s*([!&|()]|[\w.@+-]+)"


class ProfileError(ConfigurationError):
    """A profile's name or expression, *text*, is not well formed; *reason* says what is wrong and where it was read."""

    code = "PB-E104"

    text: str
    reason: str

    def __str__(self) -> str:
        return f"The profile '{self.text}' is not valid: {self.reason}"


def checked(names: Iterable[str], origin: str) -> tuple[str, ...]:
    """Return *names*, each once, in their order.

    Raises:
        ProfileError: one of them is no profile name.
    """
    found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    for name in found:
        if not re.fullmatch(_NAME, name):
            raise ProfileError(name, f"a name holds letters, digits and . _ - @ + only ({origin})")
    return found


def expand(names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return *names* with the members of each group right behind the group's own name, each name once."""
    done: dict[str, None] = {}
    waiting = list(reversed(names))
    while waiting:
        name = waiting.pop()
        if name not in done:
            done[name] = None
            waiting += reversed(groups.get(name, ()))
    return tuple(done)


def matches(expression: str, active: Sequence[str]) -> bool:
    """Tell whether *active* satisfies *expression*, e.g. ``prod & !cloud`` or ``dev | (test & linux)``.

    Raises:
        ProfileError: the expression is not well formed, or mixes ``&`` and ``|`` without parentheses.
    """
    tokens = _tokens(expression)
    try:
        result, position = _sequence(tokens, 0, lambda name: name in active, expression)
    except RecursionError:
        raise ProfileError(f"{expression[:_LONGEST]}…", "it is nested too deeply") from None
    if position != len(tokens):
        raise ProfileError(expression, f"'{tokens[position]}' is not expected there")
    return result


def names_in(expression: str) -> set[str]:
    """Return the profiles that *expression* asks about."""
    return {token for token in _tokens(expression) if token not in _SIGNS}


def resembles(name: str, known: Iterable[str]) -> str | None:
    """Return the one of *known* that *name* is a slip of; another number, as ``eu1`` for ``eu2``, is not a slip."""
    return next((meant for meant in sorted(known) if is_slip(name, meant) and re.sub(r"\d", "", name) != re.sub(r"\d", "", meant)), None)


def _tokens(expression: str) -> list[str]:
    tokens, position, text = [], 0, expression.rstrip()
    while position < len(text):
        match = re.compile(_SIGN).match(text, position)
        if match is None:
            raise ProfileError(expression, f"'{text[position:].strip()[:1]}' is not allowed")
        tokens.append(match[1])
        position = match.end()
    return tokens


def _sequence(tokens: list[str], position: int, is_active: Callable[[str], bool], whole: str) -> tuple[bool, int]:
    result, position = _operand(tokens, position, is_active, whole)
    operator = None
    while position < len(tokens) and tokens[position] in "&|":
        if operator not in (None, tokens[position]):
            raise ProfileError(whole, "& and | together need parentheses")
        operator = tokens[position]
        value, position = _operand(tokens, position + 1, is_active, whole)
        result = (result and value) if operator == "&" else (result or value)
    return result, position


def _operand(tokens: list[str], position: int, is_active: Callable[[str], bool], whole: str) -> tuple[bool, int]:
    if position == len(tokens) or tokens[position] in "&|)":
        raise ProfileError(whole, "a name is missing")
    if tokens[position] == "!":
        value, position = _operand(tokens, position + 1, is_active, whole)
        return not value, position
    if tokens[position] == "(":
        value, position = _sequence(tokens, position + 1, is_active, whole)
        if position == len(tokens) or tokens[position] != ")":
            raise ProfileError(whole, "a parenthesis is not closed")
        return value, position + 1
    return is_active(tokens[position]), position + 1
