"""To which server or client a handler bean, or a method that listens, belongs: what its label says, or the only one. No I/O here."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, final

from pyboot.boot.model.nearest import nearest
from pyboot.boot.model.origin import origin_of
from pyboot.components.netty import ChannelHandler
from pyboot.netty.annotations import ChannelHandlerBeanLabel, ChannelListenerLabel
from pyboot.netty.errors import NotAHandlerError, TwoOwnersError, UnclearOwnerError, UnclearServerError, UnknownServerError
from pyboot.netty.refusals import Refusals

from .steps import HandlerBean

type OwnedLabel = ChannelHandlerBeanLabel | ChannelListenerLabel


@final
class Owners(NamedTuple):
    """The servers and the clients of an application, by name; those that are described and not wanted are told apart."""

    servers: Sequence[str]
    clients: Sequence[str] = ()
    switched_off: Sequence[str] = ()
    servers_off: Sequence[str] = ()


@final
class Belonging(NamedTuple):
    """The handlers of each server and of each client, in no order."""

    servers: dict[str, list[HandlerBean]]
    clients: dict[str, list[HandlerBean]]


def belonging(handlers: Iterable[HandlerBean], owners: Owners, refusals: Refusals) -> Belonging:
    """Return which handlers belong to which of the *owners*; those of one that is switched off belong to nobody.

    One that does not say to which it belongs, or says it of one that is not there, is noted in *refusals*.
    """
    found = Belonging({name: [] for name in owners.servers}, {name: [] for name in owners.clients})
    for handler in handlers:
        with refusals.noting():
            if not issubclass(handler.target, ChannelHandler):
                raise NotAHandlerError(shown(handler.target))
            is_client, name = owner_of(f"The handler {shown(handler.target)}", handler.label, owners)
            group = found.clients if is_client else found.servers
            if name in group:
                group[name].append(handler)
    return found


def owner_of(subject: str, label: OwnedLabel, owners: Owners) -> tuple[bool, str]:
    """Return whether *subject*, which has the *label*, belongs to a client, and the name of its client or server.

    Raises:
        AssemblyError: it does not say to which it belongs, or says it of one that is not there.
    """
    if label.server is not None and label.client is not None:
        raise TwoOwnersError(subject, label.server, label.client)
    has_servers, has_clients = owners.servers or owners.servers_off, owners.clients or owners.switched_off
    is_client = label.client is not None or (label.server is None and bool(has_clients) and not has_servers)
    return is_client, (_client_of if is_client else _server_of)(subject, label, owners)


def _client_of(subject: str, label: OwnedLabel, owners: Owners) -> str:
    from pyboot.netty.client.errors import UnknownClientError  # only applications with clients, or that think so, pay for it

    known = (*owners.clients, *owners.switched_off)
    name = label.client
    if name is None and len(known) > 1:
        raise UnclearOwnerError(subject, [f"the client '{each}'" for each in known], f"@{label.spelling}(client={known[0]!r})")
    if name is not None and name not in known:
        raise UnknownClientError(subject, name, owners.clients, nearest(name, known))
    return known[0] if name is None else name


def _server_of(subject: str, label: OwnedLabel, owners: Owners) -> str:
    server = label.server
    names = (*owners.servers, *owners.servers_off)
    if server is None and owners.clients:
        there = [*(f"the server '{name}'" for name in names), *(f"the client '{name}'" for name in owners.clients)]
        raise UnclearOwnerError(
            subject, there, f"@{label.spelling}(server={names[0]!r}) or @{label.spelling}(client={owners.clients[0]!r})"
        )
    if server is None and len(names) > 1:
        raise UnclearServerError(subject, names, f"Say which one: @{label.spelling}(server={names[0]!r}).")
    name = server or next(iter(names), "")
    if name not in names:
        raise UnknownServerError(subject, name, names, nearest(name, names))
    return name


def shown(target: type) -> str:
    """Return *target* as a report names it, with the place where it is written."""
    return f"{target.__module__}.{target.__qualname__} ({origin_of(target)})"
