"""The built-in codec `http-server`: everything of HTTP that stands between the network and what answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pyboot.boot import DataSize
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.netty.pipeline.codec import Codec, Handlers

Positive = Annotated[DataSize, Field(ge=1)]


@Codec("http-server")
class HttpServerOptions(BaseModel):
    """Speaks HTTP/1.1: bytes in, requests out; responses in, bytes out. It refuses what is wrong itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root_path: str = Field(default="", description="The path below which the application is mounted, for ASGI.")
    trusted_proxies: list[str] = Field(
        default=[], description="Addresses and networks whose Forwarded and X-Forwarded-* are believed; * for anybody."
    )
    max_initial_line: Positive = Field(default=8192, description="The longest request line; more is answered 414.")
    max_header_line: Positive = Field(default=8192, description="The longest header field; more is answered 431.")
    max_headers: Positive = Field(default=16384, description="All header fields of a request; more is answered 431.")
    max_header_fields: int = Field(default=100, ge=1, description="Their number; more is answered 431.")
    max_pipelined: int = Field(default=128, ge=1, description="Requests that may wait for their answer before more are read.")

    def handlers(self) -> Handlers:
        """Make the handlers of one connection."""
        config = HttpDecoderConfig(
            max_initial_line=self.max_initial_line,
            max_header_line=self.max_header_line,
            max_headers=self.max_headers,
            max_header_fields=self.max_header_fields,
            max_pipelined=self.max_pipelined,
        )
        return (HttpServerCodec(config),)
