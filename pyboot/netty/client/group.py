"""NettyClientGroup: several connections of one kind, each with its own key and address."""

from collections.abc import Awaitable, Callable, ItemsView, Iterator, KeysView, ValuesView
from typing import final

from .client import NettyClient

type Adding = Callable[[str, str, int], NettyClient]
type Removing = Callable[[NettyClient], Awaitable[None]]


@final
class NettyClientGroup:
    """The clients of ``netty.clients.<name>.instances``, by their keys, and those that are added while the application runs."""

    def __init__(self, name: str, clients: dict[str, NettyClient], adding: Adding, removing: Removing) -> None:
        """Take the clients that are there, what makes another, and what ends one."""
        self.name = name
        self._clients = clients
        self._adding = adding
        self._removing = removing

    def __getitem__(self, key: str) -> NettyClient:
        """Return the client called *key*; raises KeyError where there is none."""
        return self._clients[key]

    def __contains__(self, key: object) -> bool:
        return key in self._clients

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._clients))

    def __len__(self) -> int:
        return len(self._clients)

    def keys(self) -> KeysView[str]:
        """The keys of the clients."""
        return self._clients.keys()

    def values(self) -> ValuesView[NettyClient]:
        """The clients."""
        return self._clients.values()

    def items(self) -> ItemsView[str, NettyClient]:
        """The clients with their keys."""
        return self._clients.items()

    def add(self, key: str, host: str, port: int) -> NettyClient:
        """Add a client called *key*, with everything but the address as the others have it, and let it connect.

        On the application's loop, while the application runs. Raises ValueError where there is one of that name, or no peer can be there.
        """
        if not key or not host or not 1 <= port <= 65535:
            said = f"key {key!r}, host {host!r}, port {port!r}"
            raise ValueError(f"a client of '{self.name}' has a key, a host, and a port from 1 to 65535, not {said}")
        if key in self._clients:
            raise ValueError(f"the clients '{self.name}' have one called {key!r} already; remove it first")
        client = self._clients[key] = self._adding(f"{self.name}.{key}", host, port)
        return client

    async def remove(self, key: str) -> bool:
        """Stop the client called *key*, and forget it; False if there is none."""
        client = self._clients.pop(key, None)
        if client is not None:
            await self._removing(client)
        return client is not None

    def __repr__(self) -> str:
        return f"<NettyClientGroup {self.name}: {', '.join(self._clients) or 'empty'}>"
