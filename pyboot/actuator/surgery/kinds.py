"""The kinds of handlers that may be put into running pipelines: how each is made, where it stands, and what it has found."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, NamedTuple, final

from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.components.netty import Channel
from pyboot.components.netty.handler.counting import ByteCountingHandler
from pyboot.components.netty.handler.log import LoggingHandler
from pyboot.components.netty.handler.tls.ssl_handler import SslHandler
from pyboot.components.netty.handler.traffic import ChannelTrafficShapingHandler
from pyboot.netty.pipeline.codec import AnyHandler

TRAFFIC_LOG = "pyboot.actuator.traffic"
"""The logger of what inserted handlers log."""

type Found = Callable[[Iterable[AnyHandler]], dict[str, Any]]


@final
class Kind(NamedTuple):
    """A *name*, how a handler is made for the server whose connection it will stand in, whether it wants *bytes*, what it has *found*."""

    name: str
    make: Callable[[str], AnyHandler]
    bytes: bool
    found: Found


def nothing(_: Iterable[AnyHandler]) -> dict[str, Any]:
    """Of handlers that have found nothing to tell."""
    return {}


_OPTIONS: Final = {"logging": ("level", "format"), "counting": (), "throttling": ("readLimit", "writeLimit")}


def kind_of(
    name: Literal["logging", "counting", "throttling"],
    level: str | None,
    format: Literal["simple", "hex_dump"] | None,
    read_limit: int | None,
    write_limit: int | None,
) -> Kind:
    """Return the kind that is called so, with its options.

    Raises:
        InvalidEndpointRequestError: an option is not for it, or means nothing.
    """
    said = {"level": level, "format": format, "readLimit": read_limit, "writeLimit": write_limit}
    if foreign := [option for option, value in said.items() if value is not None and option not in _OPTIONS[name]]:
        raise InvalidEndpointRequestError(f"{foreign[0]} is no option of {name}, which takes {' and '.join(_OPTIONS[name]) or 'none'}")
    match name:
        case "logging":
            level, shape = level or "INFO", format or "simple"
            number = logging.getLevelNamesMapping().get(level.upper())
            if number is None:
                raise InvalidEndpointRequestError(f"level '{level}', allowed are {', '.join(logging.getLevelNamesMapping())}")
            return Kind(name, lambda _: LoggingHandler(number, TRAFFIC_LOG, shape), False, nothing)
        case "counting":
            return Kind(name, lambda _: ByteCountingHandler(), True, _counted)
        case "throttling":
            read_limit, write_limit = read_limit or 0, write_limit or 0
            if read_limit < 0 or write_limit < 0 or not (read_limit or write_limit):
                raise InvalidEndpointRequestError("throttling takes readLimit, writeLimit, or both: bytes a second, 1 or more")
            limits = write_limit, read_limit
            return Kind(name, lambda _: ChannelTrafficShapingHandler(*limits), True, nothing)


def _counted(handlers: Iterable[AnyHandler]) -> dict[str, Any]:
    found = [each.statistics() for each in handlers if isinstance(each, ByteCountingHandler)]
    total = {"bytesRead": 0, "bytesWritten": 0, "reads": 0, "writes": 0, "errors": 0}
    for each in found:
        for key, value in zip(total, each[1:], strict=True):
            total[key] += value
    return total


@final
class Place(NamedTuple):
    """Where a handler stands: right *before* or *after* one by name, or, of neither, where its kind belongs."""

    before: str | None = None
    after: str | None = None

    def put(self, channel: Channel, handler: AnyHandler, name: str, *, wants_bytes: bool) -> bool:
        """Put *handler* into the pipeline of *channel*, on its loop; False where the neighbour is not there.

        Bytes pass next to the network, behind the encryption; messages before the last handler, which uses them.
        """
        pipeline = channel.pipeline()
        neighbour = self.before or self.after
        if neighbour is None:
            names = pipeline.names()
            if wants_bytes:
                secured = pipeline.find(SslHandler)
                if secured is None:
                    pipeline.add_first(handler, name=name)
                else:
                    pipeline.add_after(secured.name, handler, name)
            elif names:
                pipeline.add_before(names[-1], handler, name)
            else:
                pipeline.add_last(handler, name=name)
            return True
        if pipeline.find(neighbour) is None:
            return False
        if self.before is not None:
            pipeline.add_before(neighbour, handler, name)
        else:
            pipeline.add_after(neighbour, handler, name)
        return True
