"""The built-in codecs of HTTP/1.1: bytes to requests or responses and back, and the handlers right behind them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property, partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

import pyboot.components.netty as netty
from pyboot.boot import DataSize
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.netty.pipeline.builtin.timeouts import TimeoutOptions
from pyboot.netty.pipeline.codec import Codec

_log = logging.getLogger(__name__)

Size = Annotated[DataSize, Field(ge=1)]
Count = Annotated[int, Field(ge=1)]


class _Http(BaseModel):
    """Limits of both roles, and leniencies, each of which the log names when it is turned on."""

    model_config = ConfigDict(extra="forbid")

    max_initial_line: Annotated[Size, Field(description="The longest first line of a message; a longer one is answered 414.")] = 8192
    max_header_line: Annotated[Size, Field(description="The longest header field; a longer one is answered 431.")] = 8192
    max_headers: Annotated[Size, Field(description="All header fields of a message together, and all that follow its content.")] = 16384
    max_header_fields: Annotated[Count, Field(description="The number of header fields of a message.")] = 100
    max_chunk_line: Annotated[Size, Field(description="The line in front of a chunk: its size and extensions.")] = 256
    max_chunk_extensions: Annotated[Size, Field(description="The extensions of all chunks of a message together.")] = 16384
    allow_obs_fold: Annotated[bool, Field(description="Whether a header field may go on in the next line.")] = False
    allow_space_before_colon: Annotated[bool, Field(description="Whether white space in front of a colon is cut off.")] = False
    allow_duplicate_content_length: Annotated[bool, Field(description="Whether one length may be said twice.")] = False
    allow_content_length_with_transfer_encoding: Annotated[
        bool, Field(description="Whether a length beside chunks is dropped, and the connection ended behind the message.")
    ] = False

    _config: netty.HttpDecoderConfig = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Make the one configuration of all connections, and tell what it lets pass."""
        self._config = netty.HttpDecoderConfig(**self.model_dump(exclude=self.not_of_the_config()))
        if leniencies := self._config.leniencies():
            _log.warning("HTTP lets pass what two parsers may read otherwise: %s", ", ".join(leniencies))

    def not_of_the_config(self) -> set[str]:
        """The options that are none of the decoder's."""
        return set()


@Codec("http")
class Http(_Http):
    """Turns bytes into HTTP/1.1 requests and responses into bytes; a wrong request is answered and the connection closed."""

    max_pipelined: Annotated[Count, Field(description="Requests that may wait for their response; no more are read.")] = 128
    max_content: Annotated[
        DataSize | None,
        Field(ge=0, description="Join each request with its content, of at most so much; none: content comes as it is read."),
    ] = 1024 * 1024
    allow_missing_host: Annotated[bool, Field(description="Whether a request of HTTP/1.1 may come without Host.")] = False
    allow_raw_target: Annotated[bool, Field(description="Whether a target may hold bytes beyond ASCII.")] = False
    timeouts: Annotated[TimeoutOptions, Field(description="Times that a client has.")] = TimeoutOptions()

    def not_of_the_config(self) -> set[str]:
        """The options that are none of the decoder's."""
        return {"max_content", "timeouts"}

    @cached_property
    def _deadlines(self) -> Callable[[], HttpServerDeadlines]:
        return partial(HttpServerDeadlines, **self.timeouts.times())

    def handlers(
        self,
    ) -> tuple[netty.HttpServerCodec, HttpServerDeadlines] | tuple[netty.HttpServerCodec, HttpServerDeadlines, netty.HttpObjectAggregator]:
        """Make the handlers of one connection."""
        watched = netty.HttpServerCodec(self._config), self._deadlines()
        return watched if self.max_content is None else (*watched, netty.HttpObjectAggregator(self.max_content))


@Codec("http-client")
class HttpClient(_Http):
    """Turns requests into bytes and bytes into HTTP/1.1 responses."""

    max_content: Annotated[
        DataSize | None,
        Field(ge=0, description="Join each response with its content, of at most so much; none: content comes as it is read."),
    ] = 1024 * 1024

    def not_of_the_config(self) -> set[str]:
        """The options that are none of the decoder's."""
        return {"max_content"}

    def handlers(self) -> tuple[netty.HttpClientCodec] | tuple[netty.HttpClientCodec, netty.HttpObjectAggregator]:
        """Make the handlers of one connection."""
        codec = netty.HttpClientCodec(self._config)
        return (codec,) if self.max_content is None else (codec, netty.HttpObjectAggregator(self.max_content))


@Codec("http-aggregator")
def http_aggregator(
    max_content: Annotated[DataSize, Field(ge=0, description="The most content that a message may have.")] = 1024 * 1024,
) -> netty.HttpObjectAggregator:
    """Joins messages of HTTP with their content; answers 413, 417, and clients that wait for 100-continue."""
    return netty.HttpObjectAggregator(max_content)


@Codec("http-expect-continue")
def http_expect_continue() -> netty.HttpServerExpectContinueHandler:
    """Tells clients that wait for 100-continue to go on, for handlers that read content as it comes."""
    return netty.HttpServerExpectContinueHandler()
