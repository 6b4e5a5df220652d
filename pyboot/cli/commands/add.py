"""`pyboot add`: makes a project depend on a starter, and writes the starter's example settings, as comments, beside its own.

Whatever a person wrote stays as it is: tomlkit changes the one list of ``pyproject.toml``, comments and order kept, and settings are only
ever added as comments, so that nothing has another meaning afterwards.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, final

from pyboot.boot.model.nearest import nearest
from pyboot.cli.errors import CommandError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_PREFIX = "pyboot-starter-"
_PIECES = Path(__file__).resolve().parents[1] / "pieces"
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")  # what a requirement begins with
_BEGINNING = re.compile(r"(?:[ \t]*(?:[#%].*)?\r?\n)*---(?:[ \t].*)?\r?\n")  # of a first document that says where it begins
_DOCUMENT = re.compile(r"^(---|\.\.\.)(\s|$)", re.MULTILINE)  # where a YAML document begins or ends


@final
class Starter(NamedTuple):
    """A distribution that brings what an application needs for one purpose."""

    name: str
    brings: str
    group: str | None = None
    """The dependency group that it belongs in; None for what the application itself needs."""
    settings: str | None = None
    """What its settings stand below, and the piece that holds their example is called after."""


STARTERS = (
    Starter("pyboot-starter-netty", "Servers and clients over TCP.", settings="netty"),
    Starter("pyboot-starter-web", "Controllers, and ASGI and WSGI applications, over HTTP.", settings="web"),
    Starter("pyboot-starter-actuator", "Health, meters, and a look into the running application.", settings="management"),
    Starter("pyboot-starter-test", "What the tests of an application need.", group="dev"),
)


@final
class Added(NamedTuple):
    """The changes that *starter* makes to the files of a project; none where it is there already."""

    starter: Starter
    project: Path
    place: str
    """The list of ``pyproject.toml`` that names the starter."""
    files: Mapping[str, str]
    """The files that change, as they are afterwards."""
    added: Mapping[str, str]
    """What comes to each of them."""
    is_written: bool

    def facts(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "starter": self.starter.name,
            "project": str(self.project),
            "place": self.place,
            "files": dict(self.files),
            "written": self.is_written,
        }

    def __str__(self) -> str:
        """Return what was done, or what would be."""
        if not self.files:
            return f"{self.starter.name} is there already, in {self.place} of pyproject.toml."
        if not self.is_written:
            return "\n\n".join(f"# {place}\n\n{text.rstrip()}" for place, text in self.added.items())
        return "\n".join(
            [
                *(f"Changed {place}" for place in self.files),
                f"{self.starter.name} stands in {self.place}; install it: uv sync, or pip install {self.starter.name}",
            ]
        )


def known() -> list[Starter]:
    """Return the starters that can be added: pyboot's own, then those of others that are installed here."""
    own = {starter.name for starter in STARTERS}
    found = {_uniform(each.metadata["Name"]): each.metadata.get("Summary") or "" for each in distributions()}
    return [*STARTERS, *(Starter(name, found[name]) for name in sorted(found) if name.startswith(_PREFIX) and name not in own)]


def facts() -> list[dict[str, str]]:
    """Return the known starters for JSON."""
    return [{"name": starter.name, "brings": starter.brings} for starter in known()]


def text() -> str:
    """Return the known starters, a line each."""
    return "\n".join(f"{starter.name:<24}{starter.brings}".rstrip() for starter in known())


def add(name: str, project: Path, *, is_dry: bool = False) -> Added:
    """Make *project* depend on the starter *name*; where *is_dry*, only tell what would change.

    Raises:
        CommandError: no such starter is known, the project has no ``pyproject.toml``, or that one cannot be changed.
    """
    starter = starter_of(name)
    file = project / "pyproject.toml"
    if not file.is_file():
        raise CommandError(
            f"{project.absolute()} has no pyproject.toml.", "Go to the project's folder, name it with --in, or make one: pyboot new."
        )
    before = _read(file)
    held = next(_places(before, file, starter), None)
    if held is not None:
        return Added(starter, project, held, {}, {}, is_written=False)
    changed, added = {}, {}
    settings = _settings_file(project) if starter.settings else None
    if settings is not None:
        example = (_PIECES / f"{starter.settings}_settings.yaml.txt").read_text(encoding="utf-8")
        said = _read(project / settings) if (project / settings).exists() else ""
        if not re.search(rf"^(# ?)*{starter.settings}[.:]", said, re.MULTILINE):
            changed[settings], added[settings] = _with_example(said, example), example
    place = f"[dependency-groups] {starter.group}" if starter.group else "[project] dependencies"
    changed[file.name], added[file.name] = _with_dependency(before, file, starter), f'{place} += "{starter.name}"'
    for each, content in () if is_dry else changed.items():  # pyproject.toml comes last: until then, it can be done again
        try:
            (project / each).write_text(content, encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(f"{project / each} cannot be written: {error.strerror}.", "Look who may write there.") from error
    return Added(starter, project, place, changed, added, not is_dry)


def starter_of(name: str) -> Starter:
    """Return the starter that *name* means, short or whole.

    Raises:
        CommandError: none is known by it.
    """
    starters = {starter.name.removeprefix(_PREFIX): starter for starter in known()}
    short = _uniform(name).removeprefix("pyboot-").removeprefix("starter-")
    if short not in starters:
        near = nearest(short, starters)
        action = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(starters)}; one of others has to be installed first."
        raise CommandError(f"There is no starter '{name}'.", action)
    return starters[short]


def _uniform(name: str) -> str:
    """Return *name* as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}.", "Correct it.") from error


def _places(text: str, file: Path, starter: Starter) -> Iterator[str]:
    """Iterate over the lists that name *starter* so that it counts: what only the tests get is none for the application itself."""
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise CommandError(f"{file} cannot be read: {error}.", "Correct it.") from error
    project = content.get("project", {})
    lists = {"[project] dependencies": project.get("dependencies", ())}
    if starter.group is not None:
        lists |= {f"[dependency-groups] {name}": items for name, items in content.get("dependency-groups", {}).items()}
        lists |= {f"[project.optional-dependencies] {name}": items for name, items in project.get("optional-dependencies", {}).items()}
    for place, items in lists.items():
        named = [_NAME.match(item) for item in items if isinstance(item, str)]
        if starter.name in [_uniform(match[1]) for match in named if match]:
            yield place


def _with_dependency(text: str, file: Path, starter: Starter) -> str:
    """Return the ``pyproject.toml`` *text* with *starter* in its list.

    Raises:
        CommandError: it has no such list, and none may be made; or tomlkit is not installed.
    """
    try:
        import tomlkit  # needed by this one command only
    except ImportError as error:
        raise CommandError("`pyboot add` needs tomlkit, which is not installed.", "pip install 'pyboot-framework[cli]'") from error

    ends = "\r\n" if "\r\n" in text else "\n"
    document = tomlkit.parse(text.replace("\r\n", "\n"))
    owner: Any = document.get("project")  # Any: a table or what stands for one, by dotted keys
    if starter.group is not None:
        owner = document.setdefault("dependency-groups", tomlkit.table())
        key = next((group for group in owner if _uniform(group) == starter.group), starter.group)
    elif owner is None or "dependencies" in owner.get("dynamic", ()):
        raise CommandError(
            f"{file} keeps its dependencies elsewhere: {'it has no [project]' if owner is None else 'they are dynamic'}.",
            f"Add {starter.name} where they stand.",
        )
    else:
        key = "dependencies"
    if key not in owner:
        owner[key] = tomlkit.array()
    if not isinstance(owner[key], list):
        raise CommandError(f"{file} cannot be changed: '{key}' is no list.", "Correct it.")
    owner[key].append(starter.name)
    _add_source(document, starter)
    return tomlkit.dumps(document).replace("\n", ends)


def _add_source(document: "TOMLDocument", starter: Starter) -> None:
    """Take *starter* from the checkout that ``pyboot-framework`` is taken from, if it is from one: both have to fit."""
    import tomlkit

    sources: Any = document.get("tool", {}).get("uv", {}).get("sources", {})  # Any: as above
    framework = sources.get("pyboot-framework", {})
    path = framework.get("path") if isinstance(framework, Mapping) else None
    if path is None or starter.name in sources:
        return
    place = Path(path, "starters", starter.name)
    if starter in STARTERS:
        source = tomlkit.inline_table()
        source["path"] = place.as_posix()
        sources[starter.name] = source


def _settings_file(project: Path) -> str | None:
    """Return the file that gets examples: ``application.yaml``; None where the project writes its settings in another form."""
    held = [name for name in ("application.yaml", "application.yml", "config/application.yaml") if (project / name).is_file()]
    return held[0] if held else None if any(project.glob("application.*")) else "application.yaml"


def _with_example(text: str, example: str) -> str:
    """Return the settings *text* with *example* at the end of its first document, which counts for every profile."""
    first = _BEGINNING.match(text)
    end = _DOCUMENT.search(text, first.end() if first else 0)
    head, tail = (text, "") if end is None else (text[: end.start()], text[end.start() :])
    ends = "\r\n" if "\r\n" in text else "\n"
    parts = [part for part in (head.rstrip(), example.rstrip().replace("\n", ends), tail) if part]
    return (ends * 2).join(parts).rstrip() + ends
