"""Descriptors: keep the conditions of auto-configurations in a file, so that one which does not match is not even imported.

Beside the module ``shop/autoconfigure.py`` lies ``shop/autoconfigure.json``::

    {"ShopAutoConfiguration": {"installed": ["redis>=5"], "missing": [], "properties": [{"name": "shop.on", "if_missing": true}]}}

It is made from the decorators by :func:`describe`; the decorators stay the source of truth, and a module without a
descriptor is imported and asked itself.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.label import labels
from pyboot.boot.model.stereotype import AutoConfigurationLabel

from .condition import Condition, ConditionalOnClass, ConditionalOnMissingClass, ConditionalOnProperty, Facts, Outcome
from .entrypoints import EntryPoint


def describe(module: ModuleType) -> str:
    """Return the descriptor of the auto-configurations in *module*, to be written beside it."""
    found = {
        name: _description(target)
        for name, target in sorted(vars(module).items())
        if isinstance(target, type) and labels(target, AutoConfigurationLabel) and target.__module__ == module.__name__
    }
    return json.dumps(found, indent=2) + "\n"


def _description(target: type) -> dict[str, Any]:
    asked = labels(target, ConditionalOnProperty)
    return {
        "installed": [module for entry in labels(target, ConditionalOnClass) for module in entry.modules],
        "missing": [module for entry in labels(target, ConditionalOnMissingClass) for module in entry.modules],
        "properties": [{"name": entry.name, "having": entry.having, "if_missing": entry.if_missing} for entry in asked],
    }


def refusals(entry: EntryPoint, facts: Facts) -> tuple[Outcome, ...]:
    """Return what speaks against the auto-configuration of *entry*, by its descriptor alone; nothing is imported."""
    description = _read(entry)
    if description is None:
        return ()
    subject = BeanDefinition(name=entry.value, provides=object, factory=object, target=entry)
    outcomes = (condition.outcome(facts, subject) for condition in _conditions(description))
    return tuple(outcome for outcome in outcomes if not outcome.matched)


def _conditions(description: Mapping[str, Any]) -> Iterator[Condition]:
    if description.get("installed"):
        yield ConditionalOnClass(*description["installed"])
    if description.get("missing"):
        yield ConditionalOnMissingClass(*description["missing"])
    for wanted in description.get("properties", ()):
        yield ConditionalOnProperty(wanted["name"], having=wanted.get("having"), if_missing=bool(wanted.get("if_missing")))


def _read(entry: EntryPoint) -> Mapping[str, Any] | None:
    """Return the part of the descriptor that belongs to *entry*, found along the import path without importing a package."""
    inner = Path(*entry.module.split(".")).with_suffix(".json")
    for place in sys.path:
        path = Path(place) / inner
        if path.is_file():
            found: Mapping[str, Any] | None = json.loads(path.read_text("utf-8")).get(entry.attribute)
            return found
    return None
