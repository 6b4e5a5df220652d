"""Compressed streams: pieces, caps, ends."""

import gzip
import random
import sys
import zlib
from collections.abc import Callable

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.inflate import BrotliEngine, Engine, InflateReader, ZlibEngine, ZstdEngine, optional_library

TEXT = b"".join(b"%d bottles of beer on the wall, " % number for number in range(2000))


def brotli(data: bytes) -> bytes:
    """Compressed by the library."""
    return bytes(pytest.importorskip("brotli").compress(data))


def zstd(data: bytes) -> bytes:
    """Compressed by the library."""
    return bytes(pytest.importorskip("zstandard").ZstdCompressor(level=19).compress(data))


ALGORITHMS: list[tuple[Callable[[bytes], bytes], Callable[[], Engine]]] = [
    (zlib.compress, lambda: ZlibEngine(zlib.MAX_WBITS)),
    (gzip.compress, lambda: ZlibEngine(16 + zlib.MAX_WBITS)),
    (brotli, BrotliEngine),
    (zstd, ZstdEngine),
]
every_algorithm = pytest.mark.parametrize(("compress", "engine"), ALGORITHMS, ids=["zlib", "gzip", "brotli", "zstd"])


def pieces(reader: InflateReader, *chunks: bytes) -> list[bytes]:
    """What the chunks give."""
    found = []
    for chunk in chunks:
        reader.feed(chunk)
        while (piece := reader.next_frame()) is not None:
            found.append(piece.take_bytes())
    return found


def bytewise(stream: bytes) -> list[bytes]:
    """Each byte a chunk."""
    return [stream[at : at + 1] for at in range(len(stream))]


@every_algorithm
def test_streams_however_they_are_cut(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """The pieces differ, what they say does not."""
    stream = compress(TEXT)

    for chunks in ([stream], bytewise(stream), [stream[:100], stream[100:]]):
        reader = InflateReader(engine, 1 << 20, 1000, concatenated=False)
        assert TEXT == b"".join(pieces(reader, *chunks))
        assert reader.is_between_frames()


@every_algorithm
def test_no_piece_is_large_however_much_a_stream_holds(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """8 MiB of zeros come as pieces of 64 KiB or little more."""
    found = pieces(InflateReader(engine, 1 << 24, 1e9, concatenated=False), compress(bytes(1 << 23)))

    assert 1 << 23 == sum(map(len, found))
    assert max(map(len, found)) <= 256 * 1024


@every_algorithm
def test_a_chunk_that_gives_many_pieces_is_read_to_its_end(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """What an engine leaves of it for later, or keeps of it, comes before the next chunk."""
    text = random.Random(7).randbytes(200_000).hex().encode()
    stream = compress(text)

    for chunks in ([stream], [stream[:100_000], stream[100_000:]]):
        found = pieces(InflateReader(engine, 1 << 20, 1000, concatenated=False), *chunks)
        assert text == b"".join(found)
        assert max(map(len, found)) <= 256 * 1024


@every_algorithm
def test_an_engine_is_finished_with_its_stream(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """And not before."""
    stream = compress(b"one")
    began = engine()

    assert not began.is_finished
    began.step(stream[:-1], 100)
    assert not began.is_finished
    began.step(stream[-1:], 100)
    assert began.is_finished


@every_algorithm
def test_the_cap_on_output_is_what_may_be_given(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """To the byte."""
    assert [b"x"] == pieces(InflateReader(engine, 1, 1, concatenated=False), compress(b"x"))
    assert b"x" * 500 == b"".join(pieces(InflateReader(engine, 500, 1, concatenated=False), compress(b"x" * 500)))
    with pytest.raises(TooLongFrameError, match="frame of at least 500 bytes, limit 499"):
        pieces(InflateReader(engine, 499, 1, concatenated=False), compress(b"x" * 500))


@every_algorithm
def test_a_bomb_is_stopped_at_the_cap_on_output(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """And nothing behind it is believed."""
    reader = InflateReader(engine, 1 << 21, 1e9, concatenated=False)

    with pytest.raises(TooLongFrameError):
        pieces(reader, compress(bytes(1 << 23)))
    assert [] == pieces(reader, compress(b"more"))
    assert reader.is_between_frames()


@every_algorithm
def test_a_bomb_is_stopped_at_the_cap_on_the_ratio(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """Once it has given 1 MiB: any small page of blanks compresses a thousandfold."""
    with pytest.raises(TooLongFrameError):
        pieces(InflateReader(engine, 1 << 30, 100, concatenated=False), compress(bytes(1 << 23)))
    assert 1 << 20 == sum(map(len, pieces(InflateReader(engine, 1 << 30, 100, concatenated=False), compress(bytes(1 << 20)))))


@every_algorithm
def test_rubbish_is_corrupt(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """As the algorithm's library sees it."""
    compress(b"")  # skips where that library is not installed
    with pytest.raises(CorruptedFrameError, match=r"no .* stream"):
        pieces(InflateReader(engine, 1 << 20, 1000, concatenated=False), b"\xff\xfe\xfd this is no compressed stream" * 10)


@every_algorithm
def test_one_stream_behind_another(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """Where that is allowed; else it is an error."""
    both = compress(b"one") + compress(b"two")

    if engine is not BrotliEngine:  # Brotli has no way to tell where a stream ends within a chunk
        assert b"onetwo" == b"".join(pieces(InflateReader(engine, 1 << 20, 1000, concatenated=True), both))
    assert b"onetwo" == b"".join(pieces(InflateReader(engine, 1 << 20, 1000, concatenated=True), compress(b"one"), compress(b"two")))
    with pytest.raises(CorruptedFrameError):
        pieces(InflateReader(engine, 1 << 20, 1000, concatenated=False), both)


@every_algorithm
def test_an_unfinished_stream_is_told(compress: Callable[[bytes], bytes], engine: Callable[[], Engine]) -> None:
    """The peer left within it."""
    reader = InflateReader(engine, 1 << 20, 1000, concatenated=False)
    pieces(reader, compress(TEXT)[:-1])

    assert not reader.is_between_frames()


def test_caps_of_nothing_are_refused() -> None:
    """0 does not mean without end."""
    for output, ratio in ((0, 100), (100, 0)):
        with pytest.raises(ValueError, match="both must be at least 1"):
            InflateReader(BrotliEngine, output, ratio, concatenated=False)


def test_a_library_that_is_not_installed_is_named() -> None:
    """With what wanted it."""
    with pytest.raises(ImportError, match="The thing needs the library pyboot_no_such_library: add it to your project"):
        optional_library("pyboot_no_such_library", "The thing")


@pytest.mark.parametrize(("name", "engine"), [("brotli", BrotliEngine), ("zstandard", ZstdEngine)])
def test_engines_say_which_library_they_lack(name: str, engine: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    """For a person, and for a program."""
    monkeypatch.setitem(sys.modules, name, None)
    purpose = {"brotli": "Brotli decompression", "zstandard": "Zstandard decompression"}[name]

    with pytest.raises(ImportError, match=f"^{purpose} needs the library {name}: ") as caught:
        engine()
    assert name == caught.value.name
