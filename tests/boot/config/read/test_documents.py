"""Settings documents: profiles switch parts of a file on, imports bring others in."""

from pathlib import Path

import pytest

from pyboot.boot.config.read.documents import Documents, read_secrets
from pyboot.boot.config.read.profiles import ProfileError
from pyboot.boot.config.read.sources import TreeSource
from pyboot.boot.config.tree import leaves
from pyboot.boot.errors import ConfigFileError, ConfigNotFoundError


def texts(sources: list[TreeSource], name: str = "a") -> list[str | None]:
    """The values called *name*, the winning one first."""
    return [leaf.text for source in sources for path, leaf in leaves(source.tree) if path == (name,)]


def test_the_last_document_of_a_file_wins(tmp_path: Path) -> None:
    """It comes first in the list."""
    (tmp_path / "application.yaml").write_text("a: 1\n---\na: 2\n")

    assert ["2", "1"] == texts(Documents().at(tmp_path, "application"))


def test_a_document_of_a_profile_counts_only_when_it_is_active(tmp_path: Path) -> None:
    """While the profiles are unknown it does not."""
    (tmp_path / "application.yaml").write_text("a: 1\n---\npyboot.config.activate.on-profile: prod & !cloud\na: 2\n")
    documents = Documents()

    assert ["1"] == texts(documents.at(tmp_path, "application"))
    documents.read_on_with(("prod",))
    assert ["2", "1"] == texts(documents.at(tmp_path, "application"))
    documents.read_on_with(("prod", "cloud"))
    assert ["1"] == texts(documents.at(tmp_path, "application"))


def test_an_import_stands_just_above_its_document(tmp_path: Path) -> None:
    """The path counts from the importing file."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "application.yaml").write_text("a: 1\npyboot.config.import: [sub/one.yaml, sub/two.toml]\n---\na: 9\n")
    (tmp_path / "sub/one.yaml").write_text("a: 2\n")
    (tmp_path / "sub/two.toml").write_text("a = 3\n")

    assert ["9", "3", "2", "1"] == texts(Documents().at(tmp_path, "application"))


def test_a_missing_import_is_an_error_unless_it_is_optional(tmp_path: Path) -> None:
    """The error names the line that imports."""
    (tmp_path / "application.yaml").write_text("a: 1\npyboot.config.import: optional:gone.yaml\n")
    assert ["1"] == texts(Documents().at(tmp_path, "application"))

    (tmp_path / "application.yaml").write_text("a: 1\npyboot.config.import: gone.yaml\n")
    with pytest.raises(ConfigNotFoundError, match=r"application\.yaml:2.*'gone\.yaml'"):
        Documents().at(tmp_path, "application")


def test_imports_in_a_circle_are_read_once(tmp_path: Path) -> None:
    """Neither file is read for ever."""
    (tmp_path / "application.yaml").write_text("a: 1\npyboot.config.import: other.yaml\n")
    (tmp_path / "other.yaml").write_text("a: 2\npyboot.config.import: other.yaml\n")

    assert ["2", "1"] == texts(Documents().at(tmp_path, "application"))


def test_a_document_of_a_profile_cannot_set_the_profiles(tmp_path: Path) -> None:
    """It would decide about itself."""
    (tmp_path / "application-dev.yaml").write_text("pyboot:\n  profiles:\n    active: prod\n")
    with pytest.raises(ConfigFileError, match=r"application-dev\.yaml:3.*cannot be set"):
        Documents().at(tmp_path, "application-dev", of_profile=True)


def test_a_folder_of_secrets_is_a_source(tmp_path: Path) -> None:
    """Names may have dots or be nested; the line end goes, hidden files are passed over."""
    (tmp_path / "db").mkdir()
    (tmp_path / "db/password").write_text("hunter2\n")
    (tmp_path / "api.key").write_text("k")
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data/db").write_text("no")

    source = read_secrets(tmp_path)

    assert {("api", "key"): "k", ("db", "password"): "hunter2"} == {path: leaf.text for path, leaf in leaves(source.tree)}


def test_secrets_with_paths_of_their_own_are_read_through_kubernetes_links(tmp_path: Path) -> None:
    """Links to files, and to folders; a link that leads back is not followed for ever."""
    data = tmp_path / "..2026_01_01"
    (data / "db").mkdir(parents=True)
    (data / "token").write_text("t\n")
    (data / "db/user").write_bytes(b"\xef\xbb\xbfme\r\n")
    (tmp_path / "..data").symlink_to(data.name)
    for name in ("token", "db"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    (tmp_path / "back").symlink_to(".")

    assert {("token",): "t", ("db", "user"): "me"} == {path: leaf.text for path, leaf in leaves(read_secrets(tmp_path).tree)}


def test_two_secrets_of_one_name_are_refused(tmp_path: Path) -> None:
    """Both places are named."""
    (tmp_path / "db").mkdir()
    (tmp_path / "db/user").write_text("a")
    (tmp_path / "db.user").write_text("b")
    with pytest.raises(ConfigFileError, match=r"db/user.*db\.user|db\.user.*db/user"):
        read_secrets(tmp_path)


@pytest.mark.parametrize(
    ("location", "told"),
    [("configtree:a.yaml", "is to be a folder"), ("folder", "is to be a file; a folder of values is read with configtree:")],
)
def test_a_folder_for_a_file_is_reported_with_its_place(tmp_path: Path, location: str, told: str) -> None:
    """And the other way round."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.yaml").touch()
    (tmp_path / "application.yaml").write_text(f"pyboot.config.import: {location}")
    with pytest.raises(ConfigNotFoundError, match=rf"application\.yaml:1 .*{told}"):
        Documents().at(tmp_path, "application")


def test_an_expression_that_is_none_is_reported_with_its_place(tmp_path: Path) -> None:
    """Whatever the active profiles are."""
    (tmp_path / "application.yaml").write_text("a: 1\n---\npyboot.config.activate.on-profile: prod & | dev\n")
    with pytest.raises(ProfileError, match=r"'prod & \| dev' is not valid: a name is missing \(.*application\.yaml:3\)"):
        Documents().at(tmp_path, "application")
