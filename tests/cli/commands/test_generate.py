"""`pyboot generate`: what it writes passes the checks of a project as it stands."""

import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.cli.commands.generate import KINDS, generate, package_of
from pyboot.cli.commands.new import new_project
from pyboot.cli.errors import CommandError
from pyboot.cli.parser.project import Kind


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a package, and no more."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").touch()
    (tmp_path / "tests").mkdir()
    return tmp_path


def test_the_parser_knows_every_kind() -> None:
    """In the order of the texts."""
    assert KINDS == tuple(Kind)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chat-room", "ChatRoomHandler"),
        ("ChatRoomHandler", "ChatRoomHandler"),
        ("chat_room", "ChatRoomHandler"),
        ("HTTPEcho", "HttpEchoHandler"),
        ("handler", "HandlerHandler"),
    ],
)
def test_a_name_may_be_written_in_any_form(project: Path, name: str, expected: str) -> None:
    """What it ends with says nothing new."""
    made = generate("handler", name, project, is_dry=True)

    assert f"class {expected}(" in "".join(made.files.values())


@pytest.mark.parametrize("name", ["", "9lives", "chat room", "a--b", "../x", "class", "tests", "-x", "a" * 21])
def test_a_name_that_is_none_is_refused(project: Path, name: str) -> None:
    """Before anything is written."""
    with pytest.raises(CommandError, match="cannot name a component"):
        generate("component", name, project)

    assert ["__init__.py"] == [path.name for path in (project / "app").iterdir()]


def test_a_name_that_python_has_taken_is_refused_for_that(project: Path) -> None:
    """With one that would do."""
    with pytest.raises(CommandError, match="'class' cannot name a handler: it is a word of the language") as refused:
        generate("handler", "class", project)

    assert "my-class" in refused.value.action
    assert generate("handler", "my-class", project, is_dry=True).files


def test_each_piece_stands_beside_its_test(project: Path) -> None:
    """In the application's package, which may stand in src."""
    assert ["app/chat_handler.py", "tests/test_chat_handler.py"] == list(generate("handler", "chat", project).files)

    (project / "app").rename(project / "lib")
    (project / "src").mkdir()
    (project / "lib").rename(project / "src/app")

    assert "src/app/chat.py" in generate("component", "chat", project).files


def test_a_dry_run_tells_and_writes_nothing(project: Path) -> None:
    """The files as they would be."""
    told = str(generate("server", "chat", project, is_dry=True))

    assert told.startswith("# app/chat_server.py\n\n")
    assert "class ChatServer:" in told
    assert [] == list((project / "tests").iterdir())


def test_nothing_is_overwritten_unasked(project: Path) -> None:
    """Both files are told."""
    generate("component", "chat", project)
    (project / "app/chat.py").write_text("mine")

    with pytest.raises(CommandError, match=r"app/chat.py, tests/test_chat.py are there already"):
        generate("component", "chat", project)
    assert "mine" == (project / "app/chat.py").read_text()

    generate("component", "chat", project, overwrites=True)
    assert "mine" != (project / "app/chat.py").read_text()


def test_the_package_is_the_one_that_is_named_or_the_only_one(project: Path) -> None:
    """Of several, nobody knows which."""
    (project / "more").mkdir()
    (project / "more/__init__.py").touch()
    with pytest.raises(CommandError, match="its packages are app, more"):
        package_of(project)

    (project / "pyproject.toml").write_text('[tool.pyboot]\napp = "more.server:App"\n')
    assert Path("more") == package_of(project)

    (project / "pyproject.toml").write_text("[tool")
    with pytest.raises(CommandError, match="cannot be read"):
        package_of(project)


def test_a_folder_without_a_package_is_told(tmp_path: Path) -> None:
    """It is hardly the project's."""
    with pytest.raises(CommandError, match="there is no package in it"):
        generate("handler", "chat", tmp_path)


@pytest.mark.slow
def test_everything_that_is_written_passes_the_checks_of_a_project(tmp_path: Path) -> None:
    """Its form, its types and its tests; and the application that has all of it can start."""
    project = new_project("chat-server", tmp_path, {}).folder
    for kind in KINDS:
        generate(kind, "letters" if kind == "component" else "chat-rooms-of-others", project)

    # of several servers a handler has to say which is its own
    for file, bare in (("handlers.py", "@ChannelHandlerBean("), ("chat_rooms_of_others_handler.py", "@ChannelHandlerBean")):
        own = (project / "app" / file).read_text()
        said = '@ChannelHandlerBean(server="greet"' + (", " if bare.endswith("(") else ")")
        (project / "app" / file).write_text(own.replace(bare, said))

    def ran(*command: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-m", *command], cwd=project, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout + done.stderr

    for command in (
        "ruff format --check .",
        "ruff check .",
        "mypy",
        "pyboot.cli check --skip ports",  # not --strict: two handlers that answer stand in one pipeline now, which it rightly warns of
        "pytest -q tests --ignore tests/test_app.py",
        "pytest -q -c pyboot-starter-chat-rooms-of-others/pyproject.toml pyboot-starter-chat-rooms-of-others/tests",
    ):
        code, told = ran(*command.split())
        assert 0 == code, told
