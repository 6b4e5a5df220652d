"""MqttState: what the two directions of a connection tell each other: the version, which CONNECT says once. Source: MQTT 5 3.1.2.2."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from .version import MqttVersion

__all__ = ["MqttState"]


@final
class MqttState:
    """The version of one connection, shared by its reader and its writer: whichever of them sees CONNECT first sets it."""

    __slots__ = ("level",)

    def __init__(self, version: MqttVersion | None = None) -> None:
        self.level: i64 = 0 if version is None else int(version)  # 0 before CONNECT

    @property
    def version(self) -> MqttVersion | None:
        """The version, or None before CONNECT."""
        return MqttVersion(int(self.level)) if self.level != 0 else None

    def __repr__(self) -> str:
        return f"MqttState({self.version!r})"
