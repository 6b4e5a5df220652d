"""The errors of a benchmark.

BenchError
├── PeerAbsentError       a peer cannot run here, and why
├── PeerFailedError       a peer started badly or died
└── LoadError             the load generator refused an answer, or could not run
"""


class BenchError(Exception):
    """The root of this package's errors."""


class PeerAbsentError(BenchError):
    """A peer cannot run on this machine; *reason* says why and what would help."""

    def __init__(self, peer: str, reason: str) -> None:
        super().__init__(peer, reason)
        self.peer = peer
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.peer}: {self.reason}"


class PeerFailedError(BenchError):
    """A peer did not begin to serve, or ended before it was told to; *output* is the end of what it wrote."""

    def __init__(self, peer: str, what: str, output: str) -> None:
        super().__init__(peer, what, output)
        self.peer = peer
        self.what = what
        self.output = output

    def __str__(self) -> str:
        return f"{self.peer} {self.what}" + (f":\n{self.output}" if self.output else "")


class LoadError(BenchError):
    """The load generator ended with *code*: 1 the server misbehaved, 2 wrong usage, 3 the machine refused something."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
