"""The built-in codec that writes captures: one file for all connections of one pipeline."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

import pyboot.components.netty as netty
from pyboot.netty.pipeline.codec import Codec


@Codec("pcap")
class Pcap(BaseModel):
    """Writes what is sent and received to a capture file, for Wireshark and tcpdump; put it first."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    file: Path = Field(description="Where to; what is there is replaced when the first connection comes.")

    _output: netty.PcapFile = PrivateAttr()

    def model_post_init(self, _: Any) -> None:
        """Name the file and leave it alone: a pipeline is looked at before anything is bound."""
        self._output = netty.PcapFile(self.file)

    def handlers(self) -> netty.PcapWriteHandler:
        """Return one handler for each connection; they share the file."""
        return netty.PcapWriteHandler(self._output)
