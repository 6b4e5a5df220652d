"""Loggers in the settings: names, levels, and the file."""

from pathlib import Path

import pytest

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import Given, load_environment
from pyboot.boot.config.loggers import check_file, levels
from pyboot.boot.errors import BindError


def settings(folder: Path, text: str = "", **variables: str) -> Environment:
    """A file and variables."""
    (folder / "application.yaml").write_text(text)
    return load_environment(Given(variables=variables, directory=folder))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("logging.level.my_app: debug", {"my_app": "debug"}),
        ("logging.level:\n  '[my-app]': debug\n  my_app: info\n", {"my-app": "debug", "my_app": "info"}),
        ("logging.level:\n  my-app: debug\n", {"my-app": "debug"}),
        ("logging.level:\n  my.app: debug\n  my: info\n", {"my": "info", "my.app": "debug"}),
        ("logging.level:\n  my: {app: debug}\n", {"my.app": "debug"}),
        ("logging.level.app: ${quiet:off}", {"app": "off"}),
        ("logging.level.app: debug\n---\nlogging.level.app:\n", {}),
    ],
)
def test_a_file_spells_the_name_of_a_logger(tmp_path: Path, text: str, found: dict[str, str]) -> None:
    """Dashes, underscores and dots make different loggers."""
    assert found == {name: level for name, level in levels(settings(tmp_path, text)).items() if text}


@pytest.mark.parametrize(
    ("name", "loggers"),
    [
        ("LOGGING_LEVEL_APP", {"app"}),
        ("LOGGING_LEVEL_MY_APP", {"my.app", "my_app"}),
        ("LOGGING_LEVEL_MY_APP__DB", {"my_app.db"}),
        ("LOGGING_LEVEL_MY__APP", {"my.app"}),
        ("LOGGING_LEVEL_A_B_C_D_E_F_G", {"a.b.c.d.e.f.g"}),
        ("LOGGING_LEVEL_ROOT", {"root"}),
    ],
)
def test_a_variable_means_every_logger_that_can_be_written_so(tmp_path: Path, name: str, loggers: set[str]) -> None:
    """It has no dots of its own; two underscores are one."""
    assert dict.fromkeys(loggers, "DEBUG") == levels(settings(tmp_path, **{name: "DEBUG"}))


def test_a_variable_wins_over_a_file_whatever_it_means(tmp_path: Path) -> None:
    """For each spelling."""
    assert "DEBUG" == levels(settings(tmp_path, "logging.level.my_app: error", LOGGING_LEVEL_MY_APP="DEBUG"))["my_app"]


def test_what_is_no_level_is_reported_with_its_places(tmp_path: Path) -> None:
    """All at once, and what is allowed."""
    with pytest.raises(BindError) as raised:
        levels(settings(tmp_path, "x: 1\nlogging.level.app: lout", LOGGING_LEVEL_MY_APP="DEBG"))

    assert [
        ("logging.level.app", "lout", f"{tmp_path}/application.yaml:2"),
        ("LOGGING_LEVEL_MY_APP", "DEBG", "environment variable LOGGING_LEVEL_MY_APP"),
    ] == [(problem.key, problem.value, problem.origin) for problem in raised.value.problems]
    assert "TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL, OFF" in str(raised.value)


@pytest.mark.parametrize(("name", "reason"), [("nowhere/app.log", "does not exist; make it"), (".", "this is a folder")])
def test_a_log_file_that_cannot_be_is_reported(tmp_path: Path, name: str, reason: str) -> None:
    """Before the first line is lost."""
    made = settings(tmp_path, f"logging.file.name: {tmp_path}/{name}")
    with pytest.raises(BindError, match=reason) as raised:
        check_file(made, f"{tmp_path}/{name}")

    assert f"{tmp_path}/application.yaml:1" == raised.value.problems[0].origin


def test_a_log_file_in_a_folder_that_is_there_is_fine(tmp_path: Path) -> None:
    """Whether it exists already or not."""
    check_file(settings(tmp_path), str(tmp_path / "app.log"))
