"""CodecRegistry: the codecs that an application knows by name: built in, of installed distributions, and its own."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, NamedTuple, final

from pyboot.boot.config.names import uniform
from pyboot.boot.discovery.entrypoints import EntryPoint, installed
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.label import labels
from pyboot.boot.model.nearest import nearest
from pyboot.netty.errors import CodecNameClashError, UnknownCodecError

from .codec import CodecDefinition, CodecLabel, ConfiguredCodec

GROUP = "pyboot.codecs"

# Where each built-in codec is: a start imports the modules of those that its pipelines name.
_BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "frames": ("line", "line-encoder", "delimiter", "length-field", "fixed-length", "varint", "json-object", "xml-frame", "hj212"),
    "messages": ("string", "bytes", "base64", "json", "json-lines", "msgpack", "protobuf"),
    "compression": ("gzip", "zlib", "brotli", "zstd"),
    "handlers": (
        "logging", "idle", "read-timeout", "write-timeout", "heartbeat", "traffic-shaping", "global-traffic-shaping", "ip-filter",
        "ip-rules", "unique-ip", "flush-consolidation", "flow-control", "byte-counting", "chunked-write",
    ),
    "capture": ("pcap",),
    "dns": ("dns-server", "dns-client", "dns-datagram-server", "dns-datagram-client"),
    "redis": ("redis", "redis-client"),
    "memcache": ("memcache-binary", "memcache-binary-client", "memcache-text", "memcache-text-client"),
    "stomp": ("stomp",),
    "proxies": ("haproxy", "socks-server", "port-unification"),
    "http": ("http", "http-client", "http-aggregator", "http-expect-continue"),
    "http_server": ("http-server",),
    "smtp": ("smtp-server", "smtp-client"),
    "web": ("http-compression", "http-decompression", "cors", "static-files", "access-log", "server-sent-events"),
    "websocket": ("websocket", "websocket-client"),
    "mqtt": ("mqtt",),
}  # fmt: skip


class _Place(NamedTuple):
    """The place of a codec that is not loaded yet: a *module*, and the distribution that brings it."""

    module: str
    source: str
    entry: EntryPoint | None = None


@final
class CodecRegistry:
    """The codecs that an application knows; a bean. One that is not used is not imported.

    Names may be written in kebab-case, snake_case or camelCase.
    """

    def __init__(self, codecs: Iterable[Any] = ()) -> None:
        """Know the built-in codecs, those of the entry points ``pyboot.codecs``, and *codecs*: definitions, or what ``@Codec`` labels.

        Raises:
            CodecNameClashError: two codecs have one name.
            DefinitionError: one of *codecs* is no codec.
        """
        self._names: dict[str, str] = {}
        self._known: dict[str, CodecDefinition | _Place] = {}
        for module, names in _BUILT_IN.items():
            for name in names:
                self._add(name, _Place(f"pyboot.netty.pipeline.builtin.{module}", "the network library"))
        for entry in installed(GROUP):
            self._add(entry.name, _Place(entry.module, f"the entry point {entry.value}", entry))
        for codec in codecs:
            definition = codec if isinstance(codec, CodecDefinition) else definition_of(codec)
            self._add(definition.name, definition)

    def _add(self, name: str, codec: CodecDefinition | _Place) -> None:
        key = uniform(name)
        other = self._known.setdefault(key, codec)
        if other is not codec:
            raise CodecNameClashError(name, self._place(key, other), self._place(key, codec))
        self._names[key] = name

    def _place(self, key: str, codec: CodecDefinition | _Place) -> str:
        """File and line of *codec*, and who brings it where that is not the application."""
        if isinstance(codec, CodecDefinition):
            return str(codec.origin)
        return f"{self._loaded(self._names.get(key, key), codec).origin}, of {codec.source}"

    @property
    def names(self) -> list[str]:
        """The known names, sorted."""
        return sorted(self._names.values())

    def definitions(self) -> list[CodecDefinition]:
        """Return all codecs by name; imports each of them, and no library that one may need."""
        return [self.definition(name) for name in self.names]

    def __contains__(self, name: object) -> bool:
        """Tell whether a codec is called *name*."""
        return isinstance(name, str) and uniform(name) in self._known

    def definition(self, name: str) -> CodecDefinition:
        """Return the codec called *name*.

        Raises:
            UnknownCodecError: there is no such codec.
            DefinitionError: an entry point names something else.
        """
        codec = self._known.get(uniform(name))
        if codec is None:
            raise UnknownCodecError(name, self.names, nearest(name, self.names))
        if isinstance(codec, _Place):
            codec = self._known[uniform(name)] = self._loaded(self._names[uniform(name)], codec)
        return codec

    def codec(self, name: str, options: Mapping[str, object] | None = None) -> ConfiguredCodec:
        """Return the codec *name* with *options*; their names may be written in kebab-case, snake_case or camelCase.

        Raises:
            UnknownCodecError: there is no such codec.
            CodecOptionsError: the codec refuses the options.
        """
        return self.definition(name).configured(options)

    def _loaded(self, name: str, place: _Place) -> CodecDefinition:
        if place.entry is not None:
            return _of_entry_point(name, place.entry)
        module = import_module(place.module)
        found = (definition_of(target) for target in vars(module).values() if _is_labelled(target))
        return next(definition for definition in found if definition.name == name)


def definition_of(target: Any) -> CodecDefinition:
    """Return what ``@Codec`` says of the function or class *target*.

    Raises:
        DefinitionError: it is not labelled.
    """
    for label in labels(target, CodecLabel):
        return CodecDefinition(label.name_for(target), target)
    raise DefinitionError(f"{target!r} in a CodecRegistry", "its arguments", "it is not labelled @Codec")


def _is_labelled(target: object) -> bool:
    return bool(labels(target, CodecLabel))


def _of_entry_point(name: str, entry: EntryPoint) -> CodecDefinition:
    """Return what an installed distribution registers under *name*; the label is not needed there."""
    try:
        target = entry.load()
    except Exception as error:
        reason = f"it cannot be imported: {type(error).__name__}: {error}"
        raise DefinitionError(entry.value, f"entry point {entry.name} of {GROUP}", reason) from error
    return CodecDefinition(name, target)
