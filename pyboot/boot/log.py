"""Logging of an application that the framework runs: one handler on the root logger, levels from the settings."""

import logging
import sys

_FORMAT = "%(asctime)s.%(msecs)03d %(levelname)7s %(process)d --- %(name)s : %(message)s"


def configure(level: str = "INFO") -> None:
    """Send records of *level* and above to standard error. A root logger that has handlers already is left as it is."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S"))
        root.addHandler(handler)
