"""The endpoint ``logfile``: the log file, or a part of it. Source: Spring Boot's ``LogFileWebEndpoint``."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, final

from pydantic import Field

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.invocation import InvocationContext, WebEndpointResponse
from pyboot.actuator.properties import EndpointProperties
from pyboot.boot import ApplicationContext, ConfigurationProperties, Import
from pyboot.components.netty.wire.http.ranges import byte_ranges

TEXT: Final = "text/plain;charset=UTF-8"

_PIECE: Final = 64 * 1024


@ConfigurationProperties("management.endpoint.logfile")
class LogFileProperties(EndpointProperties):
    """`management.endpoint.logfile`: the log file over HTTP."""

    external_file: str | None = Field(
        default=None, min_length=1, description="The file, where somebody else writes it. Default: that of `logging.file.name`."
    )


@final
@Endpoint("logfile")
@Import(LogFileProperties)
class LogFileEndpoint:
    """Answers with the file that is logged to. Secrets are masked where its lines are written; a file of others is shown as it is."""

    def __init__(self, context: ApplicationContext, settings: LogFileProperties) -> None:
        """Take the application, whose settings say where it logs to."""
        self._path = settings.external_file or context.environment.text("logging.file.name")

    @ReadOperation(produces=[TEXT])
    async def file(self, context: InvocationContext) -> WebEndpointResponse | None:
        """Answer with all of it, 206 with the bytes that ``Range`` asks for, 416 where those are not there; 404 without a file.

        Of several ranges at once the whole file is the answer, as RFC 9110 14.2 allows.
        """
        size = None if self._path is None else await asyncio.to_thread(_size, self._path)
        if self._path is None or size is None:
            return None
        wanted = context.headers.get("range")
        ranges = None if wanted is None else byte_ranges(wanted, size, 1)
        headers = {"accept-ranges": "bytes"}
        if ranges == []:
            return WebEndpointResponse("", 416, TEXT, headers | {"content-range": f"bytes */{size}"})
        first, length = ranges[0] if ranges else (0, size)
        if ranges:
            headers["content-range"] = f"bytes {first}-{first + length - 1}/{size}"
        headers["content-length"] = str(length)
        return WebEndpointResponse(_pieces(self._path, first, length), 206 if ranges else 200, TEXT, headers)


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except OSError:  # it comes with the first line, or somebody has moved it
        return None


async def _pieces(path: str, first: int, length: int) -> AsyncIterator[bytes]:
    """Iterate over the bytes of a part of a file, read beside the loop; opened with the first: who asks for a head takes none."""
    with await asyncio.to_thread(open, path, "rb") as file:
        file.seek(first)
        while length:
            piece = await asyncio.to_thread(file.read, min(_PIECE, length))
            if not piece:  # the length that was promised cannot be kept, so the connection is cut
                raise EOFError(f"the log file was cut while it was sent: {length} bytes are missing")
            length -= len(piece)
            yield piece
