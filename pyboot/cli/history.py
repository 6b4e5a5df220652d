"""The templates of earlier versions, so that a project can be brought from one to another: each a patch upon the one before it.

Theory of operation. A project knows the version of the template that made it (`_commit` in its answers). What changed since can be
told apart from what its people changed only against what that template rendered, so the old template must be had again, without a
network and from a wheel. The folder `templates` beside this file holds `1.patch`, which makes the first one out of nothing,
`2.patch`, which makes the second one of that, and so on. A version with a patch is frozen: whoever changes the template after that
gives it the next number, `template_version` in `copier.yml` (tests/cli/test_history.py holds it). At a release,
`python -m pyboot.cli.history` writes the patch. What a checkout makes between two releases is no version: its number comes with a
digest of the template, `2.dev0+0123abcd`, and can be had again only from where it was.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from .errors import CommandError

PATCHES = Path(__file__).resolve().parent / "templates"

# What runs leave behind in a checkout; never part of a template.
_LEFT_OUT = re.compile(r"(^|/)(__pycache__|\.[^/]*_cache|\.venv|\.git)(/|$)|\.py[co]$")

# What a hook of git's sets for its own repository.
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")


def git(folder: Path, *arguments: str, given: bytes = b"") -> str:
    """Run git in *folder* and return what it prints.

    Raises:
        CommandError: git is not installed, or refuses; the text is its own.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    settings = ("-c", "user.name=pyboot", "-c", "user.email=pyboot@localhost", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false")
    command = ["git", *settings, "-c", f"core.hooksPath={os.devnull}", *arguments]
    try:
        ran = subprocess.run(command, cwd=folder, env=environment, input=given, capture_output=True, check=False)  # noqa: S603  # no shell
    except FileNotFoundError as error:
        raise CommandError("This command needs git, which is not installed.", "Install git 2.24 or newer.") from error
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip() or f"it ended with {ran.returncode}"
        raise CommandError(f"git {' '.join(arguments)} failed: {said}", "See what git says about it.")
    return ran.stdout.decode(errors="surrogateescape")


def number_of(template: Path) -> int:
    """Return the number that *template* has, or will have when it is released."""
    found = re.search(r'^template_version: .*default: "(\d+)"', (template / "copier.yml").read_text(encoding="utf-8"), re.MULTILINE)
    return int(found[1]) if found else 1  # the first one had none


def version_of(template: Path) -> str:
    """Return the version of *template*: its number where that is frozen, else with a digest of what it is now."""
    number = number_of(template)
    if (PATCHES / f"{number}.patch").is_file():
        return str(number)
    return f"{number}.dev0+{digest(template)}"


def digest(template: Path) -> str:
    """Return what tells one state of a template from another."""
    hashed = hashlib.sha256()
    for file in files_of(template):
        hashed.update(file.relative_to(template).as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()[:8]


def files_of(template: Path) -> list[Path]:
    """Return the files of *template*, without what runs leave behind."""
    return sorted(file for file in template.rglob("*") if file.is_file() and not _LEFT_OUT.search(file.relative_to(template).as_posix()))


def frozen_numbers() -> list[int]:
    """Return the numbers of the templates that can be had again, in order."""
    return sorted(int(patch.stem) for patch in PATCHES.glob("*.patch"))


def write_template(number: int, folder: Path) -> None:
    """Write the frozen template *number* into *folder*, which is empty.

    Raises:
        CommandError: git is not installed.
    """
    git(folder, "init", "-q")  # else git would apply it to a repository around it
    for earlier in range(1, number + 1):
        git(folder, "apply", "--whitespace=nowarn", str(PATCHES / f"{earlier}.patch"))
    shutil.rmtree(folder / ".git")


def copy_template(source: Path, folder: Path) -> None:
    """Write the template that *source* holds into *folder*: it is one, a checkout of pyboot, or a wheel of `pyboot-framework`.

    Raises:
        CommandError: there is none in it.
    """
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as wheel, tempfile.TemporaryDirectory() as place:
            wheel.extractall(place, [name for name in wheel.namelist() if name.startswith("pyboot/cli/app_template/")])
            copy_template(Path(place, "pyboot/cli/app_template"), folder)
        return
    found = next((place for place in (source, source / "app_template") if (place / "copier.yml").is_file()), None)
    if found is None:
        raise CommandError(f"{source} holds no template.", "Name a checkout of pyboot, a wheel of pyboot-framework, or an app_template.")
    for file in files_of(found):
        target = folder / file.relative_to(found)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def freeze(template: Path) -> Path:
    """Write the patch that makes *template* of the one before it, and return the patch's file.

    Raises:
        CommandError: its number is frozen already, or the one before it is not.
    """
    number, frozen = number_of(template), frozen_numbers()
    if number != len(frozen) + 1:
        raise CommandError(
            f"The template has the number {number}; frozen are {', '.join(map(str, frozen)) or 'none'}.",
            f'Say template_version: …default: "{len(frozen) + 1}" in copier.yml.',
        )
    patch = PATCHES / f"{number}.patch"
    patch.write_bytes(difference(number - 1, template))
    return patch


def difference(number: int, template: Path) -> bytes:
    """Return the patch that makes *template* of the frozen one *number*; nothing where they are the same."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_template(number, folder)
        git(folder, "init", "-q")
        git(folder, "add", "--all", "--force")
        git(folder, "commit", "-q", "--allow-empty", "-m", str(number))
        for file in files_of(folder):
            if ".git/" not in file.as_posix():
                file.unlink()
        copy_template(template, folder)
        git(folder, "add", "--all", "--force")
        return git(folder, "diff", "--cached", "--binary", "--no-renames", "--no-color").encode(errors="surrogateescape")


if __name__ == "__main__":
    from .template import template_folder  # which needs this file

    print(f"Wrote {freeze(template_folder())}.")
