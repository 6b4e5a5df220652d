"""The server of an application that has something to serve and says no server for it."""

from pyboot.netty.annotations import NettyServer

DEFAULT_PORT = 8080


@NettyServer(port=DEFAULT_PORT, name="web")
class WebServer:
    """The server ``web``: where ``netty.servers.web.*`` says nothing, at port 8080 of the loopback address."""

    pipeline = ("http-server",)
