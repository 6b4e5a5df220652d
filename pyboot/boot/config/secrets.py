"""Secrets: the one place that decides what of the settings is shown, in reports, listings, logs, schemas and conditions.

The laws:

- **A setting is a secret** by its name (``db.password``, ``encryptionKey``), by the type that anything binds or injects it as
  (``SecretStr``, ``Secret[T]``, collections of them), or because a secret is made of it and nothing else (``db.password: ${vault.entry}``).
- **Shown by its key**, a secret is a mask, whatever its value. A password inside a URI or a connection string, and a
  private key in its armour, are masked anywhere.
- **Inside other text** (an exception's message, a log line, a stack trace) the value of a secret is masked wherever it stands. There
  only surely telling names count, and no values that are words of a language or small numbers: a development password ``postgres``
  would else blot out half of the log.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pyboot.boot.errors import BootError
from pyboot.boot.model.generic import Hint
from pyboot.boot.model.origin import Origin

from .names import is_name, join_key, kebab, split_key, uniform
from .read.placeholder import keys_in
from .read.sources import Path, PropertySources
from .shape import shape_of
from .tree import Leaf, leaves

MASK = "******"

_SURE = (
    r"(password|passwd|passphrase|passcode|pwd|secret|token|credential|passwort)s?$"
    r"|(api|access|encryption|signing|shared|master|account|auth|private|secret|ssh|storage|license)-?keys?$"
    r"|^(secrets|passwords|tokens|credentials|pin|otp|jwt|bearer|authorization)$"
)
_TELLING = (
    r"password|passwd|passphrase|passcode|secret|token|credential|private|(^|-)(pwd|pass|pin|otp|jwt|keys?)$|api-?key|authorization|bearer"
)

_PARTS = ("pass", "pwd", "secret", "token", "credential", "private", "key", "pin", "otp", "jwt", "auth", "bearer")  # one is in each of both

# texts, compiled when something is shown
_IN_URI = r"(://[^/\s:@\"'<>,]*):([^\s\"'<>,]+)@"
_ASSIGNED = r"(?i)(password|passwd|pwd|passphrase|secret|token|api[_-]?key)=(?!\s|[\"']?[*]{6})(\"[^\"\n]+\"|'[^'\n]+'|[^\s&;\"',<>]+)"
_PRIVATE_KEY = r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|$)"
_PLACEHOLDER = r"\$\{[^{}]*\}"

_LONG, _SHORT, _SHORT_NUMBER, _LINE = 9, 5, 6, 16  # characters from which a value is masked inside other text


def is_secret(path: Path) -> bool:
    """Tell whether the setting at *path* is a secret by its name; if in doubt it is, and any part of the path can say so."""
    parts = _doubtful_parts(path)
    return bool(parts) and (_are_surely_secret(parts) or any(re.search(_TELLING, part) for part in parts))


def _is_surely_secret(path: Path) -> bool:
    return _are_surely_secret(_doubtful_parts(path))


def _are_surely_secret(parts: Sequence[str]) -> bool:
    return any(re.search(_SURE, name) for name in (*parts, "-".join(parts))) if parts else False


def _doubtful_parts(path: Path) -> list[str]:
    """Return the parts of *path* as words, or nothing where none can be a secret: most starts never compile the expressions."""
    parts = [kebab(part) for part in path if isinstance(part, str)]
    joined = "-".join(parts)
    return parts if any(part in joined for part in _PARTS) else []


def without_passwords(text: str) -> str:
    """Return *text* with passwords masked: in URIs (``://me:…@``), in assignments (``password=…``), in private keys (PEM)."""
    if "://" in text:
        text = re.sub(_IN_URI, rf"\1:{MASK}@", text)
    if "PRIVATE KEY-----" in text:
        text = re.sub(_PRIVATE_KEY, rf"\1{MASK}\2", text, flags=re.DOTALL)
    return re.sub(_ASSIGNED, rf"\1={MASK}", text) if "=" in text else text


class Secrets:
    """Knows which settings of an environment are secret, and masks them."""

    def __init__(self) -> None:
        self._sources: PropertySources | None = None
        self._bound: list[tuple[Path, Hint]] = []
        self._read: object = None
        self._tainted: set[str] = set()
        self._values: set[str] = set()
        self._places: set[Origin] = set()
        self._lowered: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None

    def watch(self, sources: PropertySources) -> None:
        """Look at the settings of *sources* from now on."""
        self._sources = sources

    def declare(self, prefix: str, hint: Hint) -> None:
        """Note that the settings below *prefix*, or the setting *prefix* itself, become a *hint*, whose types may be secret."""
        try:
            self._bound.append((split_key(prefix), hint))
        except ValueError:  # no name; reported by who binds it
            return
        self._read = None

    def is_secret(self, key: str) -> bool:
        """Tell whether the setting *key* is a secret: by its name, by a type, or because a secret is made of it and nothing else."""
        path = split_key(key)
        self._look()
        return is_secret(path) or _joined(path) in self._tainted or self._is_typed(path)

    def is_secret_at(self, place: Origin) -> bool:
        """Tell whether what stands at *place* is a secret: of a variable, whose name tells its parts only to who binds it."""
        self._look()
        return place in self._places

    def shown(self, key: str, text: str) -> str:
        """Return *text*, the value of the setting *key*, as it may be shown."""
        return MASK if text and self.is_secret(key) else self.masked(text)

    def masked(self, text: str) -> str:
        """Return *text*, whatever it is, with the values of secrets masked."""
        self._look()
        lowered = text.lower()  # a look for each value is faster than the pattern, and most lines hold none
        if self._pattern is not None and any(value in lowered for value in self._lowered):
            text = self._pattern.sub(MASK, text)
        return without_passwords(text)

    def _is_typed(self, path: Path) -> bool:
        return any(_leads_to_secret(path[len(prefix) :], hint) for prefix, hint in self._bound if _is_below(path, prefix))

    def _look(self) -> None:
        """Read the settings again where they, or what is bound to them, have changed; what was a secret stays one."""
        sources = self._sources
        if sources is None or self._read == (sources.sources, len(self._bound)):
            return
        self._read = (sources.sources, len(self._bound))
        found = [*sources.everything(), *self._typed(sources)]
        before = -1
        while before != len(self._tainted):
            before = len(self._tainted)
            self._tainted.update(_joined(split_key(key)) for key in self._made_of(found))
        for path, leaf in found:
            if leaf.text and self._is_known_secret(path) and not _is_working_folder(path, leaf.text):
                self._places.add(leaf.origin)
                self._values.update(_telling_parts(leaf.text, sources.resolve))
        spellings = sorted({spelling for value in self._values for spelling in _spellings(value)}, key=len, reverse=True)
        self._lowered = tuple({spelling.lower() for spelling in spellings})
        self._pattern = re.compile("|".join(map(re.escape, spellings)), re.IGNORECASE) if spellings else None

    def _typed(self, sources: PropertySources) -> Iterator[tuple[Path, Leaf]]:
        """Iterate over the settings below each prefix that holds secrets by type; a variable can only be read along that type."""
        for prefix, hint in self._bound:
            node = sources.node(join_key(prefix), hint)  # before the types, which are many: below most prefixes nothing is set
            if node is not None and _holds_secrets(hint):
                yield from leaves(node, prefix)

    def _made_of(self, found: Sequence[tuple[Path, Leaf]]) -> Iterator[str]:
        """Iterate over the settings that a secret is made of and nothing else; whatever their names are, they are the secret."""
        for path, leaf in found:
            if leaf.text and "${" in leaf.text and re.fullmatch(_PLACEHOLDER, leaf.text.strip()) and self._is_known_secret(path):
                yield from (key for key in keys_in(leaf.text) if is_name(key))

    def _is_known_secret(self, path: Path) -> bool:
        return _is_surely_secret(path) or _joined(path) in self._tainted or self._is_typed(path)


def hidden(text: str, values: Iterable[str]) -> str:
    """Return *text* without *values* of any length, which are known to be secret; a short one is masked where it is a word."""
    for value in sorted(filter(None, values), key=len, reverse=True):
        for spelling in _spellings(value):
            pattern = re.escape(spelling) if len(spelling) >= _SHORT else rf"(?<!\w){re.escape(spelling)}(?!\w)"
            text = re.sub(pattern, MASK, text, flags=re.IGNORECASE)
    return text


def _is_working_folder(path: Path, text: str) -> bool:
    """Tell whether this is ``PWD`` or ``OLDPWD``, the shell's folder: if it were masked, no file in a stack trace could be found."""
    return _joined(path) in ("pwd", "oldpwd") and os.path.isabs(text)


def _joined(path: Path) -> str:
    return "".join(uniform(str(part)) for part in path)  # as a variable has it, which tells no parts apart


def _is_below(path: Path, prefix: Path) -> bool:
    return [uniform(part) for part in path[: len(prefix)]] == [uniform(part) for part in prefix]


def _leads_to_secret(path: Path, hint: Hint) -> bool:
    shape = shape_of(hint)
    if shape.is_secret:
        return True
    if not path:  # a list of secrets, written as one text with commas
        return shape.item is not None and shape_of(shape.item).is_secret
    field = (shape.fields or {}).get(uniform(str(path[0])))
    below = field.hint if field is not None else shape.item if isinstance(path[0], int) else shape.entry
    return below is not None and _leads_to_secret(path[1:], below)


def _holds_secrets(hint: Hint, above: tuple[Hint, ...] = ()) -> bool:
    shape = shape_of(hint)
    inner = [field.hint for field in (shape.fields or {}).values()] + [part for part in (shape.item, shape.entry) if part is not None]
    return shape.is_secret or (hint not in above and any(_holds_secrets(entry, (*above, hint)) for entry in inner))


def _telling_parts(text: str, resolve: Callable[[str], str]) -> Iterator[str]:
    """Iterate over the parts of a secret's text that are masked in other text: the whole, its items, its lines, the text beside
    placeholders.
    """
    texts = [text]
    if "${" in text:
        try:
            texts = [resolve(text), *re.split(_PLACEHOLDER, text)]
        except BootError:  # reported by who needs it
            texts = [text, *re.split(_PLACEHOLDER, text)]
    for whole in texts:
        lines = [line for line in whole.splitlines() if len(line) >= _LINE]
        yield from filter(_is_telling, [whole.strip(), *(part.strip() for part in whole.split(",")), *lines])


def _is_telling(value: str) -> bool:
    if value.isdecimal():
        return len(value) >= _SHORT_NUMBER
    return len(value) >= _LONG or (len(value) >= _SHORT and not value.isalpha())


def _spellings(value: str) -> set[str]:
    """Return the ways in which *value* may stand in a text: as it is, in quotes, in JSON, in a URI."""
    import json
    from urllib.parse import quote  # only who shows something pays for both

    return {value, repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}
