"""What a server serves, by the text of its setting."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from pyboot.boot import Bean, Configuration, Import, PyBootApplication, start
from pyboot.web.applications import Served, application_of
from pyboot.web.errors import AsgiTargetError, UnclearApplicationError


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Do nothing."""


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    """Answer nothing."""
    return []


class Framework:
    """Stands for an application of a framework."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Do nothing."""


@Configuration
class Web:
    """Two applications."""

    @Bean
    def admin(self) -> Framework:
        """Make one."""
        return Framework()

    @Bean
    def shop(self) -> Framework:
        """Make another."""
        return Framework()


@PyBootApplication(scan=())
@Import(Web)
class App:
    """Has them."""


@pytest.fixture(autouse=True)
def module() -> Iterator[ModuleType]:
    """Have a module to name."""
    made = ModuleType("shop_web")
    made.app, made.wsgi, made.create, made.number = app, wsgi, lambda: app, 7  # type: ignore[attr-defined]
    sys.modules["shop_web"] = made
    yield made
    del sys.modules["shop_web"]


async def served(target: str, *, is_wsgi: bool = False) -> Any:
    """What a server with the setting *target* serves."""
    async with start(App) as context:
        beans = [entry for entry in context.graph.index.definitions if entry.provides is Framework]
        return await application_of(Served("web", "netty.servers.web.asgi", target, is_wsgi), context, beans)


async def test_modules_factories_and_beans() -> None:
    """Each form that a setting may have."""
    assert app is await served("shop_web:app")
    assert app is await served("shop_web:create()")
    assert isinstance(await served("admin"), Framework)
    assert await served("shop_web:wsgi", is_wsgi=True) is not None


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nowhere:app", "there is no module 'nowhere'"),
        ("shop_web.sub:app", "there is no module 'shop_web.sub'"),
        ("shop_web:ap", "there is no 'ap' in it"),
        ("shop_web:number", "an ASGI application is called with three arguments"),
        ("shop_web:wsgi", "say wsgi instead of asgi"),
        ("admn", "no bean of that name is an application; there are: admin, shop"),
    ],
)
async def test_what_cannot_be_served_is_told(target: str, reason: str) -> None:
    """With the setting, its value and what was seen."""
    with pytest.raises(AsgiTargetError) as raised:
        await served(target)

    assert f"netty.servers.web.asgi is '{target}'" in str(raised.value)
    assert reason in str(raised.value)


async def test_the_nearest_name_is_told() -> None:
    """Of what a module holds, and of beans."""
    for target, near in (("shop_web:ap", "app"), ("admn", "admin")):
        with pytest.raises(AsgiTargetError) as raised:
            await served(target)
        assert f"Did you mean '{near}'?" == raised.value.action


async def test_several_beans_and_no_word_are_refused() -> None:
    """Both are named, and how to say it."""
    with pytest.raises(UnclearApplicationError) as raised:
        await served("")

    assert "admin (" in str(raised.value)
    assert "--netty.servers.web.asgi=" in raised.value.action


async def test_what_a_module_itself_cannot_import_is_its_own_error(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not taken for a name that is not there."""
    (tmp_path / "broken_web.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        await served("broken_web:app")
