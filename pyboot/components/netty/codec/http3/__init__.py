"""HTTP/3 over streams of QUIC, with the objects of HTTP/1. It needs ``aioquic`` (extra ``quic``), which nothing else imports."""

import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Http3ClientConnectionHandler as Http3ClientConnectionHandler, new_request_stream as new_request_stream
    from .config import Http3Config as Http3Config
    from .deadlines import Http3ServerDeadlines as Http3ServerDeadlines
    from .errors import Http3GoAwayError as Http3GoAwayError
    from .events import Http3GoAway as Http3GoAway
    from .server import Http3ServerConnectionHandler as Http3ServerConnectionHandler
else:
    from pyboot.components.netty.surface import load_when_asked

    # A surface of its own, as that of QUIC.
    if importlib.util.find_spec("aioquic") is None:
        raise ModuleNotFoundError('HTTP/3 needs aioquic: pip install "pyboot-framework[quic]"', name="aioquic")
    __getattr__, __dir__, __all__ = load_when_asked()
