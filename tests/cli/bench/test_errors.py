"""The texts of the benchmark's errors."""

from pyboot.cli.bench.errors import BenchError, LoadError, PeerAbsentError, PeerFailedError


def test_every_error_is_a_bench_error_and_tells_its_facts() -> None:
    """Who, what, and the end of the peer's output."""
    errors = [
        PeerAbsentError("netty", "no javac here"),
        PeerFailedError("netty", "ended with code 1", "boom"),
        LoadError(1, "closed early"),
    ]

    assert all(isinstance(error, BenchError) for error in errors)
    assert ["netty: no javac here", "netty ended with code 1:\nboom", "closed early"] == [str(error) for error in errors]
