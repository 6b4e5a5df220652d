"""Twisted's own framed echo, `Int32StringReceiver` on its default reactor. `twisted_server.py MODE`."""

import sys

import twisted
from serving import serving
from twisted.internet import protocol, reactor
from twisted.protocols.basic import Int32StringReceiver


class FramedEcho(Int32StringReceiver):
    """Answers a frame with itself."""

    MAX_LENGTH = 16 << 20

    def stringReceived(self, string: bytes) -> None:
        self.sendString(string)


class RawEcho(protocol.Protocol):
    """Writes back what came."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Farewell(RawEcho):
    """Writes back the first bytes and closes."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)
        self.transport.loseConnection()


if __name__ == "__main__":
    kind = {"framed": FramedEcho, "raw": RawEcho, "close": Farewell}[sys.argv[1]]
    port = reactor.listenTCP(0, protocol.Factory.forProtocol(kind), backlog=1024, interface="127.0.0.1")
    name = f"Twisted {twisted.__version__}, {type(reactor).__name__}, Python {sys.version.split()[0]}"
    reactor.callWhenRunning(serving, port.getHost().port, name)
    reactor.run()
