"""The built-in handlers of HTTP: each setting reaches its handler."""

from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import (
    CorsConfig,
    CorsHandler,
    HttpAccessLogHandler,
    HttpContentCompressor,
    HttpContentDecompressor,
    HttpStaticFileHandler,
    ServerSentEventEncoder,
)
from pyboot.components.netty.handler.http.compressor import COMPRESSIBLE_TYPES
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.check import check_pipeline
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import pipeline_steps


def made(name: str, **options: object) -> Any:
    """The handler that the settings make."""
    (handler,) = CodecRegistry().codec(name, {key.replace("_", "-"): value for key, value in options.items()}).handlers()
    return handler


def test_compression() -> None:
    """With defaults, and with everything set."""
    handler = made("http-compression")
    assert isinstance(handler, HttpContentCompressor)
    assert (1024, 5, COMPRESSIBLE_TYPES) == (handler.min_bytes, handler.level, handler.content_types)
    handler = made("http-compression", codings=["gzip", "br"], min_size="2KiB", content_types=["text/plain"], level=9)
    assert (("gzip", "br"), 2048, ("text/plain",), 9) == (handler.codings, handler.min_bytes, handler.content_types, handler.level)


def test_decompression() -> None:
    """Its two caps."""
    handler = made("http-decompression")
    assert isinstance(handler, HttpContentDecompressor)
    assert (64 * 1024 * 1024, 100.0) == (handler.max_output_bytes, handler.max_ratio)
    handler = made("http-decompression", max_output="1MiB", max_ratio=10)
    assert (1024 * 1024, 10.0) == (handler.max_output_bytes, handler.max_ratio)


def test_cors() -> None:
    """All of its rules."""
    handler = made("cors", origins=["*"])
    assert isinstance(handler, CorsHandler)
    assert (CorsConfig(),) == handler.configs
    handler = made(
        "cors",
        origins=["https://a.example"],
        allow_credentials=True,
        allow_null_origin=True,
        allow_private_network=True,
        allowed_methods=["PUT"],
        allowed_headers=["X-One"],
        exposed_headers=["X-Two"],
        max_age="10m",
        short_circuit=True,
    )
    assert (
        CorsConfig(
            origins=("https://a.example",),
            allow_credentials=True,
            allow_null_origin=True,
            allow_private_network=True,
            allowed_methods=("PUT",),
            allowed_headers=("X-One",),
            exposed_headers=("X-Two",),
            max_age=600,
            short_circuit=True,
        ),
    ) == handler.configs


def test_static_files(tmp_path: Path) -> None:
    """Every option."""
    handler = made("static-files", root=str(tmp_path))
    assert isinstance(handler, HttpStaticFileHandler)
    options = {
        "prefix": "/x/",
        "index": "",
        "lists_folders": True,
        "precompressed": False,
        "cache_control": "max-age=60",
        "charset": "latin-1",
        "max_ranges": 2,
        "allow_hidden": True,
        "passes_on_missing": True,
    }
    handler = made("static-files", root=str(tmp_path), **options)
    assert {"root": tmp_path.resolve(), **options} == {name: getattr(handler, name) for name in ("root", *options)}


def test_access_log_and_events() -> None:
    """Its format and its logger."""
    handler = made("access-log")
    assert isinstance(handler, HttpAccessLogHandler)
    assert ("combined", "pyboot.access") == (handler.format, handler.logger.name)
    handler = made("access-log", format="json", logger="mine")
    assert ("json", "mine") == (handler.format, handler.logger.name)
    assert isinstance(made("server-sent-events"), ServerSentEventEncoder)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("http-compression", {"codings": ["lzma"]}),
        ("http-compression", {"codings": []}),
        ("http-compression", {"level": 10}),
        ("http-decompression", {"max_output": 0}),
        ("http-decompression", {"max_ratio": 0}),
        ("cors", {}),
        ("cors", {"origins": ["*"], "max_age": "500ms"}),
        ("static-files", {}),
        ("static-files", {"root": ".", "prefix": "x"}),
        ("access-log", {"format": "xml"}),
    ],
)
def test_what_is_not_allowed_is_refused(name: str, options: dict[str, object]) -> None:
    """When the pipeline is put together."""
    with pytest.raises(CodecOptionsError):
        made(name, **options)


@pytest.mark.parametrize(
    ("name", "options"), [("cors", {"origins": []}), ("cors", {"origins": ["a.example"]}), ("static-files", {"root": "/does/not/exist"})]
)
def test_what_the_handler_refuses_is_told(name: str, options: dict[str, object]) -> None:
    """With its own words."""
    with pytest.raises(Exception, match=r"CORS|no folder"):
        made(name, **options)


def test_a_server_of_static_files_is_whole_by_names_alone(tmp_path: Path) -> None:
    """Nobody of the application need stand in it."""
    named = ["http-server", "access-log", {"cors": {"origins": ["*"]}}, {"static-files": {"root": str(tmp_path)}}]
    assert [] == check_pipeline("the server 'site'", pipeline_steps("the server 'site'", named, [], CodecRegistry()))
