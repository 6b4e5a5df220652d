"""QUIC: connections over UDP whose streams are channels. They need ``aioquic`` (extra ``quic``), which nothing else imports."""

import importlib.util

if importlib.util.find_spec("aioquic") is None:
    raise ModuleNotFoundError('QUIC needs aioquic: pip install "pyboot-framework[quic]"', name="aioquic")
