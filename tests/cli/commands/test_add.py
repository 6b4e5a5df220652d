"""`pyboot add`: what a person wrote stays as it is, and what is added counts."""

import re
import sys
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from pyboot.cli.commands import add as command
from pyboot.cli.commands.add import add, facts, text
from pyboot.cli.commands.check import check
from pyboot.cli.errors import CommandError

PROJECT = """# ours
[project]
name    = "greeter"  # aligned
dependencies = [
    "pyboot-framework", # the container
    # soon: more
]

[tool.ruff]
line-length = 120
"""


APPLICATION = """
from pyboot.boot import PyBootApplication
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer

@PyBootApplication
class App: ...

@NettyServer
class GreetServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean
class Greet(ChannelHandler[str]):
    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        ctx.write(msg)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a `pyproject.toml` and settings."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "application.yaml").write_text("# ours\npyboot:\n  application.name: greeter\n")
    return tmp_path


def held(project: Path, name: str = "pyproject.toml") -> str:
    """What stands in a file, its ends of lines as they are."""
    return (project / name).read_bytes().decode()


@pytest.mark.parametrize("name", ["netty", "starter-netty", "pyboot-starter-netty", "Pyboot_Starter.Netty"])
def test_a_starter_is_called_by_any_of_its_names(project: Path, name: str) -> None:
    """The requirement is the same."""
    add(name, project)

    assert ["pyboot-framework", "pyboot-starter-netty"] == tomllib.loads(held(project))["project"]["dependencies"]


def test_what_a_person_wrote_stays_as_it_is(project: Path) -> None:
    """One line more, and no other one changes but for a comma."""
    add("netty", project)

    added = '    # soon: more\n    "pyboot-starter-netty"\n'
    assert PROJECT.replace("    # soon: more\n", added) == held(project).replace('netty",\n', 'netty"\n')


def test_what_tests_need_goes_into_the_group_of_developers(project: Path) -> None:
    """The one that is there, in any spelling, or a new one."""
    add("test", project)
    assert PROJECT + '\n[dependency-groups]\ndev = ["pyboot-starter-test"]\n' == held(project)

    (project / "pyproject.toml").write_text('[dependency-groups]\nDev = ["ruff", {include-group = "docs"}] # tools\ndocs = []\n')
    add("test", project)
    expected = '[dependency-groups]\nDev = ["ruff", {include-group = "docs"}, "pyboot-starter-test"] # tools\ndocs = []\n'
    assert expected == held(project)


def test_settings_come_as_comments_behind_those_that_are_there(project: Path) -> None:
    """Nothing means anything else than before."""
    before = held(project, "application.yaml")

    add("netty", project)

    after = held(project, "application.yaml")
    assert after.startswith(before + "\n# What pyboot-starter-netty knows")
    assert yaml.safe_load(before) == yaml.safe_load(after)


@pytest.mark.parametrize("slip", ["", "max-connections"])
def test_an_example_is_right_where_its_marks_are_taken_away(project: Path, written: Callable[[str], str], slip: str) -> None:
    """An application starts with every setting in it; a slip in one would be told."""
    (project / "application.yaml").unlink()
    add("netty", project)
    example = re.sub("^# (?=netty| )", "", held(project, "application.yaml"), flags=re.MULTILINE)
    (project / "application.yaml").write_text(example.replace(slip, "max-conections") if slip else example)
    assert ["netty"] == list(yaml.safe_load(example))

    assert (not slip) == check(written(APPLICATION), (), ["ports"]).is_passed(strict=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "EXAMPLE"),
        ("a: 1", "a: 1\n\nEXAMPLE"),
        ("---\na: 1\n---\nb: 2\n", "---\na: 1\n\nEXAMPLE\n---\nb: 2\n"),
        ("# x\n\n--- \na: 1\n...\n", "# x\n\n--- \na: 1\n\nEXAMPLE\n...\n"),
        ("a: 1\r\n\r\n", "a: 1\r\n\r\nEXAMPLE"),
    ],
)
def test_an_example_stands_at_the_end_of_the_first_document(project: Path, before: str, after: str) -> None:
    """It counts for every profile, and ends its lines as the file does."""
    (project / "application.yaml").write_bytes(before.encode())
    ends = "\r\n" if "\r" in before else "\n"

    example = add("netty", project).added["application.yaml"].replace("\n", ends)

    assert after.replace("EXAMPLE", example) == held(project, "application.yaml")


@pytest.mark.parametrize("said", ["netty:\n  port: 1\n", "netty.port: 1\n", "# netty:\n#   port: 1\n"])
def test_settings_that_are_there_already_are_left_alone(project: Path, said: str) -> None:
    """As settings, or as comments of an earlier time."""
    (project / "application.yaml").write_text(said)

    assert ["pyproject.toml"] == list(add("netty", project).files)
    assert said == held(project, "application.yaml")


@pytest.mark.parametrize(
    ("file", "expected"),
    [("application.yml", "application.yml"), ("config/application.yaml", "config/application.yaml"), ("application.toml", None)],
)
def test_the_file_of_settings_is_the_one_that_the_project_has(project: Path, file: str, expected: str | None) -> None:
    """A second one in another form would be a surprise; where there is none, it is made."""
    (project / "application.yaml").unlink()
    assert ["application.yaml", "pyproject.toml"] == list(add("netty", project, is_dry=True).files)

    (project / file).parent.mkdir(exist_ok=True)
    (project / file).touch()

    assert [*filter(None, [expected]), "pyproject.toml"] == list(add("netty", project).files)


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("netty", "[project]\ndependencies = [\"PyBoot_Starter-Netty >=0.1; python_version > '3'\"]\n", "[project] dependencies"),
        ("test", '[project]\ndependencies = ["pyboot-starter-test"]\n', "[project] dependencies"),
        ("test", '[dependency-groups]\ntools = ["pyboot-starter-test==0.1"]\n', "[dependency-groups] tools"),
        ("test", '[project.optional-dependencies]\ntest = ["pyboot-starter-test"]\n', "[project.optional-dependencies] test"),
    ],
)
def test_what_is_there_already_is_told(project: Path, name: str, content: str, place: str) -> None:
    """Where, and nothing changes."""
    (project / "pyproject.toml").write_text(content)

    added = add(name, project)

    assert f"pyboot-starter-{name} is there already, in {place} of pyproject.toml." == str(added)
    assert ({}, False, content) == (added.files, added.is_written, held(project))


def test_what_only_tests_get_the_application_still_lacks(project: Path) -> None:
    """The starter is added to what it needs itself."""
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n[dependency-groups]\ndev = ["pyboot-starter-netty"]\n')

    add("netty", project)

    assert ["pyboot-starter-netty"] == tomllib.loads(held(project))["project"]["dependencies"]


def test_a_dry_run_tells_and_writes_nothing(project: Path) -> None:
    """What would come to each file."""
    added = add("netty", project, is_dry=True)

    assert str(added).startswith("# application.yaml\n\n# What pyboot-starter-netty knows")
    assert str(added).endswith('# pyproject.toml\n\n[project] dependencies += "pyboot-starter-netty"')
    assert (PROJECT, False) == (held(project), added.is_written)
    assert added.facts()["files"] == added.files


def test_a_second_time_adds_nothing(project: Path) -> None:
    """Neither file changes."""
    for name in ("netty", "test"):
        add(name, project)
        before = {file.name: file.read_bytes() for file in project.iterdir()}
        assert {} == add(name, project).files
        assert before == {file.name: file.read_bytes() for file in project.iterdir()}


def test_lines_end_as_they_did(project: Path) -> None:
    """On every system."""
    (project / "pyproject.toml").write_bytes(PROJECT.replace("\n", "\r\n").encode())

    add("test", project)

    assert held(project).count("\n") == held(project).count("\r\n") == PROJECT.count("\n") + 3


def test_a_starter_comes_from_the_checkout_that_the_framework_comes_from(project: Path) -> None:
    """Both have to fit; a source that is there is left alone."""
    sources = '\n[tool.uv.sources] # a checkout\npyboot-framework = { path = "/checkout", editable = true }\n'
    (project / "pyproject.toml").write_text(PROJECT + sources)

    add("test", project)

    found = tomllib.loads(held(project))
    assert {"path": "/checkout/starters/pyboot-starter-test"} == found["tool"]["uv"]["sources"]["pyboot-starter-test"]
    assert ["pyboot-starter-test"] == found["dependency-groups"]["dev"]


@pytest.mark.parametrize(
    ("name", "action"),
    [("nety", "Did you mean netty?"), ("pyboot-starter-tset", "Did you mean test?"), ("sql", "Known are netty, web, actuator, test")],
)
def test_an_unknown_starter_is_refused_with_what_was_meant(project: Path, name: str, action: str) -> None:
    """Nothing is written."""
    with pytest.raises(CommandError, match=f"no starter '{name}'") as refused:
        add(name, project)

    assert action in refused.value.action
    assert PROJECT == held(project)


def test_starters_of_others_are_known_where_they_are_installed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their name is all that is known of them."""
    other = SimpleNamespace(metadata={"Name": "pyboot_starter_mail", "Summary": "Letters."})
    monkeypatch.setattr(command, "distributions", lambda: [*metadata.distributions(), other])

    add("mail", project)

    assert "pyboot-starter-mail" in tomllib.loads(held(project))["project"]["dependencies"]
    assert {"name": "pyboot-starter-mail", "brings": "Letters."} in facts()
    assert "pyboot-starter-mail     Letters." in text().splitlines()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "has no pyproject.toml"),
        ("[tool", "cannot be read"),
        ("[tool.poetry]\n", r"it has no \[project\]"),
        ('[project]\ndynamic = ["dependencies"]\n', "they are dynamic"),
        ('[project]\ndependencies = "x"\n', "is no list"),
    ],
)
def test_a_project_that_cannot_be_changed_is_refused(project: Path, content: str | None, told: str) -> None:
    """Before anything is written."""
    settings = held(project, "application.yaml")
    (project / "pyproject.toml").unlink()
    if content is not None:
        (project / "pyproject.toml").write_text(content)

    with pytest.raises(CommandError, match=told):
        add("netty", project)

    assert settings == held(project, "application.yaml")


def test_without_tomlkit_it_tells_what_to_install(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes with the extra."""
    monkeypatch.setitem(sys.modules, "tomlkit", None)

    with pytest.raises(CommandError, match="needs tomlkit") as refused:
        add("test", project)

    assert "pip install 'pyboot-framework[cli]'" == refused.value.action


def test_the_example_of_management_stands_by_itself(project: Path) -> None:
    """Taken as it is, it is what the management room understands."""
    from pyboot.actuator.admin.properties import AdminClientProperties
    from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties

    add("actuator", project)
    shown = held(project, "application.yaml").partition("# What pyboot-starter-actuator knows")[2].partition("\n")[2]
    settings = yaml.safe_load(re.sub("^# ?", "", shown, flags=re.MULTILINE))["management"]

    def fields(value: object) -> object:
        return {name.replace("-", "_"): fields(each) for name, each in value.items()} if isinstance(value, dict) else value

    assert 8081 == ManagementServerProperties.model_validate(fields(settings["server"])).port
    assert ["health"] == EndpointsProperties.model_validate(fields(settings["endpoints"])).web.exposure.include
    assert [] == AdminClientProperties.model_validate(fields(settings["admin"]["client"])).url
