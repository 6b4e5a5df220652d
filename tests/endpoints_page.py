"""The page of all endpoints, made of their labels, signatures and settings: ``uv run python -m tests.endpoints_page > PAGE``."""

import importlib
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from pyboot.actuator.annotations import EndpointLabel, OperationLabel
from pyboot.actuator.definitions import BUILT_IN
from pyboot.actuator.endpoints.env import EnvProperties
from pyboot.actuator.exchanges.properties import HttpExchangesProperties
from pyboot.actuator.files.logfile import LogFileProperties
from pyboot.actuator.files.sbom import SbomProperties
from pyboot.actuator.health.properties import HealthProperties
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.operation import Operation, Source, operation_of
from pyboot.actuator.properties import EndpointProperties, EndpointsProperties, ManagementServerProperties
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_members

SETTINGS: Mapping[str, type[BaseModel]] = {
    "management.server": ManagementServerProperties,
    "management.endpoints": EndpointsProperties,
    "management.endpoint.<id>": EndpointProperties,
    "management.endpoint.env": EnvProperties,
    "management.endpoint.health": HealthProperties,
    "management.endpoint.logfile": LogFileProperties,
    "management.endpoint.sbom": SbomProperties,
    "management.httpexchanges": HttpExchangesProperties,
}

ELSEWHERE: Mapping[str, str] = {"cluster": "pyboot.cluster.management.endpoint:ClusterEndpoint"}
"""Those that a starter of their own brings."""

SHAPES: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
"""What a read answers, shortened; a test holds its names to those of a real answer."""

INTRODUCTION = """# Endpoints

What the starter `pyboot-starter-actuator` answers below `http://127.0.0.1:8081/actuator`. Ids, shapes, media types, links and status
codes of Spring Boot's endpoints are Spring Boot's. Only `health` is exposed by itself:
[expose and secure endpoints](../howto/expose-endpoints.md).

A read is GET (HEAD, OPTIONS), a write POST with a JSON object, a delete DELETE. 404: nothing of that name; 400: a parameter is missing
or means nothing; 405: with the methods that there are; 406: with the media types. Answers are JSON
(`application/vnd.spring-boot.actuator.v3+json`) where nothing else is said. `management.endpoint.<id>.access` says what may be used.

This page is made of the code: `uv run python -m tests.endpoints_page > docs/reference/endpoints.md`.
"""


def page() -> str:
    """Return the page."""
    return (
        "\n".join([INTRODUCTION, *(line for id, target in (BUILT_IN | ELSEWHERE).items() for line in _endpoint(id, target)), *_settings()])
        + "\n"
    )


def _endpoint(id: str, target: str) -> Iterator[str]:
    module, _, name = target.partition(":")
    kind: Any = getattr(importlib.import_module(module), name)
    access = labels(kind, EndpointLabel)[0].access
    yield from (
        f"## `{id}`",
        "",
        _sentence(kind) + ("" if access.value == "unrestricted" else f" Its access is `{access.value}` by default."),
        "",
    )
    yield from ("| operation | parameters | |", "|---|---|---|")
    for method, member in labelled_members(kind):
        for label in labels(member, OperationLabel):
            operation = operation_of(method, member, label)
            produces = (
                "" if not label.produces or label.produces[0].startswith("application/vnd.spring") else f" As {_codes(label.produces)}."
            )
            path = "/".join((f"/{id}", *operation.path))
            yield f"| `{operation.kind.value} {path}` | {_parameters(operation)} | {_sentence(member)}{produces} |"
    yield ""
    if id in SHAPES:
        yield from ("```json", json.dumps(SHAPES[id], ensure_ascii=False), "```", "")


def _parameters(operation: Operation) -> str:
    told = []
    for each in operation.parameters:
        if each.source is Source.QUERY and each.hint is not InvocationContext:
            head, *rest = each.name.split("_")
            name = head + "".join(map(str.capitalize, rest))
            told.append(f"`{name}`" + (" (must be given)" if each.is_required else "" if each.default is None else f" = {each.default}"))
    return ", ".join(told)


def _settings() -> Iterator[str]:
    yield from ("## Settings", "", "| setting | |", "|---|---|")
    for prefix, model in SETTINGS.items():
        for name, description in _fields(prefix, model):
            if prefix in ("management.endpoint.<id>",) or not name.startswith("management.endpoint.") or not name.endswith(".access"):
                yield f"| `{name}` | {description} |"


def _fields(prefix: str, model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        path = f"{prefix}.{name.replace('_', '-')}"
        inner, is_map = _inner(info.annotation)
        if inner is None:
            yield path, _cell(info.description or "")
        else:
            yield from _fields(f"{path}.<name>" if is_map else path, inner)


def _inner(hint: Any) -> tuple[type[BaseModel] | None, bool]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint, False
    for each in get_args(hint):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each, get_origin(hint) is dict
    return None, False


def _sentence(documented: Any) -> str:
    return _cell(" ".join((inspect.getdoc(documented) or "").partition("\n\n")[0].split()).replace("``", "`"))


def _codes(texts: tuple[str, ...]) -> str:
    return " or ".join(f"`{text}`" for text in texts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
