"""When the web room is there, and what it costs where it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.boot import BeanDefinition, Import, PyBootApplication
from pyboot.boot.discovery.entrypoints import installed
from pyboot.web import AsgiHost, WebProperties
from pyboot.web.autoconfigure import WebAutoConfiguration, WebRegistrar, _is_application
from tests.web.web_client import served

ROOT = Path(__file__).resolve().parents[2]


def test_it_is_found_through_the_starter() -> None:
    """By its entry point."""
    (entry,) = [entry for entry in installed("pyboot.autoconfigure") if entry.name == "web"]

    assert WebAutoConfiguration is entry.load()


@pytest.mark.slow
def test_an_application_without_a_web_part_imports_nothing_of_it() -> None:
    """Neither a framework nor the host; the labels and the question are all."""
    program = (
        "import asyncio, sys\n"
        "from pyboot.boot import PyBootApplication, start\n"
        "@PyBootApplication(scan=())\n"
        "class App: ...\n"
        "async def main():\n"
        "    async with start(App): pass\n"
        "asyncio.run(main())\n"
        "print([name for name in sorted(sys.modules) if name.partition('.')[0] in ('fastapi', 'starlette') or 'pyboot.web.' in name])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert str(["pyboot.web.annotations", "pyboot.web.autoconfigure"]) == ran.stdout.splitlines()[-1]


@pytest.mark.parametrize("module", ["fastapi", "starlette.applications", "litestar.app"])
def test_applications_are_told_by_their_class(module: str) -> None:
    """And by nothing that would have to be imported."""
    base = type("Starlette" if module.startswith("starlette") else "Litestar", (), {"__module__": module})
    known, other = type("Own", (base,), {}), type("Starlette", (), {"__module__": "mine"})

    def definition(kind: type) -> BeanDefinition:
        return BeanDefinition(name="x", provides=kind, factory=kind, target=kind)

    assert [True, True, False] == [_is_application(definition(kind)) for kind in (base, known, other)]


def test_editors_know_the_settings() -> None:
    """Those of the room."""
    assert [("web", WebProperties)] == list(WebRegistrar().settings())


async def test_a_server_without_any_bean_serves_what_its_setting_names() -> None:
    """No code at all."""

    @PyBootApplication(scan=())
    @Import()
    class Empty:
        """Has nothing."""

    async with served(Empty, {"netty.servers.site.asgi": "tests.web.plain_app:app"}, "site") as (client, context):
        assert "plain /a" == (await client.get("/a")).text
        assert context.find(AsgiHost) is not None
