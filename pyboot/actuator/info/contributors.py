"""The contributors of facts that the framework brings. Source: Spring Boot's ``BuildInfoContributor`` and its like."""

import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any, final

from pyboot.boot import ApplicationContext, BeanDefinition, Component
from pyboot.boot.config.tree import Branch, Items, Leaf, Node
from pyboot.boot.model.stereotype import ApplicationLabel
from pyboot.components.netty import core_info

from .contributor import InfoContributor


@final
@Component
class BuildInfoContributor(InfoContributor):
    """Tells the name and the version of the distribution that the application is of, where it is installed as one."""

    def __init__(self, context: ApplicationContext) -> None:
        """Take the application."""
        self._context = context

    def contribute(self) -> Mapping[str, Any]:
        """Tell both."""
        for definition in self._context.definitions(ApplicationLabel):
            try:
                found = metadata(_package(definition).replace("_", "-"))
            except PackageNotFoundError:
                continue
            return {"build": {"name": found["Name"], "artifact": found["Name"], "version": found["Version"]}}
        return {}


@final
@Component
class EnvironmentInfoContributor(InfoContributor):
    """Tells the settings below ``info``; secrets among them are masked."""

    def __init__(self, context: ApplicationContext) -> None:
        """Take the settings."""
        self._environment = context.environment

    def contribute(self) -> Mapping[str, Any]:
        """Tell them as they are laid out."""
        node = self._environment.node("info", dict[str, Any])
        told = {} if node is None else self._told(node, "info")
        return told if isinstance(told, dict) else {}

    def _told(self, node: Node, key: str) -> Any:
        if isinstance(node, Branch):
            return {name: self._told(each, f"{key}.{name}") for name, each in node.items()}
        if isinstance(node, Items):
            return [self._told(each, f"{key}[{place}]") for place, each in sorted(node.entries.items())]
        assert isinstance(node, Leaf)
        return self._environment.shown_leaf(key, node)


@final
@Component
class PythonInfoContributor(InfoContributor):
    """Tells the interpreter, and which form of the core runs."""

    def contribute(self) -> Mapping[str, Any]:
        """Tell both."""
        implementation = {"name": platform.python_implementation(), "compiler": platform.python_compiler()}
        return {"python": {"version": platform.python_version(), "implementation": implementation, "core": core_info().form}}


@final
@Component
class OsInfoContributor(InfoContributor):
    """Tells the operating system."""

    def contribute(self) -> Mapping[str, Any]:
        """Tell its name, version and machine."""
        return {"os": {"name": platform.system(), "version": platform.release(), "arch": platform.machine()}}


@final
@Component
class ProcessInfoContributor(InfoContributor):
    """Tells the process."""

    def contribute(self) -> Mapping[str, Any]:
        """Tell its id, its parent's, its owner and the processors that it may use."""
        owner = os.getuid() if hasattr(os, "getuid") else None
        cpus = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
        return {"process": {"pid": os.getpid(), "parentPid": os.getppid(), "owner": owner, "cpus": cpus}}


def _package(definition: BeanDefinition) -> str:
    return definition.bean_class.__module__.partition(".")[0]
