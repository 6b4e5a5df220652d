"""Settings files as a source."""

from pathlib import Path

import pytest

from pyboot.boot.config.read.files import read_file
from pyboot.boot.config.tree import leaves
from pyboot.boot.errors import ConfigFileError


def write(folder: Path, name: str, text: str) -> Path:
    """A file of that text."""
    path = folder / name
    path.write_text(text)
    return path


def test_yaml_values_keep_their_text_and_line(tmp_path: Path) -> None:
    """No ``no`` becomes false, no version loses a zero."""
    path = write(tmp_path, "application.yaml", "country: no\nversion: 1.10\nserver:\n  port: 0x10\n  tags: [a, 'b']\n")
    ((tree, _),) = read_file(path)

    assert {
        ("country",): ("no", 1),
        ("version",): ("1.10", 2),
        ("server", "port"): ("0x10", 4),
        ("server", "tags", 0): ("a", 5),
        ("server", "tags", 1): ("b", 5),
    } == {where: (leaf.text, leaf.origin.line) for where, leaf in leaves(tree)}


def test_yaml_natives_follow_the_core_schema_of_yaml_1_2(tmp_path: Path) -> None:
    """What a field of type ``object`` is given."""
    ((tree, _),) = read_file(write(tmp_path, "a.yaml", "a: true\nb: no\nc: 12\nd: 1.5\ne: 12:30\nf: '12'\ng:\n"))

    assert [True, "no", 12, 1.5, "12:30", "12", None] == [leaf.native for _, leaf in leaves(tree)]


def test_yaml_documents_come_in_order(tmp_path: Path) -> None:
    """One for each part; an empty one is left out."""
    documents = read_file(write(tmp_path, "a.yaml", "a: 1\n---\n---\na: 2\n"))

    assert ["1", "2"] == [leaf.text for tree, _ in documents for _, leaf in leaves(tree)]
    assert [1, 4] == [line for _, line in documents]


def test_dotted_yaml_keys_open_branches_and_bracketed_ones_do_not(tmp_path: Path) -> None:
    """``"[a.b]"`` keeps its dot."""
    ((tree, _),) = read_file(write(tmp_path, "a.yaml", 'a.b: 1\nmap:\n  "[x.y]": 2\n'))

    assert [("a", "b"), ("map", "x.y")] == [path for path, _ in leaves(tree)]


def test_a_syntax_error_names_the_line(tmp_path: Path) -> None:
    """For YAML and for TOML."""
    with pytest.raises(ConfigFileError, match=r"a\.yaml:3"):
        read_file(write(tmp_path, "a.yaml", "a: 1\nb: 2\n  c: 3\n"))
    with pytest.raises(ConfigFileError, match="line 2"):
        read_file(write(tmp_path, "a.toml", "a = 1\nb = \n"))


def test_toml_values_are_read(tmp_path: Path) -> None:
    """Tables, arrays and scalars."""
    ((tree, _),) = read_file(write(tmp_path, "a.toml", 'name = "x"\n[server]\nport = 80\nlive = true\ntags = ["a"]\n'))

    assert {("name",): "x", ("server", "port"): "80", ("server", "live"): "true", ("server", "tags", 0): "a"} == {
        path: leaf.text for path, leaf in leaves(tree)
    }


def test_no_code_is_run_by_a_file(tmp_path: Path) -> None:
    """A tag that would make an object is refused before anything is made."""
    with pytest.raises(ConfigFileError, match=r"a\.yaml:1.*the tag"):
        read_file(write(tmp_path, "a.yaml", "a: !!python/object/apply:os.system ['exit 1']\n"))


@pytest.mark.parametrize("value", ["!include other.yaml", "!vault x", "!ENV ${HOME}", "!!binary aGk=", "!!set {a, b}", "[1, !x 2]"])
def test_a_tag_that_would_do_nothing_is_refused(tmp_path: Path, value: str) -> None:
    """Who writes ``!include`` expects more than the text ``other.yaml``; the line is named."""
    with pytest.raises(ConfigFileError, match=r"a\.yaml:2.*the tag"):
        read_file(write(tmp_path, "a.yaml", f"a:\n  b: {value}\n"))


@pytest.mark.parametrize("value", ["!!str 1", "!!int '3'", "'quoted'", "2020-01-01", "=", "! x"])
def test_a_tag_of_yaml_itself_changes_nothing(tmp_path: Path, value: str) -> None:
    """Types come from the field that a value is bound to."""
    ((tree, _),) = read_file(write(tmp_path, "a.yaml", f"a: {value}\n"))

    assert 1 == len(list(leaves(tree)))


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
    ((tree, _),) = read_file(write(tmp_path, "a.toml", text))

    assert {
        ("name",): 1,
        ("server", "main", "port"): 5,
        ("server", "main", "max-size"): 6,
        ("server", "main", "tls", "on"): 7,
        ("server", "main", "hosts", 0): 8,
        ("routes", 0, "to"): 13,
    } == {path: leaf.origin.line for path, leaf in leaves(tree)}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(("name", "text"), [("a.yaml", b"first: 1\r\n"), ("a.yml", b"first: 1\n"), ("a.toml", b"first = 1\r\n")])
def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path, name: str, text: bytes, mark: bytes) -> None:
    """Editors of Windows write one."""
    (tmp_path / name).write_bytes(mark + text)
    ((tree, _),) = read_file(tmp_path / name)

    assert [(("first",), "1")] == [(path, leaf.text) for path, leaf in leaves(tree)]


def test_yaml_mappings_are_merged_as_yaml_has_it(tmp_path: Path) -> None:
    """A mapping's own keys win, whole; of several merged ones the first does."""
    text = "base: &base {x: 1, in: {a: 1}}\nmore: &more {x: 2, z: 3}\none:\n  <<: *base\n  in: {b: 2}\ntwo: {<<: [*base, *more], z: 4}\n"
    ((tree, _),) = read_file(write(tmp_path, "a.yaml", text))
    found = {".".join(map(str, path)): leaf.text for path, leaf in leaves(tree)}

    assert {"one.x": "1", "one.in.b": "2", "two.x": "1", "two.in.a": "1", "two.z": "4"} == {
        key: text for key, text in found.items() if key.startswith(("one", "two"))
    }


MISTAKES = [
    ("a.yaml", "a: 1\nb: 2\na: 3\n", "a.yaml:3", "the key 'a' has been set already (", "a.yaml:1)"),
    ("a.yaml", "s:\n  a: 1\ns:\n  b: 2\n", "a.yaml:3", "the key 's' has been set already (", "a.yaml:1)"),
    ("a.yaml", "s:\n  max-size: 1\n  maxSize: 2\n", "a.yaml:3", "the key 'maxSize' means the same as 'max-size' (", "a.yaml:2)"),
    ("a.yaml", "users:\n  Ann: 1\n  ann: 2\n", "a.yaml:3", "the key 'ann' means the same as 'Ann' (", 'in brackets: "[ann]"'),
    ("a.yaml", "s.a: 1\ns:\n  a: 2\n", "a.yaml:2", "the key 's' has been set already (", "a.yaml:1)"),
    ("a.yaml", "s:\n  - {a: 1, A: 2}\n", "a.yaml:2", "the key 'A' means the same as 'a' (", "a.yaml:2)"),
    ("a.yaml", "a:\n  <<: 5\n", "a.yaml:2", "<< merges mappings", ""),
    ("a.yaml", "a: &x\n  - *x\n", "a.yaml:1", "nested deeper than 100 levels, or an alias holds itself", ""),
    ("a.yaml", "a: " + "[" * 200_000 + "]" * 200_000, "a.yaml:1", "nested deeper than 100 levels", ""),
    ("a.yaml", "a: " + "- " * 200_000, "a.yaml", "", ""),
    ("a.toml", "[s]\nmax-size=1\nx=1\nmaxSize=2\n", "a.toml:4", "the key 'maxSize' means the same as 'max-size' (", "a.toml:2)"),
    ("a.yaml", "a:\n\tb: 1\n", "a.yaml:2", "it is a tab", "indented with spaces"),
    ("a.toml", "a = 1\na = 2\n", "a.toml", "line 2", ""),
    ("a.toml", "a = " + "[" * 5000 + "]" * 5000, "a.toml", "nested too deeply", ""),
    ("a.toml", "a = " + "9" * 5000, "a.toml", "Exceeds the limit", ""),
]


@pytest.mark.parametrize(("name", "text", "place", "told", "besides"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_in_a_file_is_reported_with_its_place(tmp_path: Path, name: str, text: str, place: str, told: str, besides: str) -> None:
    """The mistake, and what is said about it: where, what, and where the other one is."""
    with pytest.raises(ConfigFileError) as raised:
        read_file(write(tmp_path, name, text))

    assert f"{tmp_path}/{place}" in str(raised.value)
    assert told in str(raised.value)
    assert besides in str(raised.value)


def test_aliases_of_aliases_do_not_become_millions_of_values(tmp_path: Path) -> None:
    """Nine lines would make nine to the ninth."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]
    with pytest.raises(ConfigFileError, match="aliases of aliases"):
        read_file(write(tmp_path, "a.yaml", "\n".join(lines)))


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.yaml", 's:\n  "[My-Key]": 1\n  "[my-key]": 2\n  mykey: 3\n'), ("a.toml", "[s]\n'[My-Key]' = 1\n'[my-key]' = 2\nmykey = 3\n")],
)
def test_keys_in_brackets_are_compared_letter_by_letter(tmp_path: Path, name: str, text: str) -> None:
    """So a map may hold what differs by case or dashes only."""
    ((tree, _),) = read_file(write(tmp_path, name, text))

    assert [("s", "My-Key", "1"), ("s", "my-key", "2"), ("s", "mykey", "3")] == [(*path, leaf.text) for path, leaf in leaves(tree)]


def test_a_key_may_name_an_item(tmp_path: Path) -> None:
    """As everywhere else."""
    ((tree, _),) = read_file(write(tmp_path, "a.yaml", "hosts[0].port: 1\nhosts[1].port: 2\n"))

    assert [("hosts", 0, "port"), ("hosts", 1, "port")] == [path for path, _ in leaves(tree)]
