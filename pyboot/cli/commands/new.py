"""`pyboot new`: render `app_template` under a new name."""

import re
from pathlib import Path

from pyboot.cli.errors import CommandError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_project(name: str, folder: Path, description: str = "") -> str:
    """Render the template into *folder*/*name* and return what to do next.

    Raises:
        CommandError: the name cannot name a project, the folder holds something already, or copier is not installed.
    """
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"{name!r} cannot name a project.",
            "Use lower-case letters, digits and single dashes, starting with a letter: for example greeter or chat-server.",
        )
    target = folder / name
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CommandError(f"{target} is there already, and not empty.", "Choose another name, or another place with --in FOLDER.")
    _render(target, {"project_name": name} | ({"description": description} if description else {}))
    return f"Made {target}. It runs and passes its tests:\n\n  cd {target}\n  uv run pytest\n  uv run pyboot run app\n"


def template_folder() -> Path:
    """The template: beside the commands in an installed distribution, at the top of the repository otherwise."""
    package = Path(__file__).resolve().parents[1]
    installed, checkout = package / "app_template", package.parents[1] / "app_template"
    return installed if installed.is_dir() else checkout


def _render(target: Path, answers: dict[str, str]) -> None:
    try:
        import copier  # an extra: an application that is already there never needs it
    except ImportError as error:
        raise CommandError("pyboot new needs copier, which is not installed.", "pip install 'pyboot-framework[cli]'") from error
    copier.run_copy(str(template_folder()), target, data=answers, defaults=True, quiet=True)
