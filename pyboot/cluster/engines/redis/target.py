"""RedisTarget: where a URL says that the server is. No I/O here."""

from typing import Final, NamedTuple, Self, final
from urllib.parse import unquote, urlsplit

__all__ = ["RedisTarget"]

_PORT: Final = 6379
_SENTINEL_PORT: Final = 26_379
_SCHEMES: Final = {"redis": (False, False), "rediss": (True, False), "redis+sentinel": (False, True), "rediss+sentinel": (True, True)}


@final
class RedisTarget(NamedTuple):
    """A server, or the sentinels that know it::

        redis://[user[:password]@]host[:port][/database]                             rediss:// is with TLS
        redis+sentinel://[user[:password]@]host[:port],host[:port].../name[/database]  rediss+sentinel:// as well

    *master* is the name by which sentinels know it; None: *addresses* is the one address of the server itself. User and password are
    those of the server.
    """

    addresses: tuple[tuple[str, int], ...]
    database: int = 0
    master: str | None = None
    is_secure: bool = False
    username: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return what *url* says; raises ValueError, which tells what is wrong and holds no password."""
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES:
            raise ValueError(f"the scheme '{parts.scheme}' is none of {', '.join(_SCHEMES)}")
        if parts.query or parts.fragment:
            raise ValueError("a URL of Redis has no query and no fragment here; what can be set is set below cluster.redis")
        is_secure, has_sentinels = _SCHEMES[parts.scheme]
        credentials, _, hosts = parts.netloc.rpartition("@")
        username, _, password = credentials.partition(":")
        addresses = tuple(_address(host, _SENTINEL_PORT if has_sentinels else _PORT) for host in hosts.split(","))
        path = [unquote(part) for part in parts.path.split("/") if part]
        master = None
        if has_sentinels:
            if not path:
                raise ValueError("the name of the master is missing: redis+sentinel://host:26379/name")
            master = path.pop(0)
        elif len(addresses) > 1:
            raise ValueError("several addresses are those of sentinels: redis+sentinel://host,host/name")
        if len(path) > 1 or (path and not path[0].isdecimal()):
            raise ValueError(f"'/{'/'.join(path)}' is no number of a database")
        return cls(
            addresses, int(path[0]) if path else 0, master, is_secure, unquote(username) or None, unquote(password) if password else None
        )


def _address(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("the host is missing: redis://host:port/database")
    return parts.hostname, port if parts.port is None else parts.port
