"""`pyboot completion`."""

import os
import shutil
import subprocess
import sys

import pytest

from pyboot.cli.commands.completion import SHELLS, script
from pyboot.cli.parser.machine import Shell


def test_the_parser_knows_every_shell() -> None:
    """And no other."""
    assert list(SHELLS) == list(Shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_first_line_says_where_it_goes(shell: str) -> None:
    """As a comment; the rest asks `pyboot` itself."""
    first, *rest = script(shell).splitlines()

    assert first.startswith("# ")
    assert SHELLS[shell] in first
    assert "_PYBOOT_COMPLETE" in "\n".join(rest)


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shutil.which(shell)])
def test_the_shell_can_read_it(shell: str) -> None:
    """Each that is installed here."""
    read = subprocess.run([shell, "-n"], input=script(shell), capture_output=True, text=True, timeout=30, check=False)

    assert (0, "") == (read.returncode, read.stderr)


def test_what_the_script_asks_is_answered() -> None:
    """The commands that begin so."""
    asking = {**os.environ, "_PYBOOT_COMPLETE": "complete_bash", "COMP_WORDS": "pyboot che", "COMP_CWORD": "1"}

    told = subprocess.run([sys.executable, "-m", "pyboot.cli"], env=asking, capture_output=True, text=True, timeout=30, check=False)

    assert ["check"] == told.stdout.split()
