"""Flow: what a handler takes and what it makes of that, in both directions, as far as its class tells. No handler is called.

What tells, in this order: the type arguments of the bases for codecs (``MessageToMessageDecoder[bytes, Frame]``), the table of our own
handlers below, the annotation of the message in ``channel_read`` and ``write``, the type argument of `ChannelHandler`, and what the source
shows of what a handler passes on (`source`).
"""

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple, final

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.channel.matching import type_argument

from .codec import AnyHandler
from .kinds import ANY, BUFFER, BYTES_LIKE, NOTHING, Kind, kind_of
from .source import SAME, seen_in

_OURS: Final = "pyboot.components.netty."
_TEXT: Final = Kind((str,))
_BYTES: Final = Kind((bytes,))
_HTTP: Final = "wire.http.message"
_FRAME: Final = "wire.websocket.frame"
_DNS: Final = "wire.dns.message"
_SMTP: Final = "wire.smtp.message"
_REDIS: Final = "wire.redis.message"
_MEMCACHE_BINARY: Final = "wire.memcache.binary_message"
_MEMCACHE_TEXT: Final = "wire.memcache.text_message"
_STOMP: Final = "wire.stomp.frame"
_NUMBERS: Final = (dict, list, tuple, bool, int, float)


@final
class Way(NamedTuple):
    """One direction: what is *taken*, what is *made* of it, and whether what is not taken passes by (*chooses*) or comes all the same.

    *accepts* decides for a class where a kind does not say it. Who takes `NOTHING` lets everything pass unchanged. ``SAME`` as *made*
    says that what came goes on.
    """

    taken: Kind
    made: Kind
    chooses: bool = True
    accepts: Callable[[type[Any]], bool] | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether everything passes unchanged."""
        return self.taken == NOTHING

    def takes(self, kind: Kind) -> bool:
        """Tell whether one of the messages of *kind* is for this handler."""
        if self.accepts is not None and kind.types is not None:
            return not kind.types or any(map(self.accepts, kind.types))
        return kind.chosen(self.taken) if self.chooses else kind.fits(self.taken)

    def passed(self, kind: Kind) -> Kind:
        """Return the kind that comes out where *kind* comes in."""
        if self.is_open:
            return kind
        if not self.chooses:
            return kind if self.made is SAME else self.made
        if kind.types is None:
            return ANY
        accepts = self.accepts
        left = kind.without(self.taken) if accepts is None else Kind(each for each in kind.types if not accepts(each))
        if left == kind and not self.takes(kind):
            return kind
        return left | self.made


OPEN: Final = Way(NOTHING, NOTHING)
_UNKNOWN: Final = Way(ANY, ANY, chooses=False)

# Handlers of ours that put others into the pipeline.
_CHANGING: Final = {
    "ChannelInitializer",
    "ApplicationProtocolNegotiationHandler",
    "SniHandler",
    "OptionalSslHandler",
    "HttpServerUpgradeHandler",
    "HttpClientUpgradeHandler",
}

type Asked = AnyHandler | type[Any]  # an object, or the class of what is not made yet
type Rule = Callable[[type[Any], Asked], Way]


def inbound(handler: Asked) -> Way:
    """Return what *handler* does with messages on their way in."""
    cls = handler if isinstance(handler, type) else type(handler)
    if cls is ChannelHandler or changes_pipeline(cls):
        return _UNKNOWN
    if not _is_ours(cls, "channel_read"):
        return _plain(cls, "channel_read")
    return _by_table(cls, handler, _INBOUND)


def outbound(handler: Asked) -> Way:
    """Return what *handler* does with messages on their way out."""
    cls = handler if isinstance(handler, type) else type(handler)
    if cls is ChannelHandler or changes_pipeline(cls):
        return _UNKNOWN
    for name in ("write", "channel_write"):
        if not _is_ours(cls, name):
            return _plain(cls, name)
    return _by_table(cls, handler, _OUTBOUND)


@final
class Ends(NamedTuple):
    """The ends of several handlers as one: what the network's side gives and gets, and what the other side gets and gives."""

    takes: Kind
    makes: Kind
    accepts: Kind
    gives: Kind


def ends_of(handlers: Sequence[Asked]) -> Ends:
    """Return the ends of *handlers*, from the network inwards; `NOTHING` where they let everything pass unchanged."""
    inwards = [way for way in map(inbound, handlers) if not way.is_open]
    outwards = [way for way in map(outbound, reversed(handlers)) if not way.is_open]
    way_in, way_out = (((ways[0].taken, ways[-1].made) if ways else (NOTHING, NOTHING)) for ways in (inwards, outwards))
    return Ends(*way_in, *way_out)


def takes_messages(handler: Asked) -> bool:
    """Tell whether *handler*, one of an application, does something with what comes in, or acts without being asked."""
    cls = handler if isinstance(handler, type) else type(handler)
    if cls is ChannelHandler or changes_pipeline(cls):
        return True
    names = ("channel_read", "channel_active", "channel_registered", "handler_added", "user_event_triggered", "channel_event")
    takes = any(_own_name(each) in ("SimpleChannelInboundHandler", "RequestResponseHandler") for each in cls.__mro__)
    return takes or any(not _is_ours(cls, name) for name in (*names, "channel_read_complete"))


def changes_pipeline(cls: type[Any]) -> bool:
    """Tell whether handlers of *cls* put others into the pipeline: then what stands in it is not known before it runs."""
    names = {"add_first", "add_last", "add_before", "add_after", "replace", "init_channel"}
    if any(_own_name(each) in _CHANGING for each in cls.__mro__):
        return True
    functions = (each for base in cls.__mro__ if not _is_of_library(base) for each in vars(base).values())
    return any(names & set(each.__code__.co_names) for each in functions if inspect.isfunction(each))


def answers_by_itself(cls: type[Any]) -> bool:
    """Tell whether handlers of *cls*, one of the library's own, answer peers by themselves: a server need hold no other."""
    return any(_own_name(each) in {"EchoHandler", "HttpStaticFileHandler"} for each in cls.__mro__)


def _plain(cls: type[Any], callback: str) -> Way:
    """A handler that gets every message: what it is annotated to take, and what its source shows that it passes on."""
    hint, seen = _annotated(cls, callback), seen_in(cls)
    taken = kind_of(hint)
    if callback != "channel_read":  # the type argument of a handler is mostly said of what comes in
        return Way(taken, seen.passes, chooses=False)
    is_said = taken.is_known or hint is object  # who writes object looks itself what it got
    return Way(taken if is_said else kind_of(type_argument(cls, ChannelHandler)), seen.fires, chooses=False)


def _annotated(cls: type[Any], callback: str) -> Any:
    """The annotation of the message, the second parameter behind ``self``; a decorator may give a method another one than came to it."""
    function = getattr(cls, callback)
    if hasattr(function, "__wrapped__"):
        return Any
    try:
        names = list(inspect.signature(function).parameters)
        return typing.get_type_hints(function).get(names[2], Any) if len(names) > 2 else Any
    except Exception:  # noqa: BLE001  # whatever a user's hint raises: it cannot be known
        return Any


def _is_ours(cls: type[Any], callback: str) -> bool:
    """Tell whether the library's own function is behind *callback* in *cls*: also what a base puts into a class that derives from it."""
    function = inspect.getattr_static(cls, callback)
    module = getattr(function, "__module__", None) or getattr(getattr(function, "__objclass__", None), "__module__", "")
    return bool(str(module).startswith(_OURS)) or function is getattr(ChannelHandler, callback, None)


def _is_of_library(cls: type[Any]) -> bool:
    return cls.__module__.startswith(_OURS) or cls.__module__ in ("builtins", "typing", "abc")


def _own_name(cls: type[Any]) -> str:
    return cls.__name__ if cls.__module__.startswith(_OURS) else ""


def _by_table(cls: type[Any], handler: Asked, table: Mapping[str, Rule]) -> Way:
    rule = next((table[name] for name in map(_own_name, cls.__mro__) if name in table), None)
    return OPEN if rule is None else rule(cls, handler)


def _argument(cls: type[Any], base: str, position: int = 0) -> Kind:
    """Return the kind that *cls* puts in the place of a type variable of our *base*, which is imported since *cls* derives from it."""
    return kind_of(type_argument(cls, next(each for each in cls.__mro__ if _own_name(each) == base), position))


def _chosen_by_user(cls: type[Any], name: str) -> bool:
    """Tell whether *cls* decides itself which messages it takes."""
    return not _is_ours(cls, name)


def _message_decoder(cls: type[Any], handler: Asked) -> Way:
    if _chosen_by_user(cls, "accept_inbound_message"):
        return Way(ANY, ANY)
    return Way(_argument(cls, "MessageToMessageDecoder"), _argument(cls, "MessageToMessageDecoder", 1))


def _simple_handler(cls: type[Any], handler: Asked) -> Way:
    if _chosen_by_user(cls, "accept_inbound_message"):
        return Way(ANY, ANY)
    seen = seen_in(cls)
    taken = _argument(cls, "SimpleChannelInboundHandler")
    return Way(taken, taken if seen.fires is SAME else seen.fires)


def _encoder(base: str) -> Rule:
    def rule(cls: type[Any], handler: Asked) -> Way:
        if _chosen_by_user(cls, "accept_outbound_message"):
            return Way(ANY, ANY)
        return Way(_argument(cls, base), BUFFER if base == "MessageToByteEncoder" else _argument(cls, base, 1))

    return rule


def _fixed(way: Way) -> Rule:
    return lambda cls, handler: way


def _json_decoder(cls: type[Any], handler: Asked) -> Way:
    # A document at the top is an object or an array: other JSON texts are allowed and hardly ever meant (RFC 8259, 2).
    made = getattr(handler, "type_", None) if not isinstance(handler, type) else None
    return Way(BYTES_LIKE | _TEXT, Kind((dict, list)) if made is None else kind_of(made))


def _protobuf_decoder(cls: type[Any], handler: Asked) -> Way:
    return Way(BYTES_LIKE, ANY if isinstance(handler, type) else Kind((handler._message_class,)))  # type: ignore[attr-defined]  # of that class


def _hj212_decoder(cls: type[Any], handler: Asked) -> Way:
    return Way(BYTES_LIKE | _TEXT, Kind((import_module("pyboot.components.netty.wire.hj212").HJ212Frame,)))


def _datagram_decoder(cls: type[Any], handler: Asked) -> Way:
    inner = OPEN if isinstance(handler, type) else inbound(handler._decoder)  # type: ignore[attr-defined]  # of that class
    return Way(_envelope(), ANY if inner.is_open else inner.made)


def _datagram_encoder(cls: type[Any], handler: Asked) -> Way:
    return Way(_envelope(), ANY)


def _envelope() -> Kind:
    return Kind((import_module("pyboot.components.netty.channel.envelope").AddressedEnvelope,))


def _kinds(module: str, *names: str) -> Kind:
    """The classes called *names* in a *module* of ours that is there where a handler is that gives or takes them."""
    loaded = import_module(f"pyboot.components.netty.{module}")
    return Kind(getattr(loaded, name) for name in names)


def _http(taken: Sequence[str], made: Sequence[str] = ()) -> Rule:
    """One that reads, or joins, messages of HTTP: bytes where nothing is *taken*."""
    return lambda cls, handler: Way(_kinds(_HTTP, *taken) if taken else BYTES_LIKE, _kinds(_HTTP, *made))


def _http_encoder(cls: type[Any], handler: Asked) -> Way:
    return Way(_kinds(_HTTP, "HttpObject") | BYTES_LIKE, _BYTES)  # bytes are content of the message whose head was written


def _frames(taken: Callable[[], Kind]) -> Rule:
    """One behind which frames of WebSockets come; plain requests pass by the one that shares its port with them."""
    return lambda cls, handler: Way(taken(), _kinds(_FRAME, "WebSocketFrame"))


def _opener(cls: type[Any], handler: Asked) -> Way:
    requests = _kinds(_HTTP, "HttpRequest", "HttpContent")
    return Way(requests, requests | _kinds(_FRAME, "WebSocketFrame"))


def _frame_encoder(cls: type[Any], handler: Asked) -> Way:
    return Way(_kinds(_FRAME, "WebSocketFrame"), _BYTES)


def _dns(name: str) -> Rule:
    """One that reads messages of DNS from a stream."""
    return lambda cls, handler: Way(BYTES_LIKE, _kinds(_DNS, name))


def _dns_encoder(name: str) -> Rule:
    return lambda cls, handler: Way(_kinds(_DNS, name), _BYTES)


def _dns_datagrams(cls: type[Any], handler: Asked) -> Way:
    return Way(_envelope(), _envelope())


def _dns_datagram_queries(cls: type[Any], handler: Asked) -> Way:
    return Way(_envelope() | _kinds(_DNS, "DnsQuery"), _envelope())


def _packets() -> Kind:
    return _kinds("wire.mqtt.message", "MqttMessage")


def _event_decoder(cls: type[Any], handler: Asked) -> Way:
    content = _kinds(_HTTP, "HttpContent")
    return Way(content, content | _kinds("wire.http.event_stream", "ServerSentEvent"))


def _event_encoder(cls: type[Any], handler: Asked) -> Way:
    return Way(_kinds("wire.http.event_stream", "ServerSentEvent"), _kinds(_HTTP, "DefaultHttpContent"))


def _messages(module: str, *names: str) -> Rule:
    """One that turns bytes into messages of a protocol, of these classes."""
    return lambda cls, handler: Way(BYTES_LIKE, _kinds(module, *names))


def _encoded(module: str, *names: str) -> Rule:
    """One that turns those into bytes; all else passes."""
    return lambda cls, handler: Way(_kinds(module, *names), _BYTES)


def _is_json(cls: type[Any]) -> bool:
    return issubclass(cls, _NUMBERS) or hasattr(cls, "__dataclass_fields__") or hasattr(cls, "model_dump_json")


_FRAMES: Final = _fixed(Way(BYTES_LIKE, BUFFER))
_FRAMED: Final = _fixed(Way(BYTES_LIKE, _BYTES))

# Handlers of ours whose classes do not say it themselves; whoever derives from one does the same.
_INBOUND: Final[Mapping[str, Rule]] = {
    "ByteToMessageDecoder": lambda cls, _: Way(BYTES_LIKE, _argument(cls, "ByteToMessageDecoder")),
    "MessageToMessageDecoder": _message_decoder,
    "SimpleChannelInboundHandler": _simple_handler,
    "RequestResponseHandler": lambda cls, _: Way(_argument(cls, "RequestResponseHandler", 1), SAME, chooses=False),
    "LineBasedFrameDecoder": _FRAMES,
    "DelimiterBasedFrameDecoder": _FRAMES,
    "ByteDelimiterBasedFrameDecoder": _FRAMED,
    "LengthFieldBasedFrameDecoder": _FRAMES,
    "FixedLengthFrameDecoder": _FRAMES,
    "ProtobufVarint32FrameDecoder": _FRAMES,
    "JsonObjectDecoder": _FRAMES,
    "XmlFrameDecoder": _FRAMES,
    "HJ212FrameDecoder": _hj212_decoder,
    "RedisDecoder": _messages(_REDIS, "RedisMessage"),
    "RedisClientHandler": lambda cls, _: Way(_kinds(_REDIS, "RedisMessage"), _kinds(_REDIS, "PushRedisMessage")),
    "BinaryMemcacheServerCodec": _messages(_MEMCACHE_BINARY, "BinaryMemcacheRequest"),
    "BinaryMemcacheClientCodec": _messages(_MEMCACHE_BINARY, "BinaryMemcacheResponse"),
    "TextMemcacheServerCodec": _messages(_MEMCACHE_TEXT, "TextMemcacheRequest"),
    "TextMemcacheClientCodec": _messages(_MEMCACHE_TEXT, "TextMemcacheResponse"),
    "StompFrameDecoder": _messages(_STOMP, "StompFrame"),
    "StringDecoder": _fixed(Way(BYTES_LIKE, _TEXT)),
    "ZlibDecoder": _FRAMES,
    "BrotliDecoder": _FRAMES,
    "ZstdDecoder": _FRAMES,
    "FrameDecoder": _fixed(Way(BYTES_LIKE, ANY)),
    "JsonDecoder": _json_decoder,
    "ProtobufDecoder": _protobuf_decoder,
    "DatagramPacketDecoder": _datagram_decoder,
    "DatagramDnsQueryDecoder": _dns_datagrams,
    "DatagramDnsResponseDecoder": _dns_datagrams,
    "SmtpServerCodec": lambda cls, handler: Way(BYTES_LIKE, _kinds(_SMTP, "SmtpRequest", "SmtpContent")),
    "SmtpClientCodec": lambda cls, handler: Way(BYTES_LIKE, _kinds(_SMTP, "SmtpResponse")),
    "TcpDnsQueryDecoder": _dns("DnsQuery"),
    "TcpDnsResponseDecoder": _dns("DnsResponse"),
    "HttpRequestDecoder": _http((), ("HttpRequest", "HttpContent")),
    "HttpResponseDecoder": _http((), ("HttpResponse", "HttpContent")),
    "HttpObjectAggregator": _http(("HttpMessage", "HttpContent"), ("FullHttpRequest", "FullHttpResponse")),
    "ServerSentEventDecoder": _event_decoder,
    "WebSocketServerProtocolHandler": _opener,
    "WebSocketClientProtocolHandler": _frames(lambda: _kinds(_HTTP, "HttpResponse", "HttpContent")),
    "WebSocketFrameDecoder": _frames(lambda: BYTES_LIKE),
    "MqttDecoder": lambda cls, _: Way(BYTES_LIKE, _packets()),
}
_OUTBOUND: Final[Mapping[str, Rule]] = {
    "RedisEncoder": _encoded(_REDIS, "RedisMessage"),
    "BinaryMemcacheServerCodec": _encoded(_MEMCACHE_BINARY, "BinaryMemcacheResponse"),
    "BinaryMemcacheClientCodec": _encoded(_MEMCACHE_BINARY, "BinaryMemcacheRequest"),
    "TextMemcacheServerCodec": _encoded(_MEMCACHE_TEXT, "TextMemcacheResponse"),
    "TextMemcacheClientCodec": _encoded(_MEMCACHE_TEXT, "TextMemcacheRequest"),
    "StompFrameEncoder": _encoded(_STOMP, "StompFrame"),
    "StringEncoder": _fixed(Way(_TEXT, _BYTES)),
    "JsonEncoder": _fixed(Way(Kind(_NUMBERS), _BYTES, accepts=_is_json)),
    "MessagePackEncoder": _fixed(Way(Kind((*_NUMBERS, str)), _BYTES)),
    "ProtobufEncoder": _fixed(Way(ANY, _BYTES, accepts=lambda cls: hasattr(cls, "SerializeToString"))),
    "MessageToByteEncoder": _encoder("MessageToByteEncoder"),
    "MessageToMessageEncoder": _encoder("MessageToMessageEncoder"),
    "DelimiterEncoder": _fixed(Way(BYTES_LIKE | _TEXT, _BYTES)),
    "LengthFieldPrepender": _FRAMED,
    "ProtobufVarint32LengthFieldPrepender": _FRAMED,
    "FixedLengthFrameEncoder": _FRAMED,
    "ZlibEncoder": _FRAMED,
    "BrotliEncoder": _FRAMED,
    "ZstdEncoder": _FRAMED,
    "DatagramPacketEncoder": _datagram_encoder,
    "DatagramDnsQueryEncoder": _dns_datagram_queries,
    "DatagramDnsResponseEncoder": _dns_datagrams,
    "SmtpServerCodec": lambda cls, handler: Way(_kinds(_SMTP, "SmtpResponse"), _BYTES),
    "SmtpClientCodec": lambda cls, handler: Way(_kinds(_SMTP, "SmtpRequest", "SmtpContent"), _BYTES),
    "TcpDnsQueryEncoder": _dns_encoder("DnsQuery"),
    "TcpDnsResponseEncoder": _dns_encoder("DnsResponse"),
    "HttpResponseEncoder": _http_encoder,
    "HttpServerCodec": _http_encoder,
    "HttpRequestEncoder": _http_encoder,
    "HttpClientCodec": _http_encoder,
    "ServerSentEventEncoder": _event_encoder,
    "WebSocketServerProtocolHandler": _frame_encoder,
    "WebSocketClientProtocolHandler": _frame_encoder,
    "WebSocketFrameEncoder": _frame_encoder,
    "WebSocketFrameCodec": _frame_encoder,
    "MqttEncoder": lambda cls, _: Way(_packets(), _BYTES),
    "ChunkedWriteHandler": lambda cls, _: Way(Kind((import_module("pyboot.components.netty.buffer.chunked_input").ChunkedInput,)), ANY),
}
