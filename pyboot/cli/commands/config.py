"""`pyboot config schema`: the JSON Schema of all known settings, with which an editor completes `application.yaml`."""

import json
from pathlib import Path

from pyboot.boot import Blueprint, PyBootApplication, prepare
from pyboot.boot.config.load import Given


def schema(blueprint: Blueprint) -> str:
    """Return the schema of the application's settings, its auto-configurations' and the container's own."""
    return json.dumps(blueprint.schema(), indent=2)


def write_schema(text: str, file: Path) -> str:
    """Write the schema to *file* and return how an editor is told of it."""
    file.write_text(text + "\n", encoding="utf-8")
    return f"Wrote {file}. Put this at the top of application.yaml:\n\n  # yaml-language-server: $schema={file.as_posix()}\n"


def application_without_beans() -> Blueprint:
    """Return an application without beans of its own, which knows the settings of everything that is installed; nothing is read."""

    @PyBootApplication
    class WithoutBeans: ...

    return prepare(WithoutBeans, Given(variables={}, directory=Path("/nonexistent")))
