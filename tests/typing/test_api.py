"""The types of the public surface, as a user's type checkers see them."""

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PROGRAMS = sorted(path for path in HERE.glob("*.py") if not path.stem.startswith("test_") and path.stem not in ("conftest", "refused"))
REFUSED = HERE / "refused.py"
SURFACES = ["pyboot.boot", "pyboot.components.netty", "pyboot.components.netty.wire", "pyboot.netty", "pyboot.testing", "pyboot_netty"]

pytestmark = pytest.mark.slow


def test_mypy_takes_what_users_write(mypy: Callable[..., str]) -> None:
    """Strict, it finds nothing, in our own starter neither."""
    assert "" == mypy(*PROGRAMS)
    assert "" == mypy("-p", "pyboot_netty")


@pytest.mark.parametrize("mode", ["standard", "strict"])
def test_pyright_takes_what_users_write(pyright: Callable[..., str], mode: str) -> None:
    """As editors have it, and strict, it finds nothing."""
    assert "" == pyright(*PROGRAMS, mode=mode)


def test_both_refuse_what_is_wrong(mypy: Callable[..., str], pyright: Callable[..., str]) -> None:
    """In the lines that say so and in no other: what is taken is taken because it fits, and not because everything is Any."""
    lines = list(enumerate(REFUSED.read_text().splitlines(), 1))
    by_both = {number for number, line in lines if line.endswith("# refused")}
    by_mypy = {number for number, line in lines if line.endswith("# refused by mypy alone")}

    for wrong, found in ((by_both | by_mypy, mypy(REFUSED)), (by_both, pyright(REFUSED, mode="standard"))):
        assert wrong == {int(number) for number in re.findall(r"refused\.py:(\d+): (?!note)", found)}, found


def test_type_checkers_see_every_name_that_is_offered(mypy: Callable[..., str], pyright: Callable[..., str], tmp_path: Path) -> None:
    """Each name of each `__all__`, which follows from the surface at run time, is one that both find there."""
    program = tmp_path / "names.py"
    offered = [(surface, name) for surface in SURFACES for name in importlib.import_module(surface).__all__]
    program.write_text(
        "".join(f"from {surface} import {name} as of_{index}\n" for index, (surface, name) in enumerate(offered))
        + f"print({', '.join(f'of_{index}' for index in range(len(offered)))})\n"
    )

    assert "" == mypy(program)
    assert "" == pyright(program)
