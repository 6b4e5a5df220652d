"""Filters: beans that see each request before the controllers, and each response behind them. Source: the servlet's ``Filter``."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

type CallNext = Callable[["Request"], Awaitable["Response"]]


class HttpFilter(ABC):
    """A bean of this class stands in front of all controllers; the lowest ``@Order`` is the first to see a request."""

    @abstractmethod
    async def filter(self, request: "Request", call_next: CallNext) -> "Response":
        """Return the response: that of *call_next*, changed or not, or another without having called it."""
