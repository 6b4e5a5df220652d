"""RedisProperties: the settings below `cluster.redis`, each with its default and a sentence."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from pyboot.boot import ConfigurationProperties
from pyboot.cluster.properties import Span
from pyboot.netty.properties import Settings

from .target import RedisTarget

__all__ = ["RedisProperties"]

_URL: Final = "redis://127.0.0.1:6379/0"


def _is_url(value: str) -> str:
    RedisTarget.parse(value)
    return value


@ConfigurationProperties("cluster.redis")
class RedisProperties(Settings):
    """`cluster.redis`: the server of the engine ``redis``, Redis 6.2 or later, or Valkey."""

    url: Annotated[str, AfterValidator(_is_url)] = Field(
        default=_URL,
        description="Where it is: redis://host:port/database, rediss:// with TLS, redis+sentinel://host,host/name. "
        "Default redis://127.0.0.1:6379/0.",
    )
    username: str | None = Field(default=None, min_length=1, description="The ACL user. Default: that of the URL, or the server's default.")
    password_file: Path | None = Field(
        default=None, description="A file with the password, which is read for each connection. Default: the password of the URL, or none."
    )
    tls: str | None = Field(
        default=None, min_length=1, description="The SSL bundle of the connection, which then has TLS whatever the URL says. Default: none."
    )
    timeout: Span = Field(
        default=timedelta(seconds=2), description="How long an answer is waited for before the connection is given up. Default 2s."
    )
