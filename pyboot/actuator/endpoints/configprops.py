"""The endpoint ``configprops``: the settings as classes have them. Source: Spring Boot's ``ConfigurationPropertiesReportEndpoint``.

What is shown of a value is what is shown of the setting it was made of (`pyboot.boot.config.secrets`), and nothing of one unless
``show-values`` says so.
"""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any, final

from pydantic import BaseModel, Secret, SecretBytes, SecretStr

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.properties import ValuesProperties, shows
from pyboot.boot import ApplicationContext, BeanDefinition, ConfigurationProperties, Import
from pyboot.boot.config.names import is_name, join_key, kebab, split_key, uniform
from pyboot.boot.config.secrets import MASK

from .contexts import in_context

_SIMPLE = (str, int, float, bool, type(None))


@ConfigurationProperties("management.endpoint.configprops")
class ConfigPropsProperties(ValuesProperties):
    """`management.endpoint.configprops`: who sees values."""


@final
@Endpoint("configprops")
@Import(ConfigPropsProperties)
class ConfigPropsEndpoint:
    """Tells of each properties class what it holds, and where that comes from."""

    def __init__(self, context: ApplicationContext, settings: ConfigPropsProperties) -> None:
        """Take the application, and who sees values."""
        self._context = context
        self._settings = settings

    @ReadOperation
    def all(self, context: InvocationContext) -> dict[str, Any]:
        """Answer with all classes."""
        return self._answer("", context)

    @ReadOperation("{prefix}")
    def below(self, prefix: str, context: InvocationContext) -> dict[str, Any] | None:
        """Answer with those whose prefix is *prefix* or below it; 404 where there is none."""
        answer = self._answer(prefix, context)
        (told,) = answer["contexts"].values()
        return answer if told["beans"] else None

    def _answer(self, prefix: str, context: InvocationContext) -> dict[str, Any]:
        is_shown = shows(self._settings.show_values, self._settings.roles, context)
        bound = self._context.graph.bound
        found = {entry.name: self._told(entry, bound[entry], is_shown=is_shown) for entry in bound if _is_below(entry.prefix or "", prefix)}
        return in_context(self._context, {"beans": found})

    def _told(self, definition: BeanDefinition, bean: object, *, is_shown: bool) -> dict[str, Any]:
        prefix = definition.prefix or ""
        properties, inputs = self._walk(bean, prefix, is_shown=is_shown)
        return {"prefix": prefix, "properties": properties, "inputs": inputs}

    def _walk(self, value: Any, key: str, *, is_shown: bool) -> tuple[Any, Any]:
        """Return what is shown of *value*, the setting *key*, and the same with the place that it comes from."""
        parts = _parts(value)
        if parts is not None:
            told = {name: self._walk(each, _below(key, name), is_shown=is_shown) for name, each in parts.items()}
            return {name: each[0] for name, each in told.items()}, {name: each[1] for name, each in told.items()}
        if isinstance(value, list | tuple | set | frozenset):
            items = [self._walk(each, f"{key}[{place}]", is_shown=is_shown) for place, each in enumerate(value)]
            return [each[0] for each in items], [each[1] for each in items]
        shown = self._shown(value, key) if is_shown else MASK
        leaf = self._context.environment.leaf(key) if is_name(key) else None
        return shown, {} if leaf is None else {"value": shown, "origin": str(leaf.origin)}

    def _shown(self, value: Any, key: str) -> Any:
        if isinstance(value, Secret | SecretStr | SecretBytes):
            return MASK
        plain = value.value if isinstance(value, Enum) else value
        text = "" if plain is None else str(plain)
        shown = self._context.environment.secrets.shown(key, text) if is_name(key) else MASK
        return shown if shown != text or not isinstance(plain, _SIMPLE) else plain


def _parts(value: Any) -> Mapping[str, Any] | None:
    """Return the parts of *value* by their names as settings spell them; None where it has none."""
    if isinstance(value, BaseModel):
        return {kebab(name): getattr(value, name) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {kebab(field.name): getattr(value, field.name) for field in dataclasses.fields(value)}
    return {str(name): each for name, each in value.items()} if isinstance(value, Mapping) else None


def _below(key: str, name: str) -> str:
    return join_key((*split_key(key), name)) if key and is_name(key) else name


def _is_below(prefix: str, wanted: str) -> bool:
    parts, above = [list(map(uniform, map(str, each.split(".")))) if each else [] for each in (prefix, wanted)]
    return parts[: len(above)] == above
