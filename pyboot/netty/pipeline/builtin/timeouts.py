"""TimeoutOptions: the times that clients of HTTP have, the same whoever speaks it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pyboot.boot import DataSize
from pyboot.netty.pipeline.builtin.handlers import Patience


class TimeoutOptions(BaseModel):
    """Times that a client has; 0 is for ever."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_byte: Patience = Field(default="30s", validate_default=True, description="From the connection's beginning. Default 30s.")
    head: Patience = Field(default="10s", validate_default=True, description="For the head of a request, from its first byte. Default 10s.")
    content: Patience = Field(default="5m", validate_default=True, description="For the content of a request. Default 5m.")
    content_rate: DataSize = Field(default=256, ge=0, description="Bytes a second that content comes with at least. Default 256.")
    keep_alive: Patience = Field(default="15s", validate_default=True, description="Between an answer and the next request. Default 15s.")

    def times(self) -> dict[str, Any]:
        """Return them as the deadlines of each version of HTTP take them."""
        names = ("first_byte", "head", "content", "keep_alive")
        return {**{f"{name}_seconds": getattr(self, name).total_seconds() for name in names}, "content_rate": self.content_rate}
