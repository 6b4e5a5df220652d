"""How a peer tells the benchmark that it serves, and how it ends: with its standard input."""

import os
import sys
import threading


def serving(port: int, detail: str) -> None:
    """Print the line that the benchmark waits for; from now on the process ends when its standard input does."""
    print(f"SERVING {port} {detail}", flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)
