"""Which settings are secret, judged by name and by type, so that no report, log line or listing shows them."""

import re
from collections.abc import Iterable

from pyboot.boot.model.generic import Hint

from .names import split_key, uniform
from .shape import shape_of

MASK = "******"

_TELLING = r"password|passwd|secret|token|credential|private|passphrase|(^|[-_.])key$|api-?_?key"


def is_secret(path: tuple[str | int, ...]) -> bool:
    """Tell whether the setting at *path* is a secret: any part of its name says so."""
    return any(isinstance(part, str) and re.search(_TELLING, part, re.IGNORECASE) for part in path)


def is_secret_to(key: str, bound: Iterable[tuple[str, Hint]]) -> bool:
    """Tell whether *key* is a secret by its name, or by the type that one of the *bound* prefixes gives it."""
    path = split_key(key)
    return is_secret(path) or any(
        _is_typed_secret(path[len(split_key(prefix)) :], hint) for prefix, hint in bound if _is_below(path, prefix)
    )


def _is_below(path: tuple[str | int, ...], prefix: str) -> bool:
    parts = split_key(prefix)
    return [uniform(str(part)) for part in path[: len(parts)]] == [uniform(str(part)) for part in parts]


def _is_typed_secret(path: tuple[str | int, ...], hint: Hint) -> bool:
    shape = shape_of(hint)
    if shape.is_secret or not path:
        return shape.is_secret
    field = (shape.fields or {}).get(uniform(str(path[0])))
    below = field.hint if field is not None else shape.item if isinstance(path[0], int) else shape.entry
    return below is not None and _is_typed_secret(path[1:], below)
