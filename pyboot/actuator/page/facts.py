"""Facts: what an application is, as the head of the page tells it."""

import os
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, final

from pyboot.actuator.workers.fleet import Fleet
from pyboot.boot import ApplicationContext, Component
from pyboot.boot.model.stereotype import ApplicationLabel
from pyboot.components.netty import core_info


@final
@Component
class Facts:
    """Its name, its process, and what it runs on."""

    def __init__(self, context: ApplicationContext, fleet: Fleet) -> None:
        """Take the application, which begins now, and its workers."""
        self._fleet = fleet
        self._context = context
        self._began = time.time()

    async def told(self) -> dict[str, Any]:
        """Return them; ``workers`` are the places of all workers, null where this process is alone."""
        try:
            own = version("pyboot-framework")
        except PackageNotFoundError:
            own = "unknown"
        return {
            "application": self._context.environment.get("pyboot.application.name") or self._class_name(),
            "pid": os.getpid(),
            "since": datetime.fromtimestamp(self._began, UTC),
            "version": own,
            "python": platform.python_version(),
            "core": core_info().form,
            "workers": await self._fleet.slots(),
        }

    def _class_name(self) -> str:
        return next((each.bean_class.__name__ for each in self._context.definitions(ApplicationLabel)), "application")
