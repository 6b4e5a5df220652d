"""`pyboot upgrade`: bring a project up to the template of this pyboot, with `copier update`; local edits are kept, conflicts are told.

Theory of operation. Copier merges three states: what the old template makes of the project's answers, what the new one makes of them,
and the project. It wants the templates as two commits of one git repository, and changes the project in place. So both templates are
put into a repository for the time of the command, and the merge is done in a clone of the project: what goes wrong there leaves the
project as it was. What came out is applied to the project as one patch, all of it or nothing, and is left for its people to commit.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pyboot.cli.errors import CommandError
from pyboot.cli.history import copy_template, frozen_numbers, git, version_of, write_template
from pyboot.cli.template import ANSWERS, import_copier, own_answers, template_folder, write_settings_schema

_FIRST = "1"  # did not write its version down
_OLD, _NEW = "v1", "v2"  # the tags of the two templates in the repository of the command


class Upgrade(NamedTuple):
    """The outcome for a project: what was changed, or would be."""

    before: str
    after: str
    changed: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    patch: str = ""
    remark: str = ""
    """What is left to do by hand, if anything is."""

    def facts(self) -> dict[str, object]:
        """Return the outcome for other programs."""
        return {
            "from": self.before,
            "to": self.after,
            "changed": list(self.changed),
            "conflicts": list(self.conflicts),
            "remark": self.remark,
        }

    def __str__(self) -> str:
        if self.before == self.after:
            return f"The project is that of template {self.after} already."
        lines = [f"Brought from template {self.before} to {self.after}:", "", *(f"  {name}" for name in self.changed)]
        if self.conflicts:
            lines += ["", "Both have changed these; each has the two versions between <<<<<<< and >>>>>>>:", ""]
            lines += [f"  {name}" for name in self.conflicts]
        lines += ["", self.remark] if self.remark else []
        return "\n".join([*lines, "", "See what has changed with `git diff`, run the tests, and commit."])


def upgrade_project(
    project: Path, *, origin: Path | None = None, answers: Mapping[str, object] | None = None, dry: bool = False
) -> Upgrade:
    """Bring *project* up to the template of this pyboot and return what has changed; where *dry*, leave it as it is.

    Args:
        project: the folder with the answers; it stands in a git repository, and everything in it is committed.
        origin: where the old template is, if it is none of a release: a checkout, or a wheel of ``pyboot-framework``.
        answers: to the questions that the new template asks and the old one did not; else the defaults are taken.
        dry: whether to tell only.

    Raises:
        CommandError: it is no project of this template, is not committed, was made by a template that cannot be had again, or a
            file that git does not know is in the way. The project is as it was.
    """
    import_copier()
    before, after = _made_by(project), version_of(template_folder())
    if before == after and origin is None:
        return Upgrade(before, after)
    top = _committed(project)
    with tempfile.TemporaryDirectory(prefix="pyboot-upgrade-") as place:
        templates, clone = Path(place, "templates"), Path(place, "project")
        _commit_templates(templates, before, origin)
        git(top, "clone", "-q", "--no-hardlinks", str(top), str(clone))
        conflicts = _merge(clone / project.relative_to(top), templates, answers or {})
        git(clone, "add", "--all")
        patch = git(clone, "diff", "--cached", "--binary", "--no-renames", "--no-color", "HEAD~1")
        changed = tuple(git(clone, "diff", "--cached", "--name-only", "--no-renames", "-z", "HEAD~1").split("\0")[:-1])
    result = Upgrade(before, after, changed, conflicts, patch)
    if not dry and patch:
        _apply(top, result)
        if not conflicts:
            return result._replace(remark=write_settings_schema(project, str(_answers(project).get("package", "app"))))
    return result


def _answers(project: Path) -> dict[str, object]:
    import yaml  # the container has it, but not every command

    try:
        read = yaml.safe_load((project / ANSWERS).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CommandError(
            f"{project} has no {ANSWERS}, so nobody made it with `pyboot new`.", "Name the folder of a project that was."
        ) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CommandError(f"{project / ANSWERS} cannot be read: {error}", f"Take it back from git: git checkout {ANSWERS}.") from error
    if not isinstance(read, dict):
        raise CommandError(f"{project / ANSWERS} holds no answers.", f"Take it back from git: git checkout {ANSWERS}.")
    return read


def _made_by(project: Path) -> str:
    """The version of the template that made *project*."""
    answers = _answers(project)
    source, version = str(answers.get("_src_path", "")), answers.get("_commit")
    if source == "pyboot-framework" and isinstance(version, str):
        return version.removeprefix("v")
    if version is None and Path(source).name == "app_template":
        return _FIRST
    raise CommandError(
        f"The project was made from {source or 'another template'}, not by `pyboot new`.", "Upgrade it with `copier update`."
    )


def _committed(project: Path) -> Path:
    """The top of the repository that *project* stands in, with nothing uncommitted in it."""
    try:
        top = Path(git(project, "rev-parse", "--show-toplevel").strip()).resolve()
        git(project, "rev-parse", "--verify", "-q", "HEAD")
    except CommandError as error:
        if "not installed" in error.description:
            raise
        action = 'So that you see what changes, and can take it back: git init && git add --all && git commit -m "Before the upgrade".'
        raise CommandError(f"{project} is in no git repository with a commit.", action) from error
    changed = git(project, "status", "--porcelain", "--", ".").splitlines()
    if changed:
        raise CommandError(
            f"{project} has changes that are not committed: {', '.join(line[3:] for line in changed[:3])}.", "Commit or stash them first."
        )
    return top


def _commit_templates(folder: Path, before: str, origin: Path | None) -> None:
    """Make *folder* a repository with two commits, the template that made the project and that of this pyboot."""
    folder.mkdir()
    if origin is not None:
        copy_template(origin, folder)
    elif before.isdecimal() and int(before) in frozen_numbers():
        write_template(int(before), folder)
    else:
        raise _lost(before)
    git(folder, "init", "-q")
    _commit(folder, _OLD)
    git(folder, "rm", "-r", "-q", "-f", ".")
    copy_template(template_folder(), folder)
    _commit(folder, _NEW)


def _lost(version: str) -> CommandError:
    number = version.partition(".")[0]
    if number.isdecimal() and int(number) > len(frozen_numbers()) + 1:
        return CommandError(
            f"The project was made by template {version}, which is newer than this pyboot.", "Install a newer pyboot-framework."
        )
    return CommandError(
        f"The project was made by template {version}, a state between two releases, which this pyboot cannot make again.",
        "Say where it is: pyboot upgrade --from CHECKOUT, or --from WHEEL of the pyboot-framework that made it.",
    )


def _commit(folder: Path, tag: str) -> None:
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "-q", "--allow-empty", "-m", tag)
    git(folder, "tag", tag)


def _merge(project: Path, templates: Path, answers: Mapping[str, object]) -> tuple[str, ...]:
    """Let copier merge in *project*, a clone; return the files in conflict."""
    copier = import_copier()
    import yaml

    known = _answers(project) | {"_src_path": str(templates), "_commit": _OLD}
    (project / ANSWERS).write_text(yaml.safe_dump(known, allow_unicode=True), encoding="utf-8")
    git(project, "add", "--force", ANSWERS)
    git(project, "commit", "-q", "-m", "where the templates are")
    try:
        copier.run_update(
            project, data={**answers, **own_answers()}, defaults=True, overwrite=True, quiet=True, vcs_ref=_NEW, conflict="inline"
        )
    except (copier.errors.CopierError, ValueError) as error:
        raise CommandError(
            f"The project cannot be upgraded: {' '.join(str(error).split())}", "It is as it was; give other answers with --data."
        ) from error
    return tuple(git(project, "diff", "--name-only", "--diff-filter=U", "-z").split("\0")[:-1])


def _apply(top: Path, result: Upgrade) -> None:
    """Change the project: all of it, or nothing."""
    try:
        git(top, "apply", "--whitespace=nowarn", "-", given=result.patch.encode(errors="surrogateescape"))
    except CommandError as error:
        raise CommandError(
            f"The project is as it was, because something is in the way: {error.description.partition('failed: ')[2]}",
            "Move away, or commit, what git does not know there, and try again.",
        ) from error
