"""The uptime of this process, the start of the interpreter included."""

import os
import time
from pathlib import Path

_IMPORTED = time.perf_counter()


def process_seconds() -> float:
    """Return the seconds since the process started; where the system does not tell, since this module was imported."""
    try:
        fields = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, AttributeError, ValueError, IndexError):
        return time.perf_counter() - _IMPORTED
