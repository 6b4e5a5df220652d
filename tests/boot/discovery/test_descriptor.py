"""Descriptors: conditions that can be asked without importing."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pyboot.boot.discovery.condition import ConditionalOnClass, ConditionalOnMissingClass, ConditionalOnProperty
from pyboot.boot.discovery.descriptor import describe, refusals
from pyboot.boot.discovery.entrypoints import EntryPoint
from pyboot.boot.discovery.registry import Registry
from pyboot.boot.model.stereotype import AutoConfiguration


class NoSettings:
    """Nothing is set, no profile is active."""

    def text(self, key: str) -> str | None:
        return None

    def shown(self, key: str) -> str | None:
        return self.text(key)

    def accepts_profiles(self, expression: str) -> bool:
        return False


def made_module() -> ModuleType:
    """A module with one auto-configuration and its conditions."""
    module = ModuleType("demo_described")

    @ConditionalOnClass("nowhere_at_all>=5")
    @ConditionalOnMissingClass("pydantic")
    @ConditionalOnProperty("demo.on", having="yes", if_missing=True)
    @AutoConfiguration
    class Described: ...

    Described.__module__ = module.__name__
    module.Described = Described  # type: ignore[attr-defined]  # a module made by hand
    return module


def test_a_descriptor_is_made_from_the_decorators() -> None:
    """They stay the source of truth."""
    assert {
        "Described": {
            "installed": ["nowhere_at_all>=5"],
            "missing": ["pydantic"],
            "properties": [{"name": "demo.on", "having": "yes", "if_missing": True}],
        }
    } == json.loads(describe(made_module()))


def test_it_answers_for_the_module_that_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every condition that fails is told; those that hold are not."""
    (tmp_path / "demo_described.json").write_text(describe(made_module()))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    found = refusals(EntryPoint("x", "demo_described:Described", "g"), Registry(NoSettings()))

    assert ["@ConditionalOnClass: not installed: nowhere_at_all>=5", "@ConditionalOnMissingClass: installed: pydantic"] == [
        outcome.message for outcome in found
    ]


def test_without_a_descriptor_nothing_speaks_against_it() -> None:
    """The module is imported and asked itself."""
    assert () == refusals(EntryPoint("x", "demo_without:Any", "g"), Registry(NoSettings()))
