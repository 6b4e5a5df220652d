"""What `pyboot new` makes, for every combination of answers: rendered from the wheels, then checked and run as its README says.

Each kind is rendered with every pair of the other answers. All of them are looked at and linted; what type checkers and tests would read
alike in two of them, since the answers differ in a licence or a container image only, they read once.
"""

import hashlib
import itertools
import json
import re
import shutil
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow

KINDS = ("line", "rpc", "chat", "gateway", "rest", "job", "library", "bare")
ANSWERS: dict[str, tuple[str, ...]] = {
    "docker": ("yes", "no"),
    "ci": ("github", "gitlab", "none"),
    "license": ("none", "Apache-2.0", "MIT"),
    "package": ("app", "a_package_with_a_name_of_forty_letters_x"),
}
AT_ONCE = 2

RENDER = """
import json, sys
from pathlib import Path
from pyboot.cli.template import read_answers, render
for name, answers in json.load(sys.stdin).items():
    render(Path(name), {"project_name": name, **read_answers(answers)}, ask=False)
"""


def pairwise(answers: dict[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """Few combinations that hold every pair of answers to two questions: each takes the most pairs that are left."""
    names = list(answers)
    left = {
        frozenset(pair)
        for a, b in itertools.combinations(names, 2)
        for pair in itertools.product(*([(n, x) for x in answers[n]] for n in (a, b)))
    }
    every = [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*answers.values())]
    while left:
        best = max(every, key=lambda chosen: sum(pair <= set(chosen.items()) for pair in left))
        left = {pair for pair in left if not pair <= set(best.items())}
        yield best


def test_every_pair_of_answers_is_there() -> None:
    """In a quarter of all combinations."""
    chosen = list(pairwise(ANSWERS))

    for (one, ones), (other, others) in itertools.combinations(ANSWERS.items(), 2):
        assert {(combination[one], combination[other]) for combination in chosen} == set(itertools.product(ones, others))
    assert 12 >= len(chosen)


@pytest.fixture(scope="module")
def programs(from_wheels: Path, uv: Callable[..., None]) -> Path:
    """The environment of the wheels, with what a project is checked by."""
    uv("pip", "install", "--python", str(from_wheels.parent), "mypy", "ruff", "pytest", "pytest-asyncio")
    return from_wheels


@pytest.fixture(scope="module")
def projects(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every combination, rendered by the wheel of the framework."""
    folder = tmp_path_factory.mktemp("projects")
    answers = {
        f"{kind}-{number}": [f"kind={kind}", *(f"{name}={answer}" for name, answer in chosen.items())]
        for kind in KINDS
        for number, chosen in enumerate(pairwise(ANSWERS))
    }
    checked(programs / "python", "-c", RENDER, cwd=folder, given=json.dumps(answers))
    return [folder / name for name in answers]


def checked(*command: str | Path, cwd: Path, given: str | None = None, codes: Sequence[int] = (0,)) -> str:
    """Run *command* and return what it prints; it ends with one of *codes*."""
    ran = subprocess.run([*map(str, command)], cwd=cwd, input=given, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode in codes, f"{' '.join(map(str, command))} in {cwd}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


def distinct(projects: Sequence[Path]) -> list[Path]:
    """One project of those in which type checkers and tests read the same."""

    def read(project: Path) -> str:
        hashed = hashlib.sha256()
        settings = tomllib.loads((project / "pyproject.toml").read_text())["tool"]
        files = [*project.glob("*/*.py"), *project.glob("application*.yaml")]
        for text in [json.dumps(settings), *(f"{file.relative_to(project)} {file.read_text()}" for file in sorted(files))]:
            hashed.update(re.sub(rf"\b{project.name}\b", "NAME", text).encode())
        return hashed.hexdigest()

    return list({read(project): project for project in projects}.values())


@pytest.fixture
def each(capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Call a function with each project, two at once, and tell how far it is."""

    def call(doing: str, function: Callable[[Path], object], projects: Sequence[Path]) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool, capsys.disabled():
            for number, _ in enumerate(pool.map(function, projects), 1):
                print(f"\r{doing}: {number} of {len(projects)} projects, {time.monotonic() - began:.0f} s", end="", flush=True)
            print()

    return call


def test_no_project_has_anything_of_the_template_left(projects: list[Path]) -> None:
    """No braces, no suffix, no empty line at an end, no file without an end."""
    for file in (
        file for project in projects for file in project.rglob("*") if file.is_file() and not re.search(r"_cache|__pycache__", str(file))
    ):
        text = file.read_text()
        assert not re.search(r"\{\{|\{%|\{#|jinja", text.replace("${{", "")), file
        assert not re.search(r"\{\{|if_|jinja", str(file.name)), file
        assert text.endswith("\n"), file
        assert not text.endswith("\n\n"), file


def test_every_file_of_a_project_can_be_read_by_whom_it_is_for(projects: list[Path]) -> None:
    """Settings, workflows and the image's recipe; what is named in them is there."""
    for project in projects:
        pyproject = tomllib.loads((project / "pyproject.toml").read_text())
        package = project / pyproject["tool"]["mypy"]["packages"][0]
        assert package.is_dir()
        assert ("license" in pyproject["project"]) == (project / "LICENSE").is_file()
        assert "sources" not in pyproject["tool"]["uv"], "wheels point nowhere"
        for file in [*project.glob("*.yaml"), *project.glob(".github/workflows/*.yml"), *project.glob(".gitlab-ci.yml")]:
            assert isinstance(yaml.safe_load(file.read_text()), dict), file
        image = project / "Dockerfile"
        copied = re.findall(r"^COPY (?!--from)(.+) \S+$", image.read_text(), re.MULTILINE) if image.is_file() else []
        named = [name for line in copied for name in line.split() if name != "uv.loc[k]"]
        assert [] == [name for name in named if not list(project.glob(name))]
        assert f"-m {package.name}" in (project / f"deploy/{project.name}.service").read_text()
        assert not image.is_file() or f'"-m", "{package.name}"' in image.read_text()


DESCRIPTION = """ 50% of "it" {{ x }} {% y %} \\ 'é' <&> # ${z} $HOME : - """ + "and so on " * 20


def test_a_description_may_be_any_line(programs: Path, tmp_path: Path) -> None:
    """However odd or long it is, it is read back as it was said, and no file of Python is the worse for it."""
    answers = {f"odd-{kind}": [f"kind={kind}", f"description={DESCRIPTION}"] for kind in KINDS}
    checked(programs / "python", "-c", RENDER, cwd=tmp_path, given=json.dumps(answers))

    for name in answers:
        assert DESCRIPTION == tomllib.loads((tmp_path / name / "pyproject.toml").read_text())["project"]["description"]
        assert DESCRIPTION == yaml.safe_load((tmp_path / name / ".copier-answers.yml").read_text())["description"]
        assert DESCRIPTION.replace("%", "%%").strip() in (tmp_path / name / f"deploy/{name}.service").read_text()
        assert "and so on" not in "".join(file.read_text() for file in (tmp_path / name).rglob("*.py"))


def test_every_project_is_formatted_and_linted(programs: Path, projects: list[Path]) -> None:
    """By its own settings, whatever its names are."""
    folder = projects[0].parent
    checked(programs / "ruff", "format", "--check", "--no-cache", ".", cwd=folder)
    checked(programs / "ruff", "check", "--no-cache", ".", cwd=folder)


def test_every_project_passes_mypy(programs: Path, projects: list[Path], each: Callable[..., None], tmp_path: Path) -> None:
    """In strict mode, as its settings say."""
    warm = tmp_path / "warm"
    checked(programs / "mypy", "--cache-dir", warm, cwd=projects[0])  # what all of them import is read once

    def check(project: Path) -> None:
        checked(programs / "mypy", "--cache-dir", shutil.copytree(warm, tmp_path / project.name), cwd=project)

    each("mypy", check, distinct(projects))


def test_every_project_passes_pyright(programs: Path, projects: list[Path], each: Callable[..., None], uv: Callable[..., None]) -> None:
    """In strict mode, as its settings say. basedpyright is pyright with its engine inside: nothing is loaded when it runs."""
    try:
        uv("pip", "install", "--python", str(programs.parent), "basedpyright")
    except AssertionError as error:
        pytest.skip(f"basedpyright cannot be installed here: {error}")
    python = programs / "python"
    each("pyright", lambda project: checked(programs / "basedpyright", "--pythonpath", python, cwd=project), distinct(projects))


def test_every_project_passes_its_tests(programs: Path, projects: list[Path], each: Callable[..., None]) -> None:
    """In memory and over the loopback address."""
    each("pytest", lambda project: checked(programs / "python", "-m", "pytest", "-q", cwd=project), distinct(projects))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("job", "bare")])
def test_every_server_runs(programs: Path, projects: list[Path], kind: str, serve: Callable[..., Any]) -> None:
    """As its README says, in the profile of its image; the library by `python -m`."""
    project = next(project for project in projects if project.name.startswith(kind))
    package = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["mypy"]["packages"][0]
    command = [str(programs / "python"), "-m", package] if kind == "library" else [str(programs / "pyboot"), "run", "--profile=dev"]

    assert 0 < serve(*command, "--port=0", cwd=project).port


def test_the_job_runs(programs: Path, projects: list[Path]) -> None:
    """As its README says."""
    project = next(project for project in projects if project.name.startswith("job"))

    assert "README.md: " in checked(programs / "pyboot", "run", "--", "README.md", cwd=project)


def test_every_application_takes_its_profiles_and_its_example_of_an_environment(programs: Path, projects: list[Path]) -> None:
    """No setting in them is unknown, so the image and the unit start."""
    for kind in KINDS:
        project = next(project for project in projects if project.name.startswith(kind))
        if kind == "library":
            continue
        (project / ".env").write_text((project / ".env.example").read_text().replace("# NETTY", "NETTY").replace("# COUNT", "COUNT"))
        told = json.loads(checked(programs / "pyboot", "env", "--profile=dev,prod", "--json", cwd=project))
        (project / ".env").unlink()
        assert ["dev", "prod"] == told["profiles"]
        assert {"application-dev.yaml", "application-prod.yaml", "application.yaml", ".env"} <= set(told["sources"])


MADE_BY_THE_FIRST = """
import copier, pathlib
from pyboot.cli.history import write_template
pathlib.Path("app_template").mkdir()
write_template(1, pathlib.Path("app_template"))
copier.run_copy("app_template", "chat", data={"project_name": "chat"}, defaults=True, quiet=True)
"""


def commit(project: Path) -> None:
    """Everything, in a repository of its own."""
    checked("git", "init", "-q", cwd=project)
    checked("git", "add", "--all", cwd=project)
    checked("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a", cwd=project)


def test_a_project_is_made_by_the_command_of_a_wheel(programs: Path, tmp_path: Path) -> None:
    """With its schema for editors; it is of the newest template."""
    checked(programs / "pyboot", "new", "chat", "--kind", "chat", "--data", "package=room", cwd=tmp_path)
    assert "netty" in json.loads((tmp_path / "chat/application.schema.json").read_text())["properties"]
    commit(tmp_path / "chat")

    assert "already" in checked(programs / "pyboot", "upgrade", cwd=tmp_path / "chat")


def test_a_project_of_the_first_template_is_upgraded_by_a_wheel(programs: Path, tmp_path: Path) -> None:
    """The templates of then come with it; local edits are kept, and it passes its tests."""
    checked(programs / "python", "-c", MADE_BY_THE_FIRST, cwd=tmp_path)
    project = tmp_path / "chat"
    (project / "mine.txt").write_text("mine\n")
    commit(project)

    assert "Brought from template 1 to" in checked(programs / "pyboot", "upgrade", cwd=project)

    assert "mine\n" == (project / "mine.txt").read_text()
    assert (project / "Dockerfile").is_file()
    checked(programs / "python", "-m", "pytest", "-q", cwd=project)
