"""HttpExchangeRepository: where exchanges of HTTP are kept. No I/O here. Source: Spring Boot's ``HttpExchangeRepository``."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, NamedTuple, final

type Headers = Mapping[str, Sequence[str]]

CAPACITY: Final = 100


@final
class ExchangeRequest(NamedTuple):
    """A request as it is told: secrets are masked already, and what settings do not include is not there."""

    method: str
    uri: str
    headers: Headers
    remote_address: str | None


@final
class HttpExchange(NamedTuple):
    """A request and its response; *status* is 0 where the connection has ended before there was one."""

    timestamp: datetime
    request: ExchangeRequest
    status: int
    headers: Headers
    time_taken: timedelta | None


class HttpExchangeRepository(ABC):
    """Keeps exchanges; a bean of this class takes the place of the one in memory, where recording is on.

    It is told on the loop of each connection, so in several threads where servers have several; it is to be quick, and to raise nothing.
    """

    @abstractmethod
    def add(self, exchange: HttpExchange) -> None:
        """Keep *exchange*, which has ended."""

    @abstractmethod
    def find_all(self) -> Sequence[HttpExchange]:
        """Return what is kept, the newest first."""


@final
class InMemoryHttpExchangeRepository(HttpExchangeRepository):
    """Keeps the last *capacity* exchanges, 100 by default."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Begin with none."""
        self._kept: deque[HttpExchange] = deque(maxlen=capacity)
        self._lock = Lock()

    def add(self, exchange: HttpExchange) -> None:
        """Keep *exchange*; the oldest goes."""
        with self._lock:
            self._kept.appendleft(exchange)

    def find_all(self) -> Sequence[HttpExchange]:
        """Return what is kept, the newest first."""
        with self._lock:
            return list(self._kept)
