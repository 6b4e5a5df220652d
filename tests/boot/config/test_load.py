"""Loading: the order in which sources win."""

from pathlib import Path

import pytest

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import Given, load_environment
from pyboot.boot.config.read.profiles import ProfileError
from pyboot.boot.errors import ConfigFileError, ConfigurationError


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


PLACES = [
    ({"application.yaml": "pyboot.profiles.active: ${env:dev}"}, (), {"ENV": "prod,eu"}, ("prod", "eu")),
    ({"application.yaml": "pyboot.profiles.active: ['${env:dev}']"}, (), {}, ("dev",)),
    ({"application.yaml": "env: x\npyboot.profiles.include: ${env}"}, (), {}, ("x", "default")),
    ({"application.yaml": "pyboot.profiles.default: ${env:local}"}, (), {}, ("local",)),
    ({"application.yaml": "pyboot.profiles:\n  active: p\n  group:\n    p: ['${env:dev}']"}, (), {}, ("p", "dev")),
    ({}, (), {"PYBOOT_PROFILES_ACTIVE_0": "a", "PYBOOT_PROFILES_ACTIVE_1": "b"}, ("a", "b")),
    ({}, (), {"PYBOOT_PROFILES_INCLUDE_0": "a"}, ("a", "default")),
    ({}, (), {"PYBOOT_PROFILES_ACTIVE": "p", "PYBOOT_PROFILES_GROUP_P": "a,b"}, ("p", "a", "b")),
    ({}, ("--pyboot.profiles.active[0]=a",), {}, ("a",)),
    ({}, ("--pyboot.profiles.active=${who}", "--who=me"), {}, ("me",)),
    ({".env": "PYBOOT_PROFILES_ACTIVE_0=a"}, (), {}, ("a",)),
]


@pytest.mark.parametrize(("files", "args", "variables", "active"), PLACES)
def test_profiles_are_read_like_every_other_list(
    tmp_path: Path, files: dict[str, str], args: tuple[str, ...], variables: dict[str, str], active: tuple[str, ...]
) -> None:
    """Placeholders, commas, single items, variables."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    assert active == load(tmp_path, *args, variables=variables).active_profiles


@pytest.mark.parametrize(
    ("text", "args", "variables"),
    [
        ("kind: x\npyboot.config.import: more-${kind}.yaml", (), {}),
        ("pyboot.config.import: ['more-${kind}.yaml']", ("--kind=x",), {}),
        ("pyboot.config.import: more-${kind:x}.yaml", (), {}),
        ("", ("--pyboot.config.import[0]=more-x.yaml",), {}),
        ("", ("--pyboot.config.import=more-${kind}.yaml",), {"KIND": "x"}),
        ("", (), {"PYBOOT_CONFIG_IMPORT_0": "more-x.yaml"}),
        ("", (), {"PYBOOT_CONFIG_ADDITIONAL_LOCATION_0": "other"}),
        ("", (), {"PYBOOT_CONFIG_LOCATION": "optional:nowhere,./other/"}),
        ("", ("--pyboot.config.location=more-x.yaml",), {}),
        ("a: 1\n---\npyboot.config.activate.on-profile: ${on:default}\nm: 7\n", (), {}),
    ],
)
def test_files_are_named_like_every_other_list(tmp_path: Path, text: str, args: tuple[str, ...], variables: dict[str, str]) -> None:
    """Imports, locations, and the profile that switches a document on."""
    (tmp_path / "application.yaml").write_text(text)
    (tmp_path / "more-x.yaml").write_text("m: 7")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/application.yaml").write_text("m: 7")

    assert "7" == load(tmp_path, *args, variables=variables).get("m")


MISTAKES: list[tuple[dict[str, str], tuple[str, ...], dict[str, str], str]] = [
    ({}, ("--pyboot.config.location=nowhere",), {}, "command line --pyboot.config.location lead nowhere: the location 'nowhere'"),
    ({}, ("--pyboot.config.additional-location=nowhere",), {}, "the location 'nowhere' does not exist"),
    ({}, (), {"PYBOOT_CONFIG_LOCATION_0": "nowhere"}, "PYBOOT_CONFIG_LOCATION_0 lead nowhere"),
    ({}, (), {"PYBOOT_CONFIG_IMPORT_0": "nowhere.yaml"}, "PYBOOT_CONFIG_IMPORT_0 lead nowhere: the import 'nowhere.yaml'"),
    (
        {"application.yaml": "x: 1\npyboot.config.location: a"},
        (),
        {},
        "application.yaml:2 cannot be read: pyboot.config.location cannot be",
    ),
    (
        {"application.yaml": "pyboot.config.name: a"},
        (),
        {},
        "application.yaml:1 cannot be read: pyboot.config.name cannot be set in a file",
    ),
    ({"application.yaml": "pyboot.config.import: ${a}.yaml"}, (), {}, "application.yaml:1) cannot be replaced: there is no setting 'a'"),
    ({"application.yaml": "pyboot.profiles.active: ${a}"}, (), {}, "application.yaml:1) cannot be replaced: there is no setting 'a'"),
    ({"application.yaml": "pyboot.config.activate.on-profile: ${a}"}, (), {}, "application.yaml:1) cannot be replaced"),
    ({".env": "A=1\nB=2\nA=3\n"}, (), {}, ".env:3 cannot be read: the key 'A' has been set already ("),
    ({".env": "A=1\n= 2\n"}, (), {}, ".env:2 cannot be read: what stands there is not of the form NAME=value"),
    ({}, (), {"PYBOOT_APPLICATION_JSON": '{"a": 1, "a": 2}'}, "the key 'a' has been set already"),
    ({}, (), {"PYBOOT_APPLICATION_JSON": '{"aB": 1, "a-b": 2}'}, "the key 'a-b' means the same as 'aB'"),
    ({}, (), {"PYBOOT_APPLICATION_JSON": '{"a":' + "[" * 9999 + "]" * 9999 + "}"}, "it is nested too deeply"),
    ({}, (), {"PYBOOT_APPLICATION_JSON": '{"a":' + "9" * 9999 + "}"}, "Exceeds the limit"),
    ({}, ("--" + ".".join("a" * 5000) + "=1",), {}, "has more than 100 parts"),
    (
        {"application.yaml": "pyboot.config.import: f0.yaml", **{f"f{n}.yaml": f"pyboot.config.import: f{n + 1}.yaml" for n in range(600)}},
        (),
        {},
        "they import each other too deeply",
    ),
]


@pytest.mark.parametrize(("files", "args", "variables", "told"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_reported_with_its_place(
    tmp_path: Path, files: dict[str, str], args: tuple[str, ...], variables: dict[str, str], told: str
) -> None:
    """The mistake, and what is said about it."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path, *args, variables=variables)

    assert told in str(raised.value)


def test_a_chain_of_profile_groups_of_any_length_is_followed(tmp_path: Path) -> None:
    """It does not end in the interpreter's stack."""
    groups = "".join(f"    g{number}: g{number + 1}\n" for number in range(1500))
    (tmp_path / "application.yaml").write_text(f"pyboot.profiles:\n  active: g0\n  group:\n{groups}")

    assert 1501 == len(load(tmp_path).active_profiles)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_env_file_is_taken_as_it_is_written(tmp_path: Path, mark: str) -> None:
    """A placeholder in it is one for settings; nothing is put in its place while the file is read."""
    (tmp_path / ".env").write_text(mark + "URL=http://${db.host}/$HOME\nquoted=\"a b\"\nexport E='c'\n")
    made = load(tmp_path, variables={"HOME": "/root"}, **{"db.host": "h"})

    assert ("http://h/$HOME", "a b", "c") == (made.get("url"), made.get("quoted"), made.get("e"))


def test_a_folder_that_kubernetes_mounts_is_read_once(tmp_path: Path) -> None:
    """Its data lie in a hidden folder, and links lead there."""
    data = tmp_path / "config/..2026_01_01"
    data.mkdir(parents=True)
    (data / "application.yaml").write_text("a: 1")
    (tmp_path / "config/..data").symlink_to(data.name)
    (tmp_path / "config/application.yaml").symlink_to("..data/application.yaml")
    made = load(tmp_path, "--pyboot.config.additional-location=./config")

    assert [f"{tmp_path}/config/application.yaml"] == [source.place for source in made.sources if "application" in source.place]


def test_profiles_that_something_knows_are_collected(tmp_path: Path) -> None:
    """By a file, a document, or a group."""
    (tmp_path / "application.yaml").write_text(
        "pyboot.profiles:\n  include: i\n  group: {g: [m]}\n---\npyboot.config.activate.on-profile: x & !y\n"
    )
    (tmp_path / "application-f.toml").touch()

    assert {"g", "m", "x", "y", "f", "default"} == load(tmp_path).known_profiles


def test_a_byte_order_mark_in_json_is_none_of_it(tmp_path: Path) -> None:
    """A variable that was filled from a file may have one."""
    assert "1" == load(tmp_path, variables={"PYBOOT_APPLICATION_JSON": '\ufeff{"a": 1}'}).get("a")


@pytest.mark.parametrize("name", ["application.properties", "application-dev.properties", "application.YAML"])
def test_a_file_of_settings_that_nobody_reads_is_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """Who comes from Spring would else look for the reason for long."""
    (tmp_path / name).write_text("a.b=1\n")
    (tmp_path / "application.schema.json").write_text("{}")

    load(tmp_path)

    assert [name] == [record.getMessage().partition(" is not read")[0].rpartition("/")[2] for record in caplog.records]


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    """Docker makes one where the file to be mounted is missing."""
    (tmp_path / "application.yaml").mkdir()
    with pytest.raises(ConfigFileError, match=r"application\.yaml"):
        load(tmp_path)
