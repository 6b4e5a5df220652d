"""The built-in codec that writes captures: one file for all connections of one pipeline."""

import threading
import weakref
from pathlib import Path
from typing import Any, BinaryIO, cast

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

import pyboot.components.netty as netty
from pyboot.components.netty.handler.pcap import FILE_HEADER
from pyboot.netty.pipeline.codec import Codec


@Codec("pcap")
class Pcap(BaseModel):
    """Writes what is sent and received to a capture file, for Wireshark and tcpdump; put it first."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    file: Path = Field(description="Where to; what is there is replaced when the first connection comes.")

    _output: "CaptureFile" = PrivateAttr()

    def model_post_init(self, _: Any) -> None:
        """Name the file and leave it alone: a pipeline is looked at before anything is bound."""
        self._output = CaptureFile(self.file)

    def handlers(self) -> netty.PcapWriteHandler:
        """Return one handler for each connection; they share the file."""
        return netty.PcapWriteHandler(cast(BinaryIO, self._output), write_file_header=False)


class CaptureFile:
    """A capture that is opened with its first packet and closed when nobody has it any more."""

    def __init__(self, path: Path) -> None:
        """Take the *path*; nothing is opened."""
        self._path = path
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()  # connections may live on several loops

    def write(self, data: bytes) -> int:
        """Write one packet."""
        with self._lock:
            if self._file is None:
                self._file = self._path.open("wb")
                weakref.finalize(self, self._file.close)
                self._file.write(FILE_HEADER)
            return self._file.write(data)

    def flush(self) -> None:
        """Hand what was written to the system."""
        with self._lock:
            if self._file is not None:
                self._file.flush()
