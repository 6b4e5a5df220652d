"""Providers: the library's view of the beans, and what importing it must not bring along."""

import subprocess
import sys

import pytest
from dependency_injector import providers

from pyboot.boot.container.providers import call, value


class Awaitable:
    _asyncio_future_blocking = False


def test_a_bean_that_looks_like_a_future_comes_out_as_it_is() -> None:
    """G2, G4: no provider turns into one that returns futures."""
    bean = Awaitable()
    provider, calling = value(bean), call(lambda: bean)

    assert bean is provider() is provider()
    assert bean is calling() is calling()


def test_they_are_the_librarys_own_providers() -> None:
    """G11: who builds a graph of the library on them may override them there; the container's beans stay what they are."""
    provider = value("bean")
    user = providers.Factory(str.upper, provider)
    assert "BEAN" == user()
    with provider.override("fake"):  # type: ignore[attr-defined]  # the library's method, not the container's
        assert "FAKE" == user()


@pytest.mark.slow
def test_web_frameworks_are_not_imported() -> None:
    """G14: the library's containers and wiring would import what is installed of them."""
    forbidden = "'fastapi', 'starlette', 'flask', 'werkzeug', 'aiohttp', 'dependency_injector.containers', 'dependency_injector.wiring'"
    code = f"import pyboot.boot, sys; print([name for name in ({forbidden}) if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout
