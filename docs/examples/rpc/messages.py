"""What goes over the wire: an object of JSON each way, behind its length."""

from dataclasses import dataclass


@dataclass
class Request:
    id: int
    method: str
    params: list[float]


@dataclass
class Response:
    id: int
    result: float | None = None
    error: str | None = None
