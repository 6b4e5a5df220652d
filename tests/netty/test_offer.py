"""What TLS offers in front of a pipeline."""

import pytest

from pyboot.netty.offer import UnspokenProtocolError, offering
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import pipeline_steps
from pyboot.netty.properties import TlsProperties


def offered(entries: object, alpn: list[str]) -> list[str]:
    """What TLS offers in front of *entries*."""
    steps = pipeline_steps("the server 'web'", entries, (), CodecRegistry())
    return offering("the server 'web'", TlsProperties(bundle="web", alpn=alpn), steps).alpn


def test_what_the_pipeline_speaks_is_offered_where_the_server_encrypts(caplog: pytest.LogCaptureFixture) -> None:
    """However HTTP/2 was asked for; a setting that leaves it out holds, and the log tells."""
    both: list[object] = [{"http-server": {"http2": {"enabled": "yes"}}}]

    assert ["h2", "http/1.1"] == offered(both, [])
    assert [] == offered(["http-server"], [])
    assert ["mqtt", "h2"] == offered(["line"], ["mqtt", "h2"])  # of what we do not know nothing is said
    assert not caplog.records
    assert ["http/1.1"] == offered(both, ["http/1.1"])
    assert "no client will speak it" in caplog.text


def test_h2_is_not_offered_where_nobody_speaks_it() -> None:
    """A client would speak nothing else."""
    with pytest.raises(UnspokenProtocolError, match=r"offers h2, http/1\.1, and its pipeline does not speak HTTP/2") as raised:
        offered(["http-server"], ["h2", "http/1.1"])
    assert "http2.enabled=true" in raised.value.action
