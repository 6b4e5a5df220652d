"""What is shown runs: the README's blocks and every program of docs/examples, and the pages include files that are there."""

import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md"))

type Serve = Callable[..., Any]  # the fixture of conftest.py; its class cannot be imported from there


def converse(port: int, said: bytes, expected: bytes) -> None:
    """Say something to the server on *port* and hear what it answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(said)
        heard = b""
        while len(heard) < len(expected) and (chunk := client.recv(4096)):
            heard += chunk

    assert expected == heard


@pytest.mark.slow
def test_the_readme_application_greets(serve: Serve, tmp_path: Path) -> None:
    """The first block of the README, as a file, run as a program."""
    (tmp_path / "greeter.py").write_text(BLOCKS[0])

    server = serve(sys.executable, "greeter.py", "--netty.port=0", cwd=tmp_path)

    converse(server.port, b"ada\n", b"hello ada\n")


@pytest.mark.slow
def test_the_readme_echo_server_echoes(serve: Serve, tmp_path: Path) -> None:
    """The last block of the README; only its port is changed to a free one, and its log is shown."""
    (tmp_path / "echo.py").write_text("import logging\n\nlogging.basicConfig(level='INFO')\n" + BLOCKS[-1].replace("8080", "0"))

    server = serve(sys.executable, "echo.py", cwd=tmp_path)

    converse(server.port, b"hi", b"hi")


@pytest.mark.slow
def test_the_greeter_example_greets(serve: Serve) -> None:
    """docs/examples/greeter, the application of the README and of the first page."""
    server = serve(sys.executable, "app.py", "--netty.port=0", cwd=ROOT / "docs/examples/greeter")

    converse(server.port, b"ada\n", b"hello ada\n")


@pytest.mark.slow
def test_the_echo_example_echoes(serve: Serve, tmp_path: Path) -> None:
    """docs/examples/echo, the network library without the container, on a free port."""
    (tmp_path / "server.py").write_text((ROOT / "docs/examples/echo/server.py").read_text().replace("8080", "0"))

    server = serve(sys.executable, "server.py", cwd=tmp_path)

    converse(server.port, b"hi", b"hi")


def test_every_example_has_its_test() -> None:
    """A program that is shown and not run is named here."""
    tested = {"echo", "greeter"}

    assert tested == {path.name for path in (ROOT / "docs/examples").iterdir() if path.is_dir()}


def test_the_readme_and_the_first_page_show_the_same_program() -> None:
    """docs/examples/greeter/app.py is the README's block under a docstring."""
    shown = (ROOT / "docs/examples/greeter/app.py").read_text()

    assert shown.endswith(BLOCKS[0])


def test_the_readme_names_two_commands() -> None:
    """One installs what is missing and runs, one installs what is missing and tests; continuous integration calls the second."""
    commands = [line for line in README.splitlines() if line.startswith("pip install")]

    assert ["pip install uv && uv run pyboot run app_template", "pip install uv && uv run pytest"] == commands
    assert commands[1] in (ROOT / ".ci/run").read_text().splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_includes_and_links_to_files_that_are_there(page: Path) -> None:
    """Code on a page is a file that runs; a link leads somewhere."""
    text = page.read_text()
    included = [ROOT / ("docs" if name.startswith("examples") else "") / name for name in re.findall(r'--8<-- "(.+?)"', text)]
    linked = [page.parent / name for name in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)]

    assert [] == [str(path) for path in [*included, *linked] if not path.is_file()]
