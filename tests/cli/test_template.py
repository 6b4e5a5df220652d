"""The template: where it is, and what it asks."""

from pathlib import Path

import pytest

from pyboot.cli.errors import CommandError
from pyboot.cli.template import checkout, did_you_mean, questions, read_answers, render, template_folder, write_settings_schema

ROOT = Path(__file__).resolve().parents[2]


def test_the_template_is_found_in_the_checkout() -> None:
    """`app_template` at the top of the repository is what is rendered, and the project points there."""
    assert ROOT / "app_template" == template_folder()
    assert ROOT.as_posix() == checkout()


def test_the_sample_is_the_kind_line(tmp_path: Path) -> None:
    """What stands in `app_template/app` and is shown in documents is what the project gets, to the letter."""
    render(tmp_path, {"project_name": "app"}, ask=False)

    for shown in [*(ROOT / "app_template").glob("app/*.py"), *(ROOT / "app_template").glob("tests/*.py")]:
        assert shown.read_text() == (tmp_path / shown.relative_to(ROOT / "app_template")).read_text()
    settings = (tmp_path / "application.yaml").read_text()
    assert (ROOT / "app_template/application.yaml").read_text() == settings.partition("\n")[2]


def test_answers_are_given_back(tmp_path: Path) -> None:
    """Those of a person only."""
    answers = render(tmp_path, {"project_name": "chat", "kind": "job"}, ask=False)

    assert list(questions()) == list(answers)
    assert "job" == answers["kind"]


def test_no_schema_where_there_are_no_settings(tmp_path: Path) -> None:
    """A project without the container has none."""
    assert "" == write_settings_schema(tmp_path, "app")

    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_schema_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With the command that says why; the project is there all the same."""
    (tmp_path / "application.yaml").write_text("a: 1\n")
    (tmp_path / "broken.py").write_text("raise RuntimeError")

    told = (
        "application.schema.json could not be written; see what is wrong by `pyboot config schema broken --output application.schema.json`."
    )
    assert told == write_settings_schema(tmp_path, "broken")


@pytest.mark.parametrize(("given", "expected"), [("lnie", " Did you mean line?"), ("mit", " Did you mean MIT?"), ("xyz", "")])
def test_the_most_similar_is_named(given: str, expected: str) -> None:
    """In its own spelling; nothing where nothing is similar."""
    assert expected == did_you_mean(given, dict.fromkeys(["line", "MIT"]))


def test_answers_are_read() -> None:
    """As the template takes them; an option wins over `--data`."""
    answers = read_answers(["docker=false", "kind=chat", "description=a=b"], kind="job", description=None)

    assert {"docker": False, "kind": "job", "description": "a=b"} == answers


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("kind=caht", "'caht' is no answer to kind. Did you mean chat?"),
        ("knd=chat", "There is no question 'knd'. Did you mean kind?"),
        ("license=mit", "'mit' is no answer to license. Did you mean MIT?"),
        ("docker=maybe", "'maybe' is no answer to docker."),
        ("chat", "--data chat gives no answer."),
    ],
)
def test_an_answer_that_cannot_be_is_refused(given: str, told: str) -> None:
    """With what is meant perhaps."""
    with pytest.raises(CommandError) as refused:
        read_answers([given])

    assert told == refused.value.description
