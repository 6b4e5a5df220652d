"""The words of ASGI 3 as types. Source: the ASGI specification, version 3.0, HTTP and WebSocket 2.5."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]
