"""`pyboot codecs`: every codec and handler that a pipeline may name, with its options."""

from typing import Any

from pyboot.boot import Blueprint
from pyboot.netty.pipeline.codec import CodecDefinition, CodecLabel
from pyboot.netty.pipeline.options import Option
from pyboot.netty.pipeline.registry import CodecRegistry


def known(blueprint: Blueprint | None) -> list[CodecDefinition]:
    """Return the codecs by name: what is installed, and, of an application, what it labels ``@Codec``."""
    definitions = () if blueprint is None else blueprint.graph.index.definitions
    return CodecRegistry(entry.target for entry in definitions if entry.labels(CodecLabel)).definitions()


def facts(codecs: list[CodecDefinition]) -> list[dict[str, Any]]:
    """Return one entry for each codec."""
    return [
        {
            "name": codec.name,
            "summary": codec.summary,
            "options": [option._asdict() for option in codec.options],
            "handlers": None if codec.handler_types is None else [each.__name__ for each in codec.handler_types],
            "origin": str(codec.origin),
        }
        for codec in codecs
    ]


def text(codecs: list[CodecDefinition]) -> str:
    """Return the same for people: a name, what it does, and a line for each option."""
    return "\n\n".join("\n".join([codec.name, f"    {codec.summary}", *_option_lines(codec.options)]) for codec in codecs)


def _option_lines(options: list[Option]) -> list[str]:
    names = max((len(option.name) for option in options), default=0)
    values = [f"{option.type}, {'must be given' if option.default is None else f'default {option.default}'}" for option in options]
    width = max(map(len, values), default=0)
    return [
        f"      {option.name:<{names}}  {value:<{width}}  {option.description}".rstrip()
        for option, value in zip(options, values, strict=True)
    ]
