"""`pyboot generate`: writes a handler, a server, a codec and their like into a project, each with its test.

The texts stand beside the commands, in ``pieces/``; what is written passes the checks of a project that `pyboot new` has made.
"""

import keyword
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, NamedTuple, final

from pyboot.cli.errors import CommandError

_PIECES = Path(__file__).resolve().parents[1] / "pieces"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

_LONGEST = 20  # letters of a name: with more of them lines would have to be broken elsewhere

_MODULES = {
    "handler": "{}_handler",
    "server": "{}_server",
    "client": "{}_client",
    "codec": "{}_codec",
    "configuration": "{}_configuration",
    "controller": "{}_controller",
}

KINDS = ("handler", "server", "client", "controller", "codec", "component", "configuration", "starter")


@final
class Generated(NamedTuple):
    """The files of one piece, by their place in the project, and whether they were written."""

    project: Path
    files: Mapping[str, str]
    is_written: bool

    def facts(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"project": str(self.project), "files": dict(self.files), "written": self.is_written}

    def __str__(self) -> str:
        """Return the places of the files, and the files themselves where they were not written."""
        if self.is_written:
            return "\n".join(f"Wrote {place}" for place in self.files)
        return "\n\n".join(f"# {place}\n\n{text.rstrip()}" for place, text in self.files.items())


def generate(kind: str, name: str, project: Path, *, is_dry: bool = False, overwrites: bool = False) -> Generated:
    """Write the piece *kind* called *name*, with its test, into *project*; where *is_dry*, only tell what it would be.

    Raises:
        CommandError: the name is none, the project holds no package, or a file is there and *overwrites* is not said.
    """
    words = _words(kind, name)
    files = _starter(words) if kind == "starter" else _piece(kind, words, package_of(project))
    held = [place for place in files if (project / place).exists()]
    if held and not overwrites and not is_dry:
        raise CommandError(
            f"{', '.join(held)} {'are' if len(held) > 1 else 'is'} there already.", "Choose another name, or say --force to overwrite."
        )
    for place, text in () if is_dry else files.items():
        file = project / place
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(
                f"{file} cannot be written: {error.strerror}.", "Look who may write there, or run it in another folder."
            ) from error
    return Generated(project, files, not is_dry)


def package_of(project: Path) -> Path:
    """Return the package of the application in *project*, below it: what ``[tool.pyboot] app`` names, or its one package.

    Raises:
        CommandError: there is none, or there are several.
    """
    configured = _configured(project / "pyproject.toml")
    roots = [root for root in ("src", ".") if (project / root).is_dir()]
    if configured is not None:
        place = configured.partition(":")[0].partition(".")[0]
        found = [Path(root, place) for root in roots if (project / root / place).is_dir()]
    else:
        found = [file.parent.relative_to(project) for root in roots for file in sorted((project / root).glob("*/__init__.py"))]
        found = [package for package in found if package.name != "tests"]
    if len(found) != 1:
        seen = f"its packages are {', '.join(map(str, found))}" if found else "there is no package in it"
        raise CommandError(
            f"{project} does not tell where the application stands: {seen}.",
            'Go to the project\'s folder, or name its package in pyproject.toml: [tool.pyboot] app = "app".',
        )
    return found[0]


def _configured(file: Path) -> str | None:
    if not file.is_file():
        return None
    try:
        named = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("pyboot", {}).get("app")
    except ValueError as error:
        raise CommandError(f"{file} cannot be read: {error}.", "Correct it.") from error
    return named if isinstance(named, str) else None


def _words(kind: str, name: str) -> list[str]:
    """The words of *name*, in lower case, without the kind that it may end with.

    Raises:
        CommandError: it can name no class and no module.
    """
    words = [word.lower() for word in _WORD.findall(name)] if _NAME.fullmatch(name) else []
    words = words[:-1] if len(words) > 1 and words[-1] == kind else words
    module = "_".join(words)
    if keyword.iskeyword(module):
        raise CommandError(f"{name!r} cannot name a {kind}: it is a word of the language.", f"Use another word, or two: my-{module}.")
    if not words or len(module) > _LONGEST or module in ("test", "tests"):
        raise CommandError(
            f"{name!r} cannot name a {kind}.",
            f"Use up to {_LONGEST} letters, digits and single dashes, starting with a letter: echo, chat-room or ChatRoom.",
        )
    return words


def _piece(kind: str, words: list[str], package: Path) -> dict[str, str]:
    function = "_".join(words)
    module = _MODULES.get(kind, "{}").format(function)
    names = {**_names(words), "package": package.name, "module": module}
    return {
        (package / f"{module}.py").as_posix(): _filled(f"{kind}.py", names),
        f"tests/test_{module}.py": _filled(f"{kind}_test.py", names),
    }


def _starter(words: list[str]) -> dict[str, str]:
    distribution, module = f"pyboot-starter-{'-'.join(words)}", f"pyboot_starter_{'_'.join(words)}"
    names = {**_names(words), "distribution": distribution, "module": module}
    return {
        f"{distribution}/pyproject.toml": _filled("starter_pyproject.toml", names),
        f"{distribution}/README.md": _filled("starter_README.md", names),
        f"{distribution}/{module}/__init__.py": _filled("starter_init.py", names),
        f"{distribution}/{module}/autoconfigure.py": _filled("starter_autoconfigure.py", names),
        f"{distribution}/{module}/py.typed": "",
        f"{distribution}/tests/test_autoconfigure.py": _filled("starter_test.py", names),
    }


def _names(words: list[str]) -> dict[str, str]:
    return {"Name": "".join(map(str.capitalize, words)), "kebab": "-".join(words), "function": "_".join(words)}


def _filled(piece: str, names: Mapping[str, str]) -> str:
    return Template((_PIECES / f"{piece}.txt").read_text(encoding="utf-8")).substitute(names)
