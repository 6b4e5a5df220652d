"""From a path to a file, and to nothing else."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from pyboot.components.netty.handler.http.static_path import find, names_of, open_file


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", [""]),
        ("/a", ["a"]),
        ("/a/b.txt", ["a", "b.txt"]),
        ("/a/", ["a", ""]),
        ("/a%20b/%C3%A4", ["a b", "ä"]),
        ("/a..b", ["a..b"]),
        ("/a:b", ["a:b"]),
        ("/con.txt", ["con.txt"]),
        ("", None),
        ("a", None),
        ("//a", None),
        ("/a//b", None),
        ("/..", None),
        ("/../a", None),
        ("/a/../b", None),
        ("/a/./b", None),
        ("/%2e%2e/a", None),
        ("/.%2E/a", None),
        ("/a%2fb", None),
        ("/..%2fa", None),
        ("/a%5cb", None),
        ("/a\\b", None),
        ("/..\\a", None),
        ("/a%00", None),
        ("/a%00.txt", None),
        ("/a%0a", None),
        ("/a%7f", None),
        ("/%c0%ae%c0%ae/a", None),
        ("/%252e%252e", ["%2e%2e"]),
        ("/a%zz", None),
        ("/.git/config", None),
        ("/a/.htaccess", None),
        ("/...", None),
    ],
)
def test_a_path_is_divided_first_and_decoded_then(path: str, expected: list[str] | None) -> None:
    """Once, and whatever is not the plain name of a file names nothing."""
    assert expected == names_of(path, windows=False)


@pytest.mark.parametrize(
    "path", ["/a:b", "/a.txt::$DATA", "/con", "/CON.txt", "/nul .txt", "/com1", "/LPT9.x", "/a.", "/a%20", "/PROGRA~1"]
)
def test_what_means_something_to_windows_names_nothing_there(path: str) -> None:
    """Streams, devices, short names, and ends that are cut off."""
    assert names_of(path, windows=True) is None
    assert ["conx", "a.b", "com"] == names_of("/conx/a.b/com", windows=True)


def test_hidden_names_are_served_where_that_is_wanted() -> None:
    """But never the folder above."""
    assert [".well-known", "x"] == names_of("/.well-known/x", allow_hidden=True)
    assert names_of("/../x", allow_hidden=True) is None
    assert names_of("/./x", allow_hidden=True) is None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with links in it, and a neighbour whose name begins as its own."""
    root = tmp_path / "root"
    for folder in (root / "inner", root / ".hidden", tmp_path / "root-other"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    (root / "to-inner").symlink_to(root / "inner")
    (root / "out").symlink_to(tmp_path / "root-other")
    (root / "up").symlink_to("..")
    (root / "to-hidden").symlink_to(root / ".hidden")
    (root / "loop").symlink_to("loop")
    return root.resolve()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["inner", "file"], "inner/file"),
        (["to-inner", "file"], "inner/file"),
        (["inner", ""], "inner"),
        ([""], "."),
        (["out", "file"], None),
        (["up", "root-other", "file"], None),
        (["up", "root", "inner", "file"], "inner/file"),
        (["to-hidden", "file"], None),
        (["loop"], None),
        (["none"], None),
        (["inner", "file", "x"], None),
        (["x" * 5000], None),
        (["inner", "..", "..", "root-other", "file"], None),
    ],
)
def test_links_lead_within_the_folder_and_not_out_of_it(root: Path, names: list[str], expected: str | None) -> None:
    """Nor to what is hidden."""
    found = find(root, names)
    assert expected == (None if found is None else str(found.relative_to(root)))
    assert find(root, ["to-hidden", "file"], allow_hidden=True) is not None


def test_only_ordinary_files_are_opened(root: Path) -> None:
    """No folder, no pipe that would wait for ever, no link that was put there meanwhile."""
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to(root / "inner" / "file")
    for name in ("inner", "pipe", "link", "none"):
        assert open_file(root / name) is None
    opened = open_file(root / "inner" / "file")
    assert opened is not None
    file, status = opened
    assert (b"x", 1) == (file.read(), status.st_size)
    file.close()


PIECES = [
    "/",
    "..",
    ".",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "\\",
    "%00",
    "a",
    "inner",
    "file",
    "out",
    "up",
    "to-hidden",
    ".hidden",
    "%252e",
    "~",
    ":",
    ";",
]


@given(pieces=strategies.lists(strategies.sampled_from(PIECES), max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_leads_out(root: Path, pieces: list[str]) -> None:
    """Nor to what is hidden, however its pieces are put together."""
    names = names_of("/" + "".join(pieces))
    found = None if names is None else find(root, names)
    if found is not None:
        assert found == root or root in found.parents
        assert not any(part.startswith(".") for part in found.relative_to(root).parts)
