"""Codecs by the short names that settings and `pipeline = [...]` use, each with its typed options."""

import codecs
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pyboot.boot import DataSize
from pyboot.boot.config.names import uniform
from pyboot.boot.model.nearest import nearest
from pyboot.components.netty import (
    ChannelHandler,
    LengthFieldBasedFrameDecoder,
    LengthFieldPrepender,
    LineBasedFrameDecoder,
    StringDecoder,
    StringEncoder,
)

from .errors import CodecOptionsError, UnknownCodecError

type Handlers = Sequence[ChannelHandler[Any]]  # each takes and gives messages of its own kind


class Codec(BaseModel, ABC):
    """The options of a codec, and the handlers they make; a subclass with a ``name`` can be registered."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # of the codecs known, few are used

    name: ClassVar[str]

    @abstractmethod
    def handlers(self) -> Handlers:
        """Make the handlers of one connection, from the network inwards."""


class LineCodec(Codec):
    r"""``line``: cuts bytes into lines that end with ``\n`` or ``\r\n``; what is written stays as it is."""

    name = "line"

    max_length: DataSize = Field(default=8192, ge=1, description="The longest line, in bytes, its end not counted. Default 8KiB.")
    strip_delimiter: bool = Field(default=True, description="Whether the line end is left out of the message. Default true.")

    def handlers(self) -> Handlers:
        """Return a decoder with a buffer of its own."""
        return (LineBasedFrameDecoder(self.max_length, strip_delimiter=self.strip_delimiter),)


class StringCodec(Codec):
    """``string``: turns frames into text, and written text into bytes."""

    name = "string"

    charset: str = Field(default="utf-8", description="The encoding, by its Python name. Default utf-8.")
    stream: bool | None = Field(
        default=None,
        description="Whether characters may be cut between messages. Default: not behind a codec that cuts frames.",
    )

    @field_validator("charset")
    @classmethod
    def _known(cls, charset: str) -> str:
        try:
            return codecs.lookup(charset).name
        except LookupError as error:
            raise ValueError(str(error)) from error

    def handlers(self) -> Handlers:
        """Return a decoder and an encoder."""
        return (StringDecoder(self.charset, stream=self.stream), StringEncoder(self.charset))


class LengthFieldCodec(Codec):
    """``length-field``: frames behind their length, in both directions."""

    name = "length-field"

    length: Literal[1, 2, 3, 4, 8] = Field(default=4, description="Bytes of the length field. Default 4.")
    max_frame_length: DataSize = Field(default=1024 * 1024, ge=1, description="The longest frame, in bytes. Default 1MiB.")
    includes_length_field: bool = Field(default=False, description="Whether the length counts its own field. Default false.")

    def handlers(self) -> Handlers:
        """Return a decoder that strips the field, and an encoder that puts it in front."""
        decoder = LengthFieldBasedFrameDecoder(
            max_frame_length=self.max_frame_length,
            length_field_length=self.length,
            length_adjustment=-self.length if self.includes_length_field else 0,
            initial_bytes_to_strip=self.length,
        )
        return (decoder, LengthFieldPrepender(self.length, length_includes_length_field=self.includes_length_field))


BUILT_IN: tuple[type[Codec], ...] = (LineCodec, StringCodec, LengthFieldCodec)


class CodecRegistry:
    """The codecs an application knows. Offer a bean of this type to add your own: ``CodecRegistry([*BUILT_IN, CsvCodec])``."""

    def __init__(self, known: Iterable[type[Codec]] = BUILT_IN) -> None:
        """Take the codecs *known*; of two with one name, the later counts."""
        self._codecs = {codec.name: codec for codec in known}

    @property
    def names(self) -> list[str]:
        """The known short names, sorted."""
        return sorted(self._codecs)

    def codec(self, name: str, options: Mapping[str, object] | None = None) -> Codec:
        """Return the codec *name* with *options*; option names may be written in kebab-case, snake_case or camelCase.

        Raises:
            UnknownCodecError: there is no such codec.
            CodecOptionsError: the codec refuses the options.
        """
        codec = self._codecs.get(name)
        if codec is None:
            raise UnknownCodecError(name, self.names, nearest(name, self.names))
        fields = {uniform(field): field for field in codec.model_fields}
        try:
            return codec.model_validate({fields.get(uniform(option), option): value for option, value in (options or {}).items()})
        except ValidationError as error:
            raise CodecOptionsError(name, _problems(error), sorted(fields.values())) from error


def _problems(error: ValidationError) -> list[str]:
    """Return one line for each option that was refused: its name, what was given and why that cannot be."""
    return [f"{'.'.join(map(str, entry['loc'])) or 'options'}: {entry['msg']} (given: {entry['input']!r})" for entry in error.errors()]
