"""The parts of a form."""

from pathlib import Path

import pytest

from pyboot.components.netty.codec.http.form_data import FileUpload, FormAttribute, HttpData, HttpDataFactory
from pyboot.components.netty.wire.http.headers import HttpHeaders


def upload(filename: str) -> FileUpload:
    """A file that a client calls so."""
    return FileUpload("file", filename, "text/plain", HttpHeaders())


def test_a_part_grows_from_memory_to_disk() -> None:
    """Its bytes are the same, and can be read again and again."""
    part = HttpData("part", 4)
    part.add(b"0123")
    assert part.is_in_memory
    part.add(b"45")
    assert (False, 6, b"012345", b"012345") == (part.is_in_memory, part.size, part.content, part.content)
    assert b"01" == part.file.read(2)
    part.add(b"6")
    assert b"0123456" == part.content
    part.release()
    with pytest.raises(ValueError, match="closed"):
        part.add(b"7")
    part.release()


def test_a_part_is_saved_beside_nothing(tmp_path: Path) -> None:
    """A file that is there is never written over."""
    part = HttpData("part", 4)
    part.add(b"012345")
    part.save(tmp_path / "one")
    assert b"012345" == (tmp_path / "one").read_bytes()
    with pytest.raises(FileExistsError):
        part.save(tmp_path / "one")
    part.release()


@pytest.mark.parametrize(
    ("filename", "safe"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("..", "upload"),
        ("", "upload"),
        (".htaccess", "htaccess"),
        ("a\0b\r\n.txt", "a_b__.txt"),
        ("a.txt:stream", "a.txt_stream"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("a.txt. . ", "a.txt"),
        ("/", "upload"),
        ("文档.pdf", "文档.pdf"),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_name_that_a_client_gave_is_made_safe(filename: str, safe: str) -> None:
    """No folder, no device, no stream, nothing hidden."""
    assert safe == upload(filename).safe_filename
    assert filename == upload(filename).filename


def test_an_attribute_is_text() -> None:
    """In its charset."""
    part = FormAttribute("a", "latin-1")
    part.add(b"\xe4")
    assert ("ä", "<FormAttribute 'a' 1 bytes>") == (part.value, repr(part))


def test_a_factory_makes_parts() -> None:
    """With its own limit of memory."""
    factory = HttpDataFactory(2)
    attribute = factory.create_attribute("a", "utf-8")
    file = factory.create_file_upload("f", "n", "text/plain", HttpHeaders())
    attribute.add(b"123")
    assert b"123" == attribute.content
    assert (False, "<FileUpload 'f' 'n' 0 bytes>") == (attribute.is_in_memory, repr(file))
    attribute.release()
