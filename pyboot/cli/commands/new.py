"""`pyboot new`: render `app_template` under a new name."""

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pyboot.cli.commands.add import add, starter_of
from pyboot.cli.errors import CommandError
from pyboot.cli.template import Question, questions, render, write_settings_schema

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# What a project depends on: none of them can be its own name.
_NEEDED = (
    "mypy",
    "pyboot-framework",
    "pyboot-starter-actuator",
    "pyboot-starter-netty",
    "pyboot-starter-test",
    "pyboot-starter-web",
    "pyright",
    "pytest",
    "ruff",
)


class NewProject(NamedTuple):
    """A project that has been made: where it is, what was answered, and its files."""

    folder: Path
    answers: Mapping[str, object]
    remark: str = ""
    """What is left to do by hand, if anything is."""

    @property
    def files(self) -> list[str]:
        """The files that were written, by their paths in the folder."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    def facts(self) -> dict[str, object]:
        """Return what there is to tell, for other programs."""
        return {"folder": str(self.folder), "answers": dict(self.answers), "files": self.files, "remark": self.remark}

    def __str__(self) -> str:
        command = (
            f"uv run python -m {self.answers['package']}"
            if self.answers["kind"] == "library"
            else f"uv run pyboot run {self.answers['package']}"
        )
        told = f"Made {self.folder}. It runs and passes its tests:\n\n  cd {self.folder}\n  uv run pytest\n  {command}\n"
        return f"{told}\n{self.remark}\n" if self.remark else told


def new_project(name: str, folder: Path, answers: Mapping[str, object], *, starters: Sequence[str] = (), ask: bool = False) -> NewProject:
    """Render the template into *folder*/*name*; where *ask*, a person is asked for the answers that are not given.

    The *starters* are added as `pyboot add` does it.

    Raises:
        CommandError: the name cannot name a project, a starter is not known, the folder holds something already, an answer cannot be one,
            copier is not installed, or nothing can be written there.
    """
    target = folder / checked_name(name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CommandError(f"{target} is there already, and not empty.", "Choose another name, or another place with --in FOLDER.")
    parent = next(place for place in target.absolute().parents if place.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise CommandError(f"{target} cannot be written: {parent} is no folder that can be.", "Choose another place with --in FOLDER.")
    for each in starters:
        starter_of(each)  # before anything is written
    given = render(target, {**answers, "project_name": name}, ask=ask)
    for each in starters:
        add(each, target)
    return NewProject(target, given, write_settings_schema(target, str(given["package"])))


def checked_name(name: str) -> str:
    """Return *name*.

    Raises:
        CommandError: it cannot name a project.
    """
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"{name!r} cannot name a project.",
            "Use lower-case letters, digits and single dashes, starting with a letter: for example greeter or chat-server.",
        )
    if name in _NEEDED:
        raise CommandError(f"{name} is the name of something that the project needs.", f"Choose another one: my-{name}, for example.")
    return name


def somebody_sits_there() -> bool:
    """Tell whether a person can be asked: both ends of the conversation are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def list_questions(*, as_json: bool = False) -> str:
    """Return what can be made and answered, for people or for programs."""
    asked = questions()
    if as_json:
        return json.dumps({name: _facts(question) for name, question in asked.items()}, indent=2)
    return "\n\n".join(_paragraph(question) for question in asked.values())


def _facts(question: Question) -> dict[str, object]:
    return {"help": question.help, "type": question.type, "choices": dict(question.choices), "default": question.default}


def _paragraph(question: Question) -> str:
    default = (
        "follows from the others"
        if "{{" in str(question.default)
        else str(question.default).lower()
        if question.type == "bool"
        else question.default
    )
    width = max(map(len, question.choices), default=0)
    lines = [
        f"{question.name}: {question.help}  [{default}]",
        *(f"  {choice:<{width}}  {text}".rstrip() for choice, text in question.choices.items()),
    ]
    return "\n".join(lines)
