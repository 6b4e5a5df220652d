"""Settings files as a source."""

from pathlib import Path

import pytest

from pyboot.boot.config.sources.files import read_file
from pyboot.boot.config.tree import leaves
from pyboot.boot.errors import ConfigFileError


def written(folder: Path, name: str, text: str) -> Path:
    """A file of that text."""
    path = folder / name
    path.write_text(text)
    return path


def test_yaml_values_keep_their_text_and_line(tmp_path: Path) -> None:
    """No ``no`` becomes false, no version loses a zero."""
    path = written(tmp_path, "application.yaml", "country: no\nversion: 1.10\nserver:\n  port: 0x10\n  tags: [a, 'b']\n")
    (tree,) = read_file(path)

    assert {
        ("country",): ("no", 1),
        ("version",): ("1.10", 2),
        ("server", "port"): ("0x10", 4),
        ("server", "tags", 0): ("a", 5),
        ("server", "tags", 1): ("b", 5),
    } == {where: (leaf.text, leaf.origin.line) for where, leaf in leaves(tree)}


def test_yaml_natives_follow_the_core_schema_of_yaml_1_2(tmp_path: Path) -> None:
    """What a field of type ``object`` is given."""
    (tree,) = read_file(written(tmp_path, "a.yaml", "a: true\nb: no\nc: 12\nd: 1.5\ne: 12:30\nf: '12'\ng:\n"))

    assert [True, "no", 12, 1.5, "12:30", "12", None] == [leaf.native for _, leaf in leaves(tree)]


def test_yaml_documents_come_in_order(tmp_path: Path) -> None:
    """One for each part; an empty one is left out."""
    documents = read_file(written(tmp_path, "a.yaml", "a: 1\n---\n---\na: 2\n"))

    assert ["1", "2"] == [leaf.text for tree in documents for _, leaf in leaves(tree)]


def test_dotted_yaml_keys_open_branches_and_bracketed_ones_do_not(tmp_path: Path) -> None:
    """``"[a.b]"`` keeps its dot."""
    (tree,) = read_file(written(tmp_path, "a.yaml", 'a.b: 1\nmap:\n  "[x.y]": 2\n'))

    assert [("a", "b"), ("map", "x.y")] == [path for path, _ in leaves(tree)]


def test_a_syntax_error_names_the_line(tmp_path: Path) -> None:
    """For YAML and for TOML."""
    with pytest.raises(ConfigFileError, match=r"a\.yaml:3"):
        read_file(written(tmp_path, "a.yaml", "a: 1\nb: 2\n  c: 3\n"))
    with pytest.raises(ConfigFileError, match="line 2"):
        read_file(written(tmp_path, "a.toml", "a = 1\nb = \n"))


def test_toml_values_are_read(tmp_path: Path) -> None:
    """Tables, arrays and scalars."""
    (tree,) = read_file(written(tmp_path, "a.toml", 'name = "x"\n[server]\nport = 80\nlive = true\ntags = ["a"]\n'))

    assert {("name",): "x", ("server", "port"): "80", ("server", "live"): "true", ("server", "tags", 0): "a"} == {
        path: leaf.text for path, leaf in leaves(tree)
    }


def test_no_code_is_run_by_a_file(tmp_path: Path) -> None:
    """A tag that would make an object is just a tag."""
    (tree,) = read_file(written(tmp_path, "a.yaml", "a: !!python/object/apply:os.system ['exit 1']\n"))

    assert ["exit 1"] == [leaf.text for _, leaf in leaves(tree)]


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: \xff\xfe")
    with pytest.raises(ConfigFileError, match=r"a\.yaml"):
        read_file(path)


def test_toml_values_know_their_lines(tmp_path: Path) -> None:
    """Of tables, dotted and quoted keys; inside an array the line of its key."""
    text = (
        'name = "x"\n\n[server.main]\n# port = 1\nport = 80\n"max-size" = 5\ntls.on = true\nhosts = [\n  "a",\n]\n\n[[routes]]\nto = "x"\n'
    )
    (tree,) = read_file(written(tmp_path, "a.toml", text))

    assert {
        ("name",): 1,
        ("server", "main", "port"): 5,
        ("server", "main", "max-size"): 6,
        ("server", "main", "tls", "on"): 7,
        ("server", "main", "hosts", 0): 8,
        ("routes", 0, "to"): 13,
    } == {path: leaf.origin.line for path, leaf in leaves(tree)}
