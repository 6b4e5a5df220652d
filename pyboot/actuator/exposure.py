"""Exposure: which endpoints a server answers for, and how much of each may be used. No I/O here."""

from collections.abc import Iterable
from typing import Final, final

from pyboot.boot.config.names import uniform
from pyboot.boot.model.nearest import nearest
from pyboot.boot.model.registrar import KnownSettings

from .access import Access
from .errors import UnknownEndpointError
from .properties import AccessProperties, EndpointProperties, ExposureProperties

ALL: Final = "*"


@final
class Exposure:
    """Decides by the settings which endpoints are exposed: included, by id or by ``*``, and not excluded. Exclusion wins."""

    def __init__(self, settings: ExposureProperties) -> None:
        self._included = frozenset(map(uniform, settings.include))
        self._excluded = frozenset(map(uniform, settings.exclude))

    def exposes(self, id: str) -> bool:
        """Tell whether the endpoint *id* is exposed."""
        if ALL in self._excluded or uniform(id) in self._excluded:
            return False
        return ALL in self._included or uniform(id) in self._included


def refuse_unknown(settings: ExposureProperties, known: Iterable[str]) -> None:
    """Refuse an id that none of the *known* endpoints has: it would expose nothing, or hide nothing.

    Raises:
        UnknownEndpointError: with the nearest one.
    """
    by_name = {uniform(id): id for id in known}
    for setting, ids in (("include", settings.include), ("exclude", settings.exclude)):
        for id in ids:
            if id != ALL and uniform(id) not in by_name:
                near = [by_name[name] for name in nearest(uniform(id), by_name)]
                raise UnknownEndpointError(f"management.endpoints.web.exposure.{setting}", id, sorted(by_name.values()), near)


def access_to(id: str, own: Access, settings: AccessProperties, environment: KnownSettings) -> Access:
    """Return the access to the endpoint *id*: its setting, else that of all, else its *own*; and never more than is permitted.

    ``management.endpoint.<id>: false`` stands for none, ``enabled`` below it for all or none.

    Raises:
        BindError: the setting is no access, or access is said twice.
    """
    setting = f"management.endpoint.{id}"
    if environment.is_off(setting) and environment.get(f"{setting}.enabled") is None:
        return Access.NONE
    said = environment.bind(setting, EndpointProperties, judged=False).said
    return (said or settings.default or own).capped(settings.max_permitted)


def cache_seconds(id: str, environment: KnownSettings) -> float:
    """Return how long answers of the endpoint *id* are given again; 0 by default, which is not at all.

    Raises:
        BindError: the setting is no duration, or less than nothing.
    """
    setting = f"management.endpoint.{id}"
    if environment.get(f"{setting}.cache.time-to-live") is None:
        return 0.0  # without a model being bound once more, at each start
    return environment.bind(setting, EndpointProperties, judged=False).cache.time_to_live.total_seconds()
