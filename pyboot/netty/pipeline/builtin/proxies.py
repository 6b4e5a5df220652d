"""The built-in codecs of proxies: the header of the PROXY protocol as a message."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pyboot.boot import DataSize
from pyboot.components.netty.codec.haproxy import HAProxyMessageDecoder, HAProxyMessageEncoder
from pyboot.netty.pipeline.codec import Codec


@Codec("haproxy")
def haproxy(
    max_header: Annotated[DataSize, Field(ge=16, le=65_551, description="The longest header of version 2 that is read.")] = 4096,
    checksum: Annotated[bool, Field(description="Whether a header of version 2 that is written gets a CRC32C.")] = False,
) -> tuple[HAProxyMessageDecoder, HAProxyMessageEncoder]:
    """Makes a message of the header of the PROXY protocol with which a connection begins, whoever sent it, and writes such messages."""
    return HAProxyMessageDecoder(max_header), HAProxyMessageEncoder(checksum=checksum)
