"""The indicator ``diskSpace``: whether files can be written."""

import shutil
from pathlib import Path
from typing import final

from pydantic import Field

from pyboot.boot import Component, ConfigurationProperties, DataSize, Import
from pyboot.netty.properties import Settings

from .health import Health, Status
from .indicator import HealthIndicator


@ConfigurationProperties("management.health.diskspace")
class DiskSpaceProperties(Settings):
    """`management.health.diskspace`: the room that is left."""

    enabled: bool = Field(default=True, description="Whether it is looked at. Default true.")
    path: str = Field(default=".", min_length=1, description="Where. Default: the working folder.")
    threshold: DataSize = Field(default=10 * 1024 * 1024, ge=0, description="How much has to be left. Default 10MiB.")


@final
@Component
@Import(DiskSpaceProperties)
class DiskSpaceHealthIndicator(HealthIndicator):
    """Is down where less is left than has to be."""

    def __init__(self, settings: DiskSpaceProperties) -> None:
        """Take the settings."""
        self._settings = settings

    def health(self) -> Health:
        """Tell how much is left."""
        path = Path(self._settings.path).absolute()
        try:
            usage = shutil.disk_usage(path)
        except FileNotFoundError:
            return Health.down(path=str(path), exists=False, threshold=self._settings.threshold)
        told = {"total": usage.total, "free": usage.free, "threshold": self._settings.threshold, "path": str(path), "exists": True}
        return Health(Status.UP if usage.free >= self._settings.threshold else Status.DOWN, told)
