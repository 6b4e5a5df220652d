"""The JSON Schema of an entry in a pipeline: with it an editor completes names of codecs and their options."""

import json
from collections.abc import Iterable
from typing import Any

from .codec import CodecDefinition


def entry_schema(codecs: Iterable[CodecDefinition], handlers: Iterable[str] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of one entry, which may name *codecs* and *handlers*, and the definitions that it refers to."""
    known = list(codecs)
    shared: dict[str, Any] = {}
    names = [codec.name for codec in known if not any(option.default is None for option in codec.options)]
    bare = {"type": "string", "enum": [*names, *handlers], "description": "A codec with its defaults, or a handler of this pipeline."}
    with_options = {
        "type": "object",
        "properties": {codec.name: _options_schema(codec, shared) for codec in known},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    placeholder = {"type": "string", "pattern": r"\$\{.+\}"}
    return {"anyOf": [bare, placeholder, with_options]}, shared


def _options_schema(codec: CodecDefinition, shared: dict[str, Any]) -> dict[str, Any]:
    """Return the options of *codec*; what they refer to goes into *shared*, under names that no other codec has."""
    made = codec.model.model_json_schema()
    renamed = json.loads(json.dumps(made).replace('"#/$defs/', f'"#/$defs/{codec.name}.'))
    shared.update({f"{codec.name}.{name}": entry for name, entry in renamed.pop("$defs", {}).items()})
    options = {**renamed, "description": codec.summary}
    if options.get("required"):
        return options
    return {"anyOf": [options, {"type": "null"}], "description": codec.summary}  # `line:` with nothing behind it
