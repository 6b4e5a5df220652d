"""The built-in codec `http-server`: everything of HTTP that stands between the network and what answers.

::

    codec ── deadlines ── observation ── alt-svc ── access log ── compressor ── cors ── static files ── what answers

What is not asked for is not there, and costs nothing; the deadlines alone are always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pyboot.boot import DataSize, ScopeStore
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.codec.websocket.config import WebSocketConfig
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.components.netty.wire.websocket.deflate import DeflateOptions
from pyboot.netty.pipeline.builtin.handlers import Patience
from pyboot.netty.pipeline.builtin.timeouts import TimeoutOptions
from pyboot.netty.pipeline.codec import AnyHandler, Codec, Handlers
from pyboot.netty.pipeline.steps import Step

if TYPE_CHECKING:
    from pyboot.components.netty.wire.http2.config import Http2Config

Positive = Annotated[DataSize, Field(ge=1)]


def _folder(path: str) -> str:
    if not Path(path).is_dir():
        raise ValueError(f"there is no folder {str(Path(path).absolute())!r}")
    return path


class Options(BaseModel):
    """Options are read once; a name that does not exist is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WebSocketOptions(Options):
    """WebSockets of an ASGI application."""

    max_message_size: Positive = Field(default=1024 * 1024, description="The longest message, inflated. Default 1MiB.")
    compression: bool = Field(default=False, description="Whether permessage-deflate is spoken with who offers it. Default false.")
    ping_interval: Patience = Field(
        default="30s", validate_default=True, description="Silence before the peer is asked whether it lives; 0: never. Default 30s."
    )
    ping_timeout: Patience = Field(default="10s", validate_default=True, description="How long it may take to answer. Default 10s.")
    close_timeout: Patience = Field(default="3s", validate_default=True, description="How long a close may take. Default 3s.")

    def config(self) -> WebSocketConfig:
        """Return what a connection is told."""
        return WebSocketConfig(
            max_frame_bytes=self.max_message_size,
            max_message_bytes=self.max_message_size,
            deflate=DeflateOptions() if self.compression else None,
            close_timeout_seconds=self.close_timeout.total_seconds(),
            ping_interval_seconds=self.ping_interval.total_seconds(),
            ping_timeout_seconds=self.ping_timeout.total_seconds(),
        )


class AccessLogOptions(Options):
    """The log of requests."""

    format: Literal["combined", "json"] = Field(default="combined", description="Apache's format, or an object a line. Default combined.")
    logger: str = Field(default="pyboot.access", min_length=1, description="The name of its logger. Default pyboot.access.")


class CompressionOptions(Options):
    """Compressed answers."""

    codings: list[Literal["br", "zstd", "gzip", "deflate"]] | None = Field(
        default=None, description="Those that are offered, the best first. Default: all whose library is installed."
    )
    min_size: DataSize = Field(default=1024, ge=0, description="Shorter answers go as they are. Default 1KiB.")
    content_types: list[str] | None = Field(
        default=None, description="Beginnings of the types that are compressed. Default: text and its like."
    )
    level: int = Field(default=5, ge=1, le=9, description="How hard it is tried. Default 5.")


class CorsOptions(Options):
    """Other sites that may use the server from a browser."""

    origins: list[str] = Field(min_length=1, description="https://example.org each, or * alone for any.")
    allow_credentials: bool = Field(default=False, description="Whether requests may carry cookies. Default false.")
    allowed_methods: list[str] | None = Field(default=None, description="Methods of requests. Default: GET, HEAD, POST.")
    allowed_headers: list[str] = Field(default=[], description="Header fields that requests may have besides the usual ones.")
    exposed_headers: list[str] = Field(default=[], description="Header fields of answers that pages may read besides the usual ones.")
    max_age: Patience | None = Field(default=None, description="How long a browser need not ask again. Default: as it likes.")


class AltSvcOptions(Options):
    """Word to clients that came over TCP that HTTP/3 is spoken too."""

    enabled: bool = Field(default=True, description="Whether responses say so. Default true.")
    port: int | None = Field(default=None, ge=1, le=65535, description="Of UDP, as clients see it. Default: that of TCP they came to.")
    max_age: Patience = Field(default="1d", validate_default=True, description="How long clients remember it. Default 1d.")


class StaticOptions(Options):
    """Files below a path."""

    root: Annotated[str, AfterValidator(_folder)] = Field(description="The folder.")
    index: str = Field(default="index.html", description='The file that stands for a folder; "" for none. Default index.html.')
    lists_folders: bool = Field(default=False, description="Whether folders without one are listed. Default false.")
    cache_control: str = Field(
        default="no-cache", description="What clients are told of keeping a file. Default no-cache: they ask each time."
    )
    passes_on_missing: bool = Field(default=True, description="Whether what is not there goes on to what answers. Default true.")


class Http2Options(Options):
    """HTTP/2 beside HTTP/1.1, for whoever begins with it; over TLS, name ``h2`` in the server's ``tls.alpn`` too."""

    enabled: bool = Field(default=False, description="Whether it is spoken. Default false.")
    h2c: bool = Field(
        default=False, description="Whether a request of HTTP/1.1 without TLS may change to it, by Upgrade: h2c. Default false."
    )
    max_concurrent_streams: int = Field(default=100, ge=1, description="Requests of a connection at a time; more are refused. Default 100.")
    initial_window_size: DataSize = Field(default=65535, ge=0, description="Content of a request that may wait unread. Default 65535.")
    connection_window_size: DataSize = Field(default=1024 * 1024, ge=65535, description="The same of a connection. Default 1MiB.")
    max_frame_size: DataSize = Field(default=16384, ge=16384, description="The longest frame that is taken. Default 16KiB.")
    header_table_size: DataSize = Field(default=4096, ge=0, description="The table that heads refer to. Default 4KiB.")
    max_header_block: Positive = Field(default=32768, description="The longest head as it comes, compressed. Default 32KiB.")
    max_continuations: int = Field(default=16, ge=1, description="Frames that one head may go on in. Default 16.")
    max_resets_received: int = Field(
        default=200, ge=1, description="Requests that a client may reset in the time of a budget. Default 200."
    )
    max_resets_sent: int = Field(default=200, ge=1, description="Requests that had to be reset because of the client. Default 200.")
    max_empty_data: int = Field(default=2, ge=0, description="Empty frames of content in a row. Default 2.")
    max_pings: int = Field(default=10_000, ge=1, description="PING frames in the time of a budget. Default 10000.")
    max_settings: int = Field(default=1000, ge=1, description="SETTINGS frames in the time of a budget. Default 1000.")
    max_settings_in_frame: int = Field(default=32, ge=1, description="Settings that one of them may have. Default 32.")
    max_ignored: int = Field(default=10_000, ge=1, description="Frames that change nothing, in the time of a budget. Default 10000.")
    max_control_queue: int = Field(default=10_000, ge=1, description="Answers that a client does not read. Default 10000.")
    max_small_frames: int = Field(
        default=1000, ge=1, description="Frames that its window makes small, in the time of a budget. Default 1000."
    )
    budget_time: Patience = Field(default="30s", validate_default=True, description="The time of a budget. Default 30s.")


@Codec("http-server")
class HttpServerOptions(Options):
    """Speaks HTTP/1.1, and HTTP/2 if asked to: bytes in, requests out; responses in, bytes out. It refuses what is wrong itself."""

    root_path: str = Field(default="", description="The path below which the application is mounted, for ASGI.")
    trusted_proxies: list[str] = Field(
        default=[], description="Addresses and networks whose Forwarded and X-Forwarded-* are believed; * for anybody."
    )
    max_initial_line: Positive = Field(default=8192, description="The longest request line; more is answered 414.")
    max_header_line: Positive = Field(default=8192, description="The longest header field; more is answered 431.")
    max_headers: Positive = Field(
        default=16384, description="All header fields of a request, of any version of HTTP; more is answered 431."
    )
    max_header_fields: int = Field(default=100, ge=1, description="Their number, of any version; more is answered 431.")
    max_pipelined: int = Field(default=128, ge=1, description="Requests that may wait for their answer before more are read.")
    websocket: WebSocketOptions = Field(default=WebSocketOptions(), description="WebSockets of an ASGI application.")
    timeouts: TimeoutOptions = Field(default=TimeoutOptions(), description="Times that a client has.")
    access_log: AccessLogOptions | None = Field(default=None, description="The log of requests. Default: none.")
    compression: CompressionOptions | None = Field(default=None, description="Compressed answers. Default: none.")
    cors: CorsOptions | None = Field(default=None, description="Other sites that may use it from a browser. Default: none.")
    http2: Http2Options = Field(default=Http2Options(), description="HTTP/2 on the same port. Default: it is not spoken.")
    alt_svc: AltSvcOptions | None = Field(default=None, description="That HTTP/3 is spoken too, in Alt-Svc. Default: not told.")
    static: dict[str, StaticOptions] = Field(default={}, description="Folders of files, by the path that they are served below.")

    def handlers(self) -> Handlers:
        """Make the handlers of one connection."""
        made = tuple(make() for make in self._makers)
        return self._with_upgrade(*made) if self.http2.enabled and self.http2.h2c else made

    def _with_upgrade(self, choice: Any, http1: AnyHandler, *behind: AnyHandler) -> Handlers:
        from pyboot.components.netty.codec.http2.upgrade import H2C, Http2ServerUpgradeCodec
        from pyboot.components.netty.handler.http.upgrade import HttpServerUpgradeHandler

        def upgrade() -> Http2ServerUpgradeCodec:
            return Http2ServerUpgradeCodec(choice.http2, self._http2_config, self._http2_deadlines)  # as whoever assembles it has filled it

        return choice, http1, HttpServerUpgradeHandler(_nobody, {H2C: upgrade}), *behind

    def stream_handlers(self) -> tuple[AnyHandler, ...]:
        """Make those of one stream of HTTP/2: the same, but for what belongs to a connection of HTTP/1."""
        from pyboot.components.netty.codec.http2.objects import Http2StreamFrameToHttpObjectCodec

        return (Http2StreamFrameToHttpObjectCodec(is_server=True), *(make() for make in self._makers[3:]))

    def _choice(self) -> AnyHandler:
        from pyboot.components.netty.codec.http2.choosing import Http2OrHttpHandler

        seconds = self.timeouts.first_byte.total_seconds()
        return Http2OrHttpHandler(_nobody, lambda _: self.stream_handlers(), self._http2_config, seconds, self._http2_deadlines)

    @cached_property
    def _http2_config(self) -> Http2Config:
        from pyboot.components.netty.wire.http2.config import Http2Config

        told = self.http2.model_dump(exclude={"enabled", "h2c", "budget_time"})
        limits = {"max_headers": self.max_headers, "max_header_fields": self.max_header_fields}
        return Http2Config(**told, **limits, budget_seconds=self.http2.budget_time.total_seconds())

    @cached_property
    def _http2_deadlines(self) -> Callable[[], AnyHandler]:
        from pyboot.components.netty.codec.http2.deadlines import Http2ServerDeadlines

        return partial(Http2ServerDeadlines, **self.times())

    def times(self) -> dict[str, Any]:
        """Return the times that clients have, as the deadlines of each version of HTTP take them."""
        return self.timeouts.times()

    @cached_property
    def _makers(self) -> list[Callable[[], AnyHandler]]:
        """The makers of each of them, decided once; what is not asked for is not imported."""
        return list(self._each())

    def _each(self) -> Iterator[Callable[[], AnyHandler]]:
        if self.http2.enabled:
            yield self._choice
        limits = ("max_initial_line", "max_header_line", "max_headers", "max_header_fields", "max_pipelined")
        yield partial(HttpServerCodec, HttpDecoderConfig(**{name: getattr(self, name) for name in limits}))
        yield partial(HttpServerDeadlines, **self.times())
        if (other := self.alt_svc) is not None and other.enabled:
            from pyboot.components.netty.handler.http.alt_svc import HttpAltSvcHandler

            yield partial(HttpAltSvcHandler, other.port, int(other.max_age.total_seconds()))
        if (log := self.access_log) is not None:
            from pyboot.components.netty.handler.http.access_log import HttpAccessLogHandler

            yield partial(HttpAccessLogHandler, log.format, log.logger)
        if self.compression is not None:
            from pyboot.components.netty.handler.http.compressor import COMPRESSIBLE_TYPES, HttpContentCompressor

            types = self.compression.content_types
            yield partial(
                HttpContentCompressor,
                self.compression.codings,
                min_bytes=self.compression.min_size,
                content_types=COMPRESSIBLE_TYPES if types is None else types,
                level=self.compression.level,
            )
        if self.cors is not None:
            from pyboot.components.netty.handler.http.cors import CorsConfig, CorsHandler

            rules: dict[str, Any] = self.cors.model_dump(exclude_none=True)
            rules = {name: tuple(value) if isinstance(value, list) else value for name, value in rules.items()}
            if self.cors.max_age is not None:
                rules["max_age"] = int(self.cors.max_age.total_seconds())
            yield partial(CorsHandler, CorsConfig(**rules))
        for prefix, folder in self.static.items():
            from pyboot.components.netty.handler.http.static_files import HttpStaticFileHandler

            yield partial(HttpStaticFileHandler, prefix=f"/{prefix.strip('/')}", **folder.model_dump())


def observed(step: Step, make: Callable[[], AnyHandler]) -> Step:
    """Return *step*, which this codec has made, with what *make* makes behind the codec and in front of all that may answer.

    So it is in each connection of HTTP/1 and in each stream of HTTP/2; those of HTTP/3 are made of what this makes, too.
    """

    def made(store: ScopeStore) -> Sequence[AnyHandler]:
        handlers = tuple(step.make(store))
        if hasattr(handlers[0], "http2"):
            choice: Any = handlers[0]
            streams = choice.http2
            choice.http2 = lambda stream: _with(streams(stream), 1, make())
        return _with(handlers, place, make())

    place = next(number for number, each in enumerate(step.stands) if isinstance(each, HttpServerDeadlines)) + 1
    return step._replace(make=made, stands=_with(step.stands, place, make()))


def _with[E](handlers: tuple[E, ...], place: int, more: E) -> tuple[E, ...]:
    return (*handlers[:place], more, *handlers[place:])


def _nobody(channel: object) -> None:
    """Fill no pipeline: who assembles it says how (`pipeline.plan`)."""
