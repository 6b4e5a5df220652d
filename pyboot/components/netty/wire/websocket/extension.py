"""The header Sec-WebSocket-Extensions: extensions with their parameters, to text and back. Source: RFC 6455, 9.1."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, final

__all__ = ["Extension", "parse_extensions", "parse_tokens"]

_WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_IS_WORD: Final = re.compile(_WORD)
_PARAMETER: Final = re.compile(rf'[ \t]*;[ \t]*({_WORD})(?:[ \t]*=[ \t]*(?:({_WORD})|"((?:[^"\\]|\\.)*)"))?')
_NAME: Final = re.compile(rf"[ \t,]*({_WORD})")
_END: Final = re.compile(r"[ \t]*(?:,|$)")


@final
class Extension(NamedTuple):
    """One extension, as it is offered or answered; a parameter without a value has None."""

    name: str
    parameters: tuple[tuple[str, str | None], ...] = ()

    def __str__(self) -> str:
        return "; ".join([self.name, *(name if value is None else f"{name}={value}" for name, value in self.parameters)])


def parse_extensions(text: str) -> list[Extension]:
    """The extensions that *text* lists, in its order.

    Raises:
        ValueError: for text that is no such list.
    """
    found: list[Extension] = []
    at = 0
    while text[at:].strip(" \t,"):
        name = _NAME.match(text, at)
        if name is None:
            raise ValueError(f"no extension at {text[at : at + 20]!r}")
        at = name.end()
        parameters: list[tuple[str, str | None]] = []
        while parameter := _PARAMETER.match(text, at):
            at = parameter.end()
            value = parameter[2]
            if parameter[3] is not None:
                value = re.sub(r"\\(.)", r"\1", parameter[3])
                if not _IS_WORD.fullmatch(value):  # 9.1: what is quoted must be a token all the same
                    raise ValueError(f"quoted value {value!r} of {parameter[1]} is no token")
            parameters.append((parameter[1], value))
        end = _END.match(text, at)
        if end is None:
            raise ValueError(f"no end of {name[1]} at {text[at : at + 20]!r}")
        at = end.end()
        found.append(Extension(name[1], tuple(parameters)))
    return found


def parse_tokens(text: str) -> list[str]:
    """The tokens that *text* lists, separated by commas.

    Raises:
        ValueError: for what is no token.
    """
    found = [part.strip(" \t") for part in text.split(",")]
    for each in found:
        if each and not _IS_WORD.fullmatch(each):
            raise ValueError(f"{each!r} is no token")
    return [each for each in found if each]
