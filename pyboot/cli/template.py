"""The template of projects: where it is, what it asks, and how it is rendered. `app_template/copier.yml` holds the questions."""

import keyword
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .errors import CommandError
from .history import version_of

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]

# What a project imports, and its folders: a package of one of these names would hide the other.
_TAKEN = ("pyboot", "pydantic", "pytest", "uvloop", "tests", "deploy")

ANSWERS = ".copier-answers.yml"
SCHEMA = "application.schema.json"


class Question(NamedTuple):
    """Something that a project is asked for: what may be answered, and what is taken if nothing is."""

    name: str
    help: str
    type: str
    choices: Mapping[str, str]
    """What each answer means; empty where it is free."""
    default: object
    """The answer of who says nothing; a text in braces follows from the other answers."""

    def parse(self, text: str) -> object:
        """Return the answer *text* as the template takes it.

        Raises:
            CommandError: it is none.
        """
        if self.type == "bool":
            return self._one_of(text, {"true": True, "yes": True, "false": False, "no": False})
        return self._one_of(text, {choice: choice for choice in self.choices}) if self.choices else text

    def _one_of(self, text: str, allowed: Mapping[str, object]) -> object:
        if text not in allowed:
            raise CommandError(f"{text!r} is no answer to {self.name}.{did_you_mean(text, allowed)}", f"Say one of {', '.join(allowed)}.")
        return allowed[text]


def template_folder() -> Path:
    """Return the template: beside the commands in an installed distribution, at the top of the repository otherwise."""
    installed = _PACKAGE / "app_template"
    return installed if installed.is_dir() else _CHECKOUT / "app_template"


def checkout() -> str:
    """Return the checkout that pyboot runs from, or nothing: a project that is made there is developed together with it."""
    return "" if (_PACKAGE / "app_template").is_dir() else _CHECKOUT.as_posix()


def questions() -> dict[str, Question]:
    """Return the questions that a person answers, in order, behind the name of the project."""
    import yaml  # a command that makes no project does not need it

    asked = yaml.safe_load((template_folder() / "copier.yml").read_text(encoding="utf-8"))
    return {
        name: Question(name, facts["help"], facts["type"], _choices(facts.get("choices", ())), facts["default"])
        for name, facts in asked.items()
        if isinstance(facts, dict) and "help" in facts and name not in ("project_name", "checkout")
    }


def own_answers() -> dict[str, object]:
    """Return what a template is told besides the answers: its version, where pyboot runs from, and what no package can be called."""
    taken = sorted({*keyword.kwlist, *sys.stdlib_module_names, *_TAKEN})
    return {"template_version": version_of(template_folder()), "checkout": checkout(), "taken_names": taken}


def _choices(choices: Any) -> dict[str, str]:  # Any: YAML
    """Return a list of answers, or each by the text that stands for it in the prompt, ``line: a server of lines``."""
    if isinstance(choices, dict):
        return {answer: text.partition(": ")[2] for text, answer in choices.items()}
    return dict.fromkeys(map(str, choices), "")


def did_you_mean(given: str, known: Mapping[str, object]) -> str:
    """Return a question that names the most similar of *known*, or nothing where none is."""
    import difflib

    similar = difflib.get_close_matches(given.lower(), [name.lower() for name in known], n=1)
    return next((f" Did you mean {name}?" for name in known if similar and name.lower() == similar[0]), "")


def read_answers(given: Iterable[str], **options: str | None) -> dict[str, object]:
    """Return the answers that ``--data NAME=ANSWER`` and the *options* of the same names give; the latter win.

    Raises:
        CommandError: there is no such question, or it has no such answer.
    """
    known = questions()
    answers: dict[str, object] = {}
    for name, text in [*map(_pair, given), *((name, text) for name, text in options.items() if text is not None)]:
        if name not in known:
            raise CommandError(f"There is no question {name!r}.{did_you_mean(name, known)}", f"Answer {', '.join(known)}.")
        answers[name] = known[name].parse(text)
    return answers


def _pair(text: str) -> tuple[str, str]:
    name, equals, answer = text.partition("=")
    if not equals:
        raise CommandError(f"--data {text} gives no answer.", "Write it as --data NAME=ANSWER, for example --data kind=chat.")
    return name, answer


def render(target: Path, answers: Mapping[str, object], *, ask: bool) -> dict[str, object]:
    """Render the template into *target* and return all answers; where *ask*, a person is asked for those that are not given.

    Raises:
        CommandError: an answer cannot be one, copier is not installed, or *target* cannot be written.
    """
    copier = import_copier()
    try:
        made = copier.run_copy(str(template_folder()), target, data={**answers, **own_answers()}, defaults=not ask, quiet=True)
    except (copier.errors.CopierError, ValueError) as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise CommandError(
            f"The project cannot be made: {' '.join(str(error).split())}", "Give other answers; `pyboot new --list` tells what can be said."
        ) from error
    except OSError as error:
        raise CommandError(
            f"{error.filename or target} cannot be written: {error.strerror}.", "Choose another place with --in FOLDER."
        ) from error
    return {name: made.answers.combined[name] for name in questions()}


def import_copier() -> Any:  # Any: a module that may not be there
    """Return the module `copier`, which takes a third of a second to import, and is an extra.

    Raises:
        CommandError: it is not installed.
    """
    try:
        import copier
        import copier.errors
    except ImportError as error:
        raise CommandError("This command needs copier, which is not installed.", "pip install 'pyboot-framework[cli]'") from error
    return copier


def write_settings_schema(project: Path, package: str) -> str:
    """Write what an editor completes the project's settings with, where it has some; return what is left to its people if that failed.

    The application is looked at in a process of its own, and not started.
    """
    if not (project / "application.yaml").is_file():
        return ""
    asked = ["config", "schema", package, "--output", SCHEMA]
    try:
        command = [sys.executable, "-m", "pyboot.cli", *asked]
        done = subprocess.run(command, cwd=project, capture_output=True, check=False, timeout=60).returncode == 0  # noqa: S603  ourselves
    except subprocess.TimeoutExpired:
        done = False
    return "" if done else f"{SCHEMA} could not be written; see what is wrong by `pyboot {' '.join(asked)}`."
