"""InfoContributor: beans that tell facts of the application. Source: Spring Boot's ``InfoContributor``."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping
from typing import Any


class InfoContributor(ABC):
    """A bean of this class is asked by the endpoint ``info``, in the order of ``@Order``."""

    @abstractmethod
    def contribute(self) -> Mapping[str, Any] | Awaitable[Mapping[str, Any]]:
        """Return what it adds, each fact by its name; of two that have one name the later wins. ``def`` or ``async def``."""
