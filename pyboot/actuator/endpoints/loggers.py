"""The endpoint ``loggers``: their levels, to read, to set and to reset. Source: Spring Boot's ``LoggersEndpoint``.

Levels go by Spring's names, which tools know, and are understood by Python's as well: WARN is WARNING, FATAL is CRITICAL. What is set
here holds until the process ends; the settings below ``logging.level`` say how it begins.
"""

import logging
from typing import Any, Final, final

from pyboot.actuator.annotations import Endpoint, ReadOperation, WriteOperation
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.boot import ApplicationContext
from pyboot.boot.config.loggers import levels
from pyboot.boot.log import level_of

_log = logging.getLogger("pyboot.actuator")

ROOT: Final = "ROOT"
LEVELS: Final = ("OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
_PYTHONS: Final = {"WARN": "WARNING", "FATAL": "CRITICAL"}
_SPRINGS: Final = ((logging.CRITICAL + 1, "OFF"), (logging.CRITICAL, "FATAL"), (logging.ERROR, "ERROR"), (logging.WARNING, "WARN"))
_LOWER: Final = ((logging.INFO, "INFO"), (logging.DEBUG, "DEBUG"), (0, "TRACE"))


@final
@Endpoint("loggers")
class LoggersEndpoint:
    """Reads and sets the levels of this process."""

    def __init__(self, context: ApplicationContext) -> None:
        """Take the application, whose settings say what a logger begins with."""
        self._environment = context.environment

    @ReadOperation
    def all(self) -> dict[str, Any]:
        """Answer with all loggers there are, the root first."""
        found = {
            name: _told(logger) for name, logger in sorted(logging.root.manager.loggerDict.items()) if isinstance(logger, logging.Logger)
        }
        return {"levels": LEVELS, "loggers": {ROOT: _told(logging.root), **found}, "groups": {}}

    @ReadOperation("{name}")
    def one(self, name: str) -> dict[str, Any] | None:
        """Answer with one logger; 404 where nobody has asked for it yet."""
        logger = logging.root if _is_root(name) else logging.root.manager.loggerDict.get(name)
        return _told(logger) if isinstance(logger, logging.Logger) else None

    @WriteOperation("{name}")
    def configure(self, name: str, configured_level: str | None = None) -> None:
        """Set the level of a logger, which may come later; none: it goes by its parent again, and the root by the settings."""
        level = None if configured_level is None else level_of(_PYTHONS.get(configured_level.upper(), configured_level))
        if configured_level is not None and level is None:
            raise InvalidEndpointRequestError(f"{configured_level!r} is no level; allowed are {', '.join(LEVELS)}")
        logger = logging.root if _is_root(name) else logging.getLogger(name)
        logger.setLevel(self._first_of(logger) if level is None else level)
        _log.warning("the level of the logger %s was set to %s by management", name, configured_level or "that of its parent")

    def _first_of(self, logger: logging.Logger) -> int:
        if logger is not logging.root:
            return logging.NOTSET
        said = levels(self._environment).get("root")
        return (level_of(said) if said else None) or logging.INFO


def _is_root(name: str) -> bool:
    return name.upper() == ROOT


def _told(logger: logging.Logger) -> dict[str, str | None]:
    configured = None if logger.level == logging.NOTSET and logger is not logging.root else _name_of(logger.level)
    return {"configuredLevel": configured, "effectiveLevel": _name_of(logger.getEffectiveLevel())}


def _name_of(level: int) -> str:
    """Return the level that lets pass what *level* does: one between two is the one above."""
    return next(name for least, name in (*_SPRINGS, *_LOWER) if level >= least)
