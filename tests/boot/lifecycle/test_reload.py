"""Reloading settings while the application runs."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from pyboot.boot import (
    Component,
    ConfigurationProperties,
    EnvironmentChangedEvent,
    EventListener,
    Import,
    PyBootApplication,
    SettingsReloader,
    start,
)
from pyboot.boot.errors import BindError


@ConfigurationProperties("shop", refreshable=True)
class Shop(BaseModel):
    model_config = ConfigDict(frozen=True)
    max_items: int = 1
    name: str = ""


@ConfigurationProperties("fixed")
class Fixed(BaseModel):
    size: int = 1


@Component
class Holder:
    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.changes: list[frozenset[str]] = []

    @EventListener
    def changed(self, event: EnvironmentChangedEvent) -> None:
        self.changes.append(event.keys)


@Import(Shop, Fixed, Holder)
@PyBootApplication
class App: ...


async def test_refreshable_properties_follow_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay the same object; others stay as they were; listeners are told the keys."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "application.yaml"
    file.write_text("shop:\n  max-items: 1\n  name: a\nfixed:\n  size: 1\n")
    async with start(App) as context:
        holder, reloader = context.get(Holder), context.get(SettingsReloader)
        assert frozenset() == await reloader.reload()
        file.write_text("shop:\n  max_items: 2\n  name: a\nfixed:\n  size: 2\n")
        changed = await reloader.reload()

        assert {"shop.max-items", "fixed.size"} == changed
        assert [changed] == holder.changes
        assert (2, 1) == (holder.shop.max_items, context.get(Fixed).size)
        assert "2" == context.environment.get("fixed.size")


async def test_a_value_that_does_not_fit_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names its origin."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "application.yaml"
    file.write_text("shop:\n  max-items: 1\n")
    async with start(App) as context:
        file.write_text("shop:\n  max-items: many\n")
        with pytest.raises(BindError, match=r"application\.yaml:2"):
            await context.get(SettingsReloader).reload()

        assert 1 == context.get(Holder).shop.max_items
        assert "1" == context.environment.get("shop.max-items")
