"""Loading: the order in which sources win."""

from pathlib import Path

import pytest

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import Given, load_environment
from pyboot.boot.config.profiles import ProfileError
from pyboot.boot.errors import ConfigFileError


def load(
    folder: Path, *args: str, variables: dict[str, str] | None = None, profiles: tuple[str, ...] = (), **properties: object
) -> Environment:
    """The environment of an application that is started in *folder*."""
    package = folder / "package"
    return load_environment(Given(dict(properties), args, profiles, variables or {}, folder, package if package.is_dir() else None))


def test_every_source_is_beaten_by_the_one_above_it(tmp_path: Path) -> None:
    """Taking the winner away, one after the other, shows the next."""
    (tmp_path / "package").mkdir()
    (tmp_path / "config/site").mkdir(parents=True)
    for place, value in [
        ("package/application.yaml", 1),
        ("application.yaml", 3),
        ("config/application.yaml", 5),
        ("config/site/application.yaml", 7),
    ]:
        (tmp_path / place).write_text(f"v: {value}\n")
        (tmp_path / place.replace("application", "application-dev")).write_text(f"v: {value + 1}\n")
    (tmp_path / ".env").write_text("V=9\n")
    given = Given({"v": 13}, ["--v=12"], ("dev",), {"V": "10", "PYBOOT_APPLICATION_JSON": '{"v": 11}'}, tmp_path, tmp_path / "package")

    found = [leaf.text for leaf, _ in load_environment(given).leaves("v")]

    assert [str(value) for value in range(13, 0, -1)] == found


def test_a_real_variable_beats_the_env_file(tmp_path: Path) -> None:
    """The file is for development."""
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    made = load(tmp_path, variables={"A": "real"})

    assert ("real", "file") == (made.get("a"), made.get("b"))
    assert [f"{tmp_path}/.env (B)"] == [str(leaf.origin) for leaf, _ in made.leaves("b")]


def test_profiles_come_from_any_outer_source_or_file(tmp_path: Path) -> None:
    """Included ones before the active ones, groups expanded."""
    (tmp_path / "application.yaml").write_text("pyboot.profiles:\n  include: base\n  active: file\n  group:\n    prod: [db, cloud]\n")

    assert ("base", "file") == load(tmp_path).active_profiles
    assert ("base", "prod", "db", "cloud") == load(tmp_path, variables={"PYBOOT_PROFILES_ACTIVE": "prod"}).active_profiles
    assert ("base", "test") == load(tmp_path, "--pyboot.profiles.active=x", profiles=("test",)).active_profiles


def test_without_an_active_profile_the_default_one_is(tmp_path: Path) -> None:
    """Its files count."""
    (tmp_path / "application-default.yaml").write_text("a: 1\n")

    assert "1" == load(tmp_path).get("a")
    assert load(tmp_path, profiles=("dev",)).get("a") is None


def test_the_last_profile_wins(tmp_path: Path) -> None:
    """Of ``one,two`` the files of ``two``."""
    (tmp_path / "application-one.yaml").write_text("a: 1\n")
    (tmp_path / "application-two.yaml").write_text("a: 2\n")

    assert "2" == load(tmp_path, "--pyboot.profiles.active=one,two").get("a")


def test_a_bad_profile_name_is_refused_with_its_origin(tmp_path: Path) -> None:
    """Here the command line."""
    with pytest.raises(ProfileError, match=r"'a b'.*command line --pyboot\.profiles\.active"):
        load(tmp_path, "--pyboot.profiles.active=a b")


def test_files_may_lie_elsewhere_and_be_called_otherwise(tmp_path: Path) -> None:
    """``location`` replaces the usual folders, ``additional-location`` adds to them."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there/site.yaml").write_text("a: there\n")
    (tmp_path / "site.yaml").write_text("a: here\nb: here\n")
    moved = load(tmp_path, "--pyboot.config.name=site", "--pyboot.config.location=there")
    added = load(tmp_path, "--pyboot.config.name=site", "--pyboot.config.additional-location=there")

    assert ("there", None) == (moved.get("a"), moved.get("b"))
    assert ("there", "here") == (added.get("a"), added.get("b"))


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_broken_json_is_refused(tmp_path: Path, text: str) -> None:
    """The error names the variable."""
    with pytest.raises(ConfigFileError, match="PYBOOT_APPLICATION_JSON"):
        load(tmp_path, variables={"PYBOOT_APPLICATION_JSON": text})


def test_properties_may_be_nested(tmp_path: Path) -> None:
    """Dotted keys, dicts and lists mix."""
    made = load_environment(Given({"a.b": {"c": 1}, "a.list": ["x", "y"]}, variables={}, directory=tmp_path))

    assert ("1", "y") == (made.get("a.b.c"), made.get("a.list[1]"))


def test_a_file_may_be_imported_from_outside(tmp_path: Path) -> None:
    """By the command line or a variable; it wins over the usual files."""
    (tmp_path / "application.yaml").write_text("a: usual\nb: usual\n")
    (tmp_path / "site.yaml").write_text("a: site\n")
    by_argument = load(tmp_path, "--pyboot.config.import=optional:gone.yaml,site.yaml")
    by_variable = load(tmp_path, variables={"PYBOOT_CONFIG_IMPORT": "site.yaml"})

    assert ("site", "usual") == (by_argument.get("a"), by_argument.get("b"))
    assert "site" == by_variable.get("a")
