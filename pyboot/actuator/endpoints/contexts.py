"""The form of answers that tell of an application context: below its name, with that of its parent."""

from collections.abc import Mapping
from typing import Any

from pyboot.boot import ApplicationContext


def in_context(context: ApplicationContext, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return *told* as what is told of *context*."""
    parent = None if context.parent is None else context_id(context.parent)
    return {"contexts": {context_id(context): {**told, "parentId": parent}}}


def context_id(context: ApplicationContext) -> str:
    """Return the name of *context*: the application's, if it says one."""
    return context.environment.get("pyboot.application.name") or "application"
