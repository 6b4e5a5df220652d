"""FileRegion: bytes of a file as a message, whose file is closed once."""

import io
from pathlib import Path

import pytest

from pyboot.components.netty.buffer.file_region import DefaultFileRegion, FileRegion
from pyboot.components.netty.errors import ReleasedBufferError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of ten bytes."""
    file = tmp_path / "ten"
    file.write_bytes(b"0123456789")
    return file


def test_a_region_reads_its_own_bytes_alone(path: Path) -> None:
    """Offsets count from its start, and nothing behind its end is read."""
    region = DefaultFileRegion(path, 2, 5)
    assert b"234" == region.read(0, 3)
    assert b"56" == region.read(3, 100)
    assert (2, 5, 0, 5) == (region.position, region.count, region.transferred, region.left)
    region.release()


def test_a_region_without_a_count_goes_to_the_end(path: Path) -> None:
    """As long as the file is when the region is made."""
    region = DefaultFileRegion(path, 7)
    assert (3, b"789") == (region.count, region.read(0, 100))
    region.release()


def test_a_file_in_memory_has_no_descriptor_and_is_read_all_the_same() -> None:
    """For what the operating system cannot send."""
    file = io.BytesIO(b"0123456789")
    region = DefaultFileRegion(file, 1, 3)
    assert region.fileno() is None
    assert b"23" == region.read(1, 10)
    region.release()
    assert file.closed


def test_the_last_reference_closes_the_file_once(path: Path) -> None:
    """Then nobody can take or give one back."""
    file = path.open("rb")
    region = DefaultFileRegion(file).retain()
    assert not region.release()
    assert not file.closed
    assert region.release()
    assert (True, 0) == (file.closed, region.ref_count)
    with pytest.raises(ReleasedBufferError):
        region.release()
    with pytest.raises(ReleasedBufferError):
        region.retain()


@pytest.mark.parametrize(("position", "count"), [(-1, 1), (0, -1), (0, 11), (11, None), (10, 1)])
def test_a_region_outside_of_its_file_is_refused(path: Path, position: int, count: int | None) -> None:
    """And the file, which would have been the region's, is closed."""
    file = path.open("rb")
    with pytest.raises(ValueError, match="position"):
        DefaultFileRegion(file, position, count)
    assert file.closed


def test_a_path_that_is_not_there_is_told_where_the_region_is_made(tmp_path: Path) -> None:
    """So that whoever asked can be answered."""
    with pytest.raises(FileNotFoundError):
        DefaultFileRegion(tmp_path / "nothing")


def test_a_region_of_ones_own_says_how_to_read_and_close() -> None:
    """The base class has the references."""

    class Zeros(FileRegion):
        """Nothing but zeros."""

        closed = 0

        def read(self, offset: int, size: int) -> bytes:
            return bytes(min(size, self.count - offset))

        def deallocate(self) -> None:
            self.closed += 1

    region = Zeros(0, 3)
    assert (None, b"\0\0") == (region.fileno(), region.read(1, 9))
    region.release()
    assert 1 == region.closed
