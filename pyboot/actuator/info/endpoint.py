"""The endpoint ``info``: facts of the application, gathered from contributors."""

import inspect
from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation

from .contributor import InfoContributor


@final
@Endpoint("info")
class InfoEndpoint:
    """Asks all contributors, one after the other."""

    def __init__(self, contributors: list[InfoContributor]) -> None:
        """Take the contributors, in their order."""
        self._contributors = contributors

    @ReadOperation
    async def info(self) -> dict[str, Any]:
        """Answer with what they tell; ``{}`` where nobody tells anything."""
        found = dict[str, Any]()
        for contributor in self._contributors:
            told: Any = contributor.contribute()
            found |= await told if inspect.isawaitable(told) else told
        return found
