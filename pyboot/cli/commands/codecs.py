"""`pyboot codecs`: every codec and handler that a pipeline may name, with its options."""

from typing import Any

from pyboot.boot import Blueprint
from pyboot.netty.pipeline.codec import CodecDefinition, CodecLabel
from pyboot.netty.pipeline.flow import ends_of
from pyboot.netty.pipeline.kinds import NOTHING
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
            **_ways(codec),
            "origin": str(codec.origin),
        }
        for codec in codecs
    ]


def text(codecs: list[CodecDefinition]) -> str:
    """Return the same for people: a name, what it does, what goes in and comes out, and a line for each option."""
    return "\n\n".join(
        "\n".join([codec.name, f"    {codec.summary}", *_way_lines(codec), *_option_lines(codec.options)]) for codec in codecs
    )


def _ways(codec: CodecDefinition) -> dict[str, Any]:
    """Return what the codec takes and makes of what comes in, and of what is written; None where everything passes or nothing is known."""
    if codec.handler_types is None:
        return {"in": None, "out": None}
    ends = ends_of(codec.handler_types)
    ways = {"in": (ends.takes, ends.makes), "out": (ends.accepts, ends.gives)}
    return {name: {"takes": str(taken), "makes": str(made)} if taken != NOTHING else None for name, (taken, made) in ways.items()}


def _way_lines(codec: CodecDefinition) -> list[str]:
    return [f"    {name:<4}{way['takes']} -> {way['makes']}" for name, way in _ways(codec).items() if way is not None]


def _option_lines(options: list[Option]) -> list[str]:
    names = max((len(option.name) for option in options), default=0)
    values = [f"{option.type}, {'must be given' if option.default is None else f'default {option.default}'}" for option in options]
    width = max(map(len, values), default=0)
    return [
        f"      {option.name:<{names}}  {value:<{width}}  {option.description}".rstrip()
        for option, value in zip(options, values, strict=True)
    ]
