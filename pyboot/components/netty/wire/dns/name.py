"""Names of DNS: labels to text and back, pointers included.

::

    03 w w w 07 e x a m p l e 00          www.example.
    02 n s C0 04                          ns.example.       C0 04: the rest stands at byte 4 of the message

A name is text with the dot of the root behind it; ``.`` alone is the root. Within a label a dot is written ``\\.``, a backslash ``\\\\``,
and a byte that is no visible ASCII letter ``\\DDD``, in decimals, as zone files do: two names are the same bytes if they are the same text.
Source: RFC 1035, 3.1, 4.1.4 and 5.1; RFC 4343.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.errors import EncoderError

from .errors import CorruptedDnsMessageError

__all__ = ["MAX_LABEL_BYTES", "MAX_NAME_BYTES", "NameReader", "NameWriter", "absolute", "name_bytes"]

MAX_LABEL_BYTES: Final = 63
MAX_NAME_BYTES: Final = 255  # with the lengths of its labels, and the root's
_POINTER: Final = 0xC0
_LAST_POINTED: Final = 0x3FFF  # a pointer has 14 bits

# Bytes that stand for themselves in the text of a label.
_PLAIN: Final = bytes(byte for byte in range(0x21, 0x7F) if byte not in b".\\")
_TEXT: Final = [chr(byte) if byte in _PLAIN else f"\\{chr(byte)}" if byte in b".\\" else f"\\{byte:03}" for byte in range(256)]


@final
class NameReader:
    """Reads the names of one message, *data*; each that was pointed to is read once, however often that is.

    So a message that points much costs no more than its bytes: the law that pointers go backwards ends each name, and what was read of
    one is kept.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._known: dict[int, str] = {}  # names by the place that was pointed to
        self._sizes: dict[int, int] = {}  # and their length written out
        self.end: i64 = 0  # of the name that was read last: the place behind it, or behind its first pointer

    def read(self, start: i64) -> str:
        """Read the name at *start*; `end` is set. Raises `CorruptedDnsMessageError`."""
        # hot path: once for each name of a message (tests/bench/test_dns.py).
        data = self._data
        size: i64 = len(data)
        at = start
        first = start  # of the run of labels: a pointer goes to what stands before it
        total: i64 = 1
        text = ""
        jumped = False
        came: list[tuple[int, int, int]] = []  # where pointers led to, and how much there was before
        while True:
            if at >= size:
                raise CorruptedDnsMessageError(f"a name at byte {start} goes on behind the end, byte {size}")
            length: i64 = data[at]
            if length == 0:
                at += 1
                break
            if length >= _POINTER:
                if at + 1 >= size:
                    raise CorruptedDnsMessageError(f"half a pointer in the name at byte {start}")
                low: i64 = data[at + 1]
                target = ((length & 0x3F) << 8) | low
                if not jumped:
                    self.end = at + 2
                    jumped = True
                if target >= first:
                    raise CorruptedDnsMessageError(f"a pointer at byte {at} to byte {target}: allowed is what stands before byte {first}")
                known = self._known.get(target)
                if known is not None:
                    total += self._sizes[target] - 1
                    if total > MAX_NAME_BYTES:
                        raise _too_long(start, total)
                    text = text + known if known != "." or not text else text
                    return self._keep(came, text, total)
                came.append((target, len(text), total))
                at = first = target
                continue
            if length > MAX_LABEL_BYTES:
                raise CorruptedDnsMessageError(f"a label of kind {length >> 6} at byte {at}: allowed are lengths up to 63, and pointers")
            stop = at + 1 + length
            if stop > size:
                raise CorruptedDnsMessageError(f"a label of {length} bytes at byte {at} goes on behind the end, byte {size}")
            total += length + 1
            if total > MAX_NAME_BYTES:
                raise _too_long(start, total)
            text += _label_text(data[at + 1 : stop])
            at = stop
        if not jumped:
            self.end = at
        if not text:
            text = "."
        return self._keep(came, text, total)

    def _keep(self, came: list[tuple[int, int, int]], text: str, total: i64) -> str:
        for target, length, before in came:
            self._known[target] = text[length:] or "."
            self._sizes[target] = int(total) - before + 1
        return text


def _too_long(start: i64, total: i64) -> CorruptedDnsMessageError:
    return CorruptedDnsMessageError(f"a name at byte {start} of at least {total} bytes: allowed are {MAX_NAME_BYTES}")


def _label_text(label: bytes) -> str:
    if not label.translate(None, _PLAIN):
        return label.decode("ascii") + "."
    return "".join([_TEXT[byte] for byte in label]) + "."


def absolute(name: str) -> str:
    """Return *name* with the dot of the root behind it."""
    if name.endswith(".") and not _ends_escaped(name):
        return name
    return name + "."


def _ends_escaped(name: str) -> bool:
    slashes = len(name[:-1]) - len(name[:-1].rstrip("\\"))
    return slashes % 2 == 1


def name_bytes(name: str) -> bytes:
    """Return the labels of *name*, each behind its length, the root's included; raises `EncoderError` for text that is no name."""
    if name == ".":
        return b"\0"
    if not name.isascii():
        raise EncoderError(f"name {name!r}: letters beyond ASCII are written in their IDNA form (xn--…)")
    text = name[:-1] if name.endswith(".") and not _ends_escaped(name) else name
    labels = _unescaped(name, text) if "\\" in text else text.encode("ascii").split(b".")
    out = bytearray()
    for label in labels:
        if not label:
            raise EncoderError(f"name {name!r} has an empty label: allowed are 1 to {MAX_LABEL_BYTES} bytes between dots")
        if len(label) > MAX_LABEL_BYTES:
            raise EncoderError(f"name {name!r} has a label of {len(label)} bytes, allowed are {MAX_LABEL_BYTES}")
        out.append(len(label))
        out += label
    out.append(0)
    if len(out) > MAX_NAME_BYTES:
        raise EncoderError(f"name {name!r} has {len(out)} bytes with the lengths of its labels, allowed are {MAX_NAME_BYTES}")
    if b"\0" in b"".join(labels) and "\\" not in text:
        raise EncoderError(f"name {name!r} has a NUL; where one is meant, it is written \\000")
    return bytes(out)


def _unescaped(name: str, text: str) -> list[bytes]:
    labels: list[bytes] = []
    label = bytearray()
    at = 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == ".":
            labels.append(bytes(label))
            label = bytearray()
        elif letter != "\\":
            if letter == "\0":
                raise EncoderError(f"name {name!r} has a NUL; where one is meant, it is written \\000")
            label += letter.encode("ascii")
        elif text[at : at + 3].isdigit() and len(text[at : at + 3]) == 3:
            byte = int(text[at : at + 3])
            if byte > 255:
                raise EncoderError(f"name {name!r}: \\{byte} is no byte")
            label.append(byte)
            at += 3
        elif at < len(text) and not text[at].isdigit():
            label += text[at].encode("ascii")
            at += 1
        else:
            raise EncoderError(f"name {name!r}: behind a backslash stand three digits, or one other letter")
    labels.append(bytes(label))
    return labels


@final
class NameWriter:
    """Writes names into one message, as pointers to where the rest of one has been written, case for case.

    In the same case only: a resolver may look whether its own spelling comes back (draft-vixie-dnsext-dns0x20).
    """

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}

    def write(self, out: bytearray, name: bytes) -> None:
        """Append *name*, in the form of `name_bytes`, to the message *out*."""
        # hot path: once for each name of a message (tests/bench/test_dns.py).
        places = self._places
        at: i64 = 0
        size: i64 = len(name)
        while at < size - 1:
            rest = name[at:] if at else name
            place = places.get(rest)
            if place is not None:
                out.append(_POINTER | (place >> 8))
                out.append(place & 0xFF)
                return
            here = len(out)
            if here <= _LAST_POINTED:
                places[rest] = here
            length: i64 = name[at]
            out += name[at : at + length + 1]
            at += length + 1
        out.append(0)

    def forget_from(self, place: int) -> None:
        """Point no longer to *place* and what stands behind it: it was taken back."""
        self._places = {name: at for name, at in self._places.items() if at < place}
