"""Sentinels: who tells which server is the master now. Source: Redis's guidelines for clients of Sentinel."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pyboot.cluster.errors import EngineRefusedError, EngineUnreachableError
from pyboot.components.netty.codec.redis import RedisResponseError
from pyboot.components.netty.errors import NettyError

from .connection import RedisConnection, Server, Unanswered
from .properties import RedisProperties
from .target import RedisTarget

if TYPE_CHECKING:
    import ssl

__all__ = ["server_of"]

_NAME: Final = "redis"


async def server_of(settings: RedisProperties, tls: "Callable[[bool], ssl.SSLContext | bool]", timeout_seconds: float) -> Server:
    """Return the server that *settings* mean; sentinels are asked one after the other, each for *timeout_seconds* at most.

    Whether it is the master is for the server itself to say: a sentinel may be late.

    Raises:
        EngineUnreachableError: no sentinel answers, or none knows of a master.
        EngineRefusedError: the file of the password cannot be read.
    """
    target = RedisTarget.parse(settings.url)
    username, password = settings.username or target.username, _password(settings, target)
    security = tls(target.is_secure)
    if target.master is None:
        ((host, port),) = target.addresses
        return Server(host, port, security, username, password, target.database)
    reasons = []
    for host, port in target.addresses:
        sentinel = Server(host, port, security)
        try:
            host, port = await _master(sentinel, target.master, timeout_seconds)
        except EngineUnreachableError as error:
            reasons.append(f"{sentinel} ({error.reason})")
        else:
            return Server(host, port, security, username, password, target.database)
    raise EngineUnreachableError(_NAME, "its sentinels", f"no master '{target.master}' is known: {', '.join(reasons)}")


async def _master(sentinel: Server, name: str, timeout_seconds: float) -> tuple[str, int]:
    connection = await RedisConnection.open(sentinel, _Deaf(), timeout_seconds)
    try:
        (told,) = await connection.answer(connection.client.ask([(b"SENTINEL", b"GET-MASTER-ADDR-BY-NAME", name.encode())]))
    except Unanswered:
        raise EngineUnreachableError(_NAME, str(sentinel), f"no answer within {timeout_seconds:g} s") from None
    except NettyError as error:
        raise EngineUnreachableError(_NAME, str(sentinel), connection.why(error)) from error
    finally:
        connection.abort()
    if isinstance(told, RedisResponseError):
        raise EngineUnreachableError(_NAME, str(sentinel), f"it answers: {told}")
    if not told:
        raise EngineUnreachableError(_NAME, str(sentinel), "it does not know that name")
    host, port = told
    return host.decode(), int(port)


def _password(settings: RedisProperties, target: RedisTarget) -> str | None:
    if settings.password_file is None:
        return target.password
    try:
        return settings.password_file.read_text().strip()
    except OSError as error:
        raise EngineRefusedError(_NAME, str(settings.password_file), f"the password cannot be read: {error.strerror}") from error


class _Deaf:
    """Hears nothing: sentinels are only asked."""

    def on_messages(self, messages: list[list[bytes]]) -> None:
        """Take what was not asked for."""

    def on_room(self) -> None:
        """Take note of nothing."""
