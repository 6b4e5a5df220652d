"""The built-in handlers that stand behind a codec of HTTP: compression, CORS, static files, the access log, events."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

import pyboot.components.netty as netty
from pyboot.boot import DataSize, Duration
from pyboot.netty.pipeline.codec import Codec


def _whole_seconds(value: timedelta) -> timedelta:
    if value < timedelta(0) or value.microseconds:
        raise ValueError("whole seconds, 0s or more: a browser knows no parts of one")
    return value


Coding = Literal["br", "zstd", "gzip", "deflate"]
MaxAge = Annotated[Duration, AfterValidator(_whole_seconds)]


@Codec("http-compression")
def http_compression(
    codings: Annotated[
        list[Coding] | None,
        Field(min_length=1, description="Those that are offered, the preferred one first; none: all whose library is installed."),
    ] = None,
    min_size: Annotated[DataSize, Field(ge=0, description="A response that is known to be shorter goes as it is.")] = 1024,
    content_types: Annotated[list[str] | None, Field(description="Beginnings of compressed types; none: those of text.")] = None,
    level: Annotated[int, Field(ge=1, le=9, description="How hard it is tried: 1 to 9.")] = 5,
) -> netty.HttpContentCompressor:
    """Compresses responses as their clients ask for it, piece by piece."""
    if content_types is None:
        return netty.HttpContentCompressor(codings, min_bytes=min_size, level=level)
    return netty.HttpContentCompressor(codings, min_bytes=min_size, content_types=content_types, level=level)


@Codec("http-decompression")
def http_decompression(
    max_output: Annotated[DataSize, Field(ge=1, description="Bytes that a message may decompress to.")] = 64 * 1024 * 1024,
    max_ratio: Annotated[float, Field(ge=1, description="How many times larger they may be than what came, once 1MiB was given.")] = 100,
) -> netty.HttpContentDecompressor:
    """Decompresses the content of requests; one past a limit is answered 413."""
    return netty.HttpContentDecompressor(max_output, max_ratio)


@Codec("cors")
def cors(
    origins: Annotated[list[str], Field(description="Sites that may use this server, https://example.org each; or * alone for any.")],
    allow_credentials: Annotated[bool, Field(description="Whether requests may carry cookies.")] = False,
    allow_null_origin: Annotated[bool, Field(description="Whether files and pages in a sandbox may.")] = False,
    allow_private_network: Annotated[bool, Field(description="Whether a public page may ask this server of a private network.")] = False,
    allowed_methods: Annotated[
        list[str] | None, Field(min_length=1, description="Of requests that are asked for in advance; none: GET, HEAD and POST.")
    ] = None,
    allowed_headers: Annotated[list[str] | None, Field(description="That such requests may have.")] = None,
    exposed_headers: Annotated[list[str] | None, Field(description="Of a response, that a page may read beyond the usual ones.")] = None,
    max_age: Annotated[MaxAge | None, Field(description="For how long a browser need not ask again.")] = None,
    short_circuit: Annotated[bool, Field(description="Whether requests of other sites are refused with 403.")] = False,
) -> netty.CorsHandler:
    """Tells browsers which other sites may use this server, and answers when they ask in advance."""
    config = netty.CorsConfig(
        origins=tuple(origins),
        allow_credentials=allow_credentials,
        allow_null_origin=allow_null_origin,
        allow_private_network=allow_private_network,
        allowed_methods=("GET", "HEAD", "POST") if allowed_methods is None else tuple(allowed_methods),
        allowed_headers=tuple(allowed_headers or ()),
        exposed_headers=tuple(exposed_headers or ()),
        max_age=None if max_age is None else int(max_age.total_seconds()),
        short_circuit=short_circuit,
    )
    return netty.CorsHandler(config)


@Codec("static-files")
def static_files(
    root: Annotated[str, Field(min_length=1, description="The folder.")],
    prefix: Annotated[str, Field(pattern="^/", description="The path that stands for it.")] = "/",
    index: Annotated[str, Field(description="The file that stands for a folder; none if empty.")] = "index.html",
    lists_folders: Annotated[bool, Field(description="Whether a folder without it is shown as a list.")] = False,
    precompressed: Annotated[bool, Field(description="Whether a .br, .zst or .gz beside a file is sent to clients that take it.")] = True,
    cache_control: Annotated[str, Field(description="How long clients may keep a file without asking.")] = "no-cache",
    charset: Annotated[str, Field(description="Of text.")] = "utf-8",
    max_ranges: Annotated[int, Field(ge=1, description="Parts that a request may ask for; else the whole is sent.")] = 8,
    allow_hidden: Annotated[bool, Field(description="Whether names that begin with a dot are served.")] = False,
    passes_on_missing: Annotated[bool, Field(description="Whether what is not there is left to the handlers behind.")] = False,
) -> netty.HttpStaticFileHandler:
    """Serves the files of a folder: ranges, conditional requests, nothing hidden and nothing outside of it."""
    return netty.HttpStaticFileHandler(
        root,
        prefix=prefix,
        index=index,
        lists_folders=lists_folders,
        precompressed=precompressed,
        cache_control=cache_control,
        charset=charset,
        max_ranges=max_ranges,
        allow_hidden=allow_hidden,
        passes_on_missing=passes_on_missing,
    )


@Codec("access-log")
def access_log(
    format: Annotated[Literal["combined", "json"], Field(description="Apache's with seconds behind it, or an object a line.")] = "combined",
    logger: Annotated[str, Field(min_length=1, description="The name of the logger.")] = "pyboot.access",
) -> netty.HttpAccessLogHandler:
    """Logs each request with its response."""
    return netty.HttpAccessLogHandler(format, logger)


@Codec("server-sent-events")
def server_sent_events() -> netty.ServerSentEventEncoder:
    """Writes each `ServerSentEvent` as content of the response that was begun."""
    return netty.ServerSentEventEncoder()
