"""Accept-Encoding: Netty's HttpContentCompressorTest of negotiation in Python's terms."""

import pytest

from pyboot.components.netty.wire.http.accept import choose_coding, qualities

OFFERED = ("br", "zstd", "gzip", "deflate")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (None, None),
        ("", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("deflate", "deflate"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.9", "gzip"),
        ("gzip; q=0.5 , deflate ; q=0.8", "deflate"),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *", "zstd"),
        ("gzip;q=0", None),
        ("compress", None),
        ("identity", None),
        ("identity;q=1, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=2", None),
        ("gzip;q=x", None),
        ("gzip;q=-1", None),
        ("gzip;q=1.0000", None),
        ("gzip;q=inf", None),
        ("gzip;q=1_0", None),
        ("gzip;q=0.001", "gzip"),
        (",,gzip,", "gzip"),
    ],
)
def test_the_coding_that_is_wanted_most_is_chosen(field: str | None, expected: str | None) -> None:
    """Of those wanted as much the first that is offered; a quality that is none means nothing is wanted."""
    assert expected == choose_coding(field, OFFERED)


def test_only_so_many_members_are_looked_at() -> None:
    """A peer chooses how many there are."""
    assert 64 == len(qualities(",".join(f"x{number}" for number in range(100_000))))
