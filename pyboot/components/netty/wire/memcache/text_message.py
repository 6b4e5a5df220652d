"""Messages of memcache's text protocol: a line of words, and a block of data behind some of them.

::

    set greeting 0 60 5\\r\\n hello\\r\\n      TextMemcacheRequest('set', [b'greeting', b'0', b'60', b'5'], b'hello')
    VALUE greeting 0 5\\r\\n hello\\r\\n       TextMemcacheResponse('VALUE', [b'greeting', b'0', b'5'], b'hello')
    END\\r\\n                                TextMemcacheResponse('END')

Messages are values: nothing in them changes, and nothing is given back. Source: memcached's protocol.txt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

__all__ = ["TextMemcacheMessage", "TextMemcacheRequest", "TextMemcacheResponse"]

# Which word behind the first says how many bytes of data follow.
SIZE_OF_REQUEST: Final = {"set": 3, "add": 3, "replace": 3, "append": 3, "prepend": 3, "cas": 3, "ms": 1}
SIZE_OF_RESPONSE: Final = {"VALUE": 2, "VA": 0}

# All that protocol.txt has. One that is not known might have data behind it, which would be read as commands.
COMMANDS: Final = frozenset(
    (
        *SIZE_OF_REQUEST, "get", "gets", "gat", "gats", "delete", "incr", "decr", "touch", "mg", "md", "ma", "mn", "me", "flush_all",
        "version", "verbosity", "stats", "quit", "slabs", "lru", "lru_crawler", "watch", "cache_memlimit", "shutdown",
    )
)  # fmt: skip
# Words behind the command that are keys: the place of the first, and whether all behind it are keys as well.
KEYS: Final = {
    **dict.fromkeys(("set", "add", "replace", "append", "prepend", "cas", "ms", "delete", "incr", "decr", "touch"), (0, False)),
    **dict.fromkeys(("mg", "md", "ma", "me"), (0, False)),
    **dict.fromkeys(("get", "gets"), (0, True)),
    **dict.fromkeys(("gat", "gats"), (1, True)),
}


@dataclass(frozen=True, slots=True)
class TextMemcacheMessage:
    """The part that both have: the first *word*, the *arguments* behind it, and *content*, data where there is some."""

    word: str
    arguments: tuple[bytes, ...] = ()
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class TextMemcacheRequest(TextMemcacheMessage):
    """A command."""

    @property
    def is_quiet(self) -> bool:
        """True if no answer is wanted (``noreply``)."""
        return bool(self.arguments) and self.arguments[-1] == b"noreply" and not self.word.startswith("get")

    @classmethod
    def store(cls, word: str, key: bytes, content: bytes, flags: int = 0, seconds: int = 0, cas: int | None = None) -> Self:
        """The command ``set``, ``add``, ``replace``, ``append``, ``prepend`` or ``cas`` with this *content*."""
        numbers = [flags, seconds, len(content), *([] if cas is None else [cas])]
        return cls(word, (key, *(b"%d" % number for number in numbers)), content)


@dataclass(frozen=True, slots=True)
class TextMemcacheResponse(TextMemcacheMessage):
    """A line of an answer; some answers have several, the last of which is ``END``."""

    @classmethod
    def of_value(cls, key: bytes, content: bytes, flags: int = 0, cas: int | None = None) -> Self:
        """The line ``VALUE`` with this *content*."""
        numbers = [flags, len(content), *([] if cas is None else [cas])]
        return cls("VALUE", (key, *(b"%d" % number for number in numbers)), content)
