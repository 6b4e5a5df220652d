"""The JSON Schema of all known settings, by which an editor completes and checks ``application.yaml``."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Secret, SecretBytes, SecretStr, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from pyboot.boot.config.names import kebab, split_key
from pyboot.boot.config.secrets import MASK, is_secret, without_passwords
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import Hint

_PLACEHOLDER = {"type": "string", "pattern": r"\$\{.+\}"}
_SCALARS = ("integer", "number", "boolean")


def schema_of(models: Iterable[tuple[str, Hint]], definitions: Iterable[BeanDefinition] = ()) -> dict[str, Any]:
    """Return the schema of documents in which each model is bound below its prefix.

    Names are spelled in kebab-case. A number or a switch may also be written as a placeholder. A model whose settings name what the
    application has says so in a class method ``complete_schema(schema, definitions)``: it is given its own schema, to be changed, and the
    *definitions* of the beans.
    """
    root: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of a PyBoot application",
        "type": "object",
    }
    for prefix, model in sorted(models, key=lambda entry: entry[0]):
        made = TypeAdapter(model).json_schema(schema_generator=_SchemaMaker)
        complete = getattr(model, "complete_schema", None)
        if complete is not None:
            complete(made, definitions)
        _merge(_below(root, prefix), _told(made, made.get("$defs", {}), ()))
    return root


class _SchemaMaker(GenerateJsonSchema):
    """Makes a schema in which no default is a secret; the library cannot write every type of secret at all."""

    def encode_default(self, dft: Any) -> Any:
        """Return the default *dft* as JSON, masked where it is a secret by type."""
        return MASK if isinstance(dft, SecretStr | SecretBytes | Secret) else super().encode_default(dft)


def _below(schema: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Return the schema of the settings below *prefix*, which is made if it is not there."""
    for part in split_key(prefix):
        schema = schema.setdefault("properties", {}).setdefault(str(part), {"type": "object"})
    return schema


def _merge(target: dict[str, Any], source: Mapping[str, Any]) -> None:
    """Lay *source* into *target*, which a longer prefix may have begun to fill."""
    properties = {**source.get("properties", {}), **target.get("properties", {})}
    target.update(source)
    if properties:
        target["properties"] = properties


def _told(schema: Mapping[str, Any], known: Mapping[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
    """Return *schema* with its references put in place and its names in kebab-case; a recursive one ends open."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in inside:
            return {}
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {**_told(known[name], known, (*inside, name)), **rest}
    told: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            told[key] = {kebab(name): _masked(kebab(name), _told(entry, known, inside)) for name, entry in value.items()}
        elif key == "required":
            told[key] = [kebab(name) for name in value]
        elif key in ("anyOf", "oneOf", "allOf"):
            told[key] = [_told(entry, known, inside) for entry in value]
        elif isinstance(value, dict) and key in ("items", "additionalProperties"):
            told[key] = _told(value, known, inside)
        elif key not in ("$defs", "title"):
            told[key] = value
    return _or_placeholder(told)


def _masked(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema* of the setting *name* with its default masked where it is a secret, or holds some."""
    return {**schema, "default": _without_secrets(name, schema["default"])} if schema.get("default") else schema


def _without_secrets(name: str, default: Any) -> Any:  # Any: whatever JSON can say
    if is_secret((name,)) and not isinstance(default, bool):
        return MASK
    if isinstance(default, dict):
        return {key: _without_secrets(key, value) for key, value in default.items()}
    if isinstance(default, list):
        return [_without_secrets("", value) for value in default]
    return without_passwords(default) if isinstance(default, str) else default


def _or_placeholder(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if kind not in _SCALARS:
        return schema
    limits = {key: schema.pop(key) for key in list(schema) if key not in ("description", "default", "deprecated", "examples")}
    return {"anyOf": [limits, _PLACEHOLDER], **schema}
