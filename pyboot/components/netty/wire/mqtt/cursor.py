"""MqttCursor: reads the fields of one packet, never past its end. Source: MQTT 5 1.5."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from .errors import CorruptedMqttPacketError

__all__ = ["MqttCursor"]


@final
class MqttCursor:
    """A place in *data* that moves up to *end*; a field that would reach past it raises `CorruptedMqttPacketError`.

    Args:
        packet: the name of the packet, for errors.
    """

    def __init__(self, data: bytes, start: int, end: int, packet: str) -> None:
        self._data = data
        self._at: i64 = start
        self._end: i64 = end
        self.packet = packet

    def left(self) -> int:
        """The number of bytes up to the end."""
        return self._end - self._at

    def _take(self, size: i64, what: str) -> i64:
        at = self._at
        if size > self._end - at:
            raise CorruptedMqttPacketError(f"{self.packet} that ends within {what}: {size} bytes wanted, {self._end - at} left")
        self._at = at + size
        return at

    def byte(self, what: str) -> int:
        """The next byte; *what* names it in errors, as in the methods that follow."""
        value: i64 = self._data[self._take(1, what)]
        return value

    def short(self, what: str) -> int:
        """The next two bytes, as a number."""
        at = self._take(2, what)
        upper: i64 = self._data[at]
        lower: i64 = self._data[at + 1]
        return (upper << 8) | lower

    def long(self, what: str) -> int:
        """The next four bytes, as a number."""
        at = self._take(4, what)
        return int.from_bytes(self._data[at : at + 4], "big")

    def varint(self, what: str) -> int:
        """A number of one to four bytes, in its shortest form (MQTT 5 1.5.5)."""
        value: i64 = 0
        shift: i64 = 0
        while True:
            byte: i64 = self._data[self._take(1, what)]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift != 0:
                    raise CorruptedMqttPacketError(f"{self.packet} whose {what} has more bytes than it needs")
                return value
            shift += 7
            if shift == 28:
                raise CorruptedMqttPacketError(f"{self.packet} whose {what} has more than four bytes")

    def binary(self, what: str) -> bytes:
        """Bytes behind a length of two bytes."""
        size: i64 = self.short(what)
        at = self._take(size, what)
        return self._data[at : at + size]

    def text(self, what: str) -> str:
        """UTF-8 behind a length of two bytes, without surrogates and U+0000 (MQTT-1.5.4-1, -2)."""
        try:
            text = self.binary(what).decode()
        except UnicodeDecodeError as error:
            raise CorruptedMqttPacketError(f"{self.packet} whose {what} is not UTF-8: {error.reason} at byte {error.start}") from None
        if "\0" in text:
            raise CorruptedMqttPacketError(f"{self.packet} whose {what} holds U+0000")
        return text

    def part(self, size: int, what: str) -> MqttCursor:
        """A cursor over the next *size* bytes, which this one stands behind from now on."""
        at = self._take(size, what)
        return MqttCursor(self._data, at, at + size, self.packet)

    def rest(self) -> bytes:
        """All bytes up to the end."""
        at, self._at = self._at, self._end
        return self._data[at : self._end]

    def must_be_over(self) -> None:
        """Raise unless this is the end."""
        if self._at != self._end:
            raise CorruptedMqttPacketError(f"{self.packet} with {self._end - self._at} bytes behind its last field")
