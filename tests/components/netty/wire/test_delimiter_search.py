"""DelimiterSearch: the same whether all of a chunk are searched for together or each for itself."""

import pytest

from pyboot.components.netty.wire.delimiter_search import DelimiterSearch


def ends(delimiter: bytes, chunk: bytes) -> list[int]:
    """Where it ends, in order."""
    found: list[int] = []
    searching = DelimiterSearch(delimiter)
    searching.begin(chunk)
    while (end := searching.next(found[-1] + len(delimiter) if found else 0)) >= 0:
        found.append(end)
    return found


@pytest.mark.parametrize("delimiter", [b";", b"::"])
@pytest.mark.parametrize("first", [0, 1, 61, 62, 63, 64, 65, 1000])
@pytest.mark.parametrize("second", [0, 1, 63, 1000])
def test_short_and_long_ones_are_found(delimiter: bytes, first: int, second: int) -> None:
    """On both sides of where one search costs more than many."""
    chunk = b"x" * first + delimiter + b"y" * second + delimiter + b"z"

    assert [first, first + len(delimiter) + second] == ends(delimiter, chunk)


@pytest.mark.parametrize("chunk", [b"", b"x", b"x" * 64, b"x" * 65, b":" + b"x" * 62 + b":", b":"])
def test_a_chunk_without_any(chunk: bytes) -> None:
    """Half a delimiter is none."""
    assert [] == ends(b"::", chunk)


def test_a_chunk_is_forgotten_when_the_next_one_comes() -> None:
    """With all that was found in it."""
    searching = DelimiterSearch(b";")
    searching.begin(b"a;b;")
    assert 1 == searching.next(0)
    searching.begin(b"none")

    assert -1 == searching.next(0)
