"""The endpoint ``beans``: what the container holds, and what needs what. Source: Spring Boot's ``BeansEndpoint``."""

from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.boot.model.generic import spell

from .contexts import in_context


@final
@Endpoint("beans")
class BeansEndpoint:
    """Tells of each bean its type, scope, place and needs; nothing is made for the answer."""

    def __init__(self, context: ApplicationContext) -> None:
        """Take the application."""
        self._context = context

    @ReadOperation
    def beans(self) -> dict[str, Any]:
        """Answer with all beans."""
        return in_context(self._context, {"beans": {entry.name: self._told(entry) for entry in self._context.graph.index.definitions}})

    def _told(self, definition: BeanDefinition) -> dict[str, Any]:
        return {
            "aliases": [],
            "scope": definition.scope,
            "type": spell(definition.provides),
            "resource": f"{definition.source} ({definition.origin})",
            "dependencies": list(dict.fromkeys(needed.name for needed in self._context.graph.needs(definition))),
        }
