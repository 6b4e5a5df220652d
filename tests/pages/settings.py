"""The page of all settings: of whatever the product binds a class to, and of the models inside of it."""

import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, RootModel

from pyboot.boot.model.label import labels
from pyboot.boot.model.stereotype import ConfigurationProperties
from pyboot.cli.commands.config import application_without_beans
from pyboot.netty.pipeline.options import Option, options_of
from tests.pages.sources import cell, imported, modules_with, sentence

INTRODUCTION = """# All settings

Every setting that the framework and its rooms know, in the order of their prefixes, each with its type, its default and the class that
declares it. [Where a setting may stand](settings.md), how it is written and what is a secret is told there; `pyboot env APP` tells what is
in effect and where it was written, `pyboot config schema` the same for an editor. `<name>` is a name of yours, `[0]` an item of a list.
A pipeline's codecs have [options of their own](codecs/names.md).
"""


def page() -> str:
    """Return the page."""
    return (
        "\n".join([INTRODUCTION, *(line for prefix, model in sorted(bound().items()) for line in _section(prefix, model))]).rstrip() + "\n"
    )


def bound() -> Mapping[str, Any]:
    """Each prefix with the class that is bound there: what an application without beans has, and what else carries the label."""
    found: dict[str, Any] = dict(application_without_beans().offered)
    for module in modules_with(r"@ConfigurationProperties\("):
        for kind in vars(imported(module)).values():
            if isinstance(kind, type) and kind.__module__ == module:
                found |= {label.prefix: kind for label in labels(kind, ConfigurationProperties)}
    return found


def _section(prefix: str, model: Any) -> Iterator[str]:
    yield from (f"## `{prefix}`", "", f"{sentence(model)} Declared by `{model.__module__}.{model.__qualname__}`.", "")
    yield from ("| setting | is | default | |", "|---|---|---|---|")
    yield from (_row(path, option) for path, option in settings_of(prefix, model, ()))
    yield ""


def _row(path: str, option: Option) -> str:
    default = "must be given" if option.default is None else "nothing" if option.default in ("none", "''", "{}", "[]") else option.default
    return f"| `{path}` | {cell(option.type)} | {cell(default)} | {cell(option.description)} |"


def settings_of(prefix: str, model: type[BaseModel], inside: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, Option]]:
    """Return each setting of *model* below *prefix*, and those of the models in it; one that holds itself ends open."""
    if issubclass(model, RootModel):
        yield from _below(prefix, model.model_fields["root"].annotation, (*inside, model))
        return
    for option, info in zip(options_of(model), model.model_fields.values(), strict=True):
        path = f"{prefix}.{option.name}"
        below = list(_below(path, info.annotation, (*inside, model)))
        if not below or not _is_model(info.annotation):
            yield path, option
        yield from below


def _below(path: str, hint: Any, inside: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, Option]]:
    for step, model in _models_in(hint, ""):
        if model not in inside:
            yield from settings_of(path + step, model, inside)


def _models_in(hint: Any, step: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Return the models that *hint* speaks of, each with what a name of it has in front."""
    if isinstance(hint, typing.TypeAliasType):
        hint = hint.__value__
    if _is_model(hint):
        yield step, hint
        return
    deeper = {dict: ".<name>", list: "[0]", tuple: "[0]"}.get(typing.get_origin(hint), "")
    for argument in typing.get_args(hint):
        yield from _models_in(argument, step + deeper)


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)
