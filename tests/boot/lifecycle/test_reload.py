"""Reloading settings while the application runs."""

import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

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


async def test_every_form_of_properties_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dataclasses with slots too; what was worked out from former values is worked out again."""
    monkeypatch.chdir(tmp_path)

    @ConfigurationProperties("slotted", refreshable=True)
    @dataclass(frozen=True, slots=True)
    class Slotted:
        size: int = 1

    @ConfigurationProperties("worked", refreshable=True)
    class Worked(BaseModel):
        size: int = 1

        @cached_property
        def double(self) -> int:
            return 2 * self.size

    @Import(Slotted, Worked)
    @PyBootApplication
    class Both: ...

    async with start(Both) as context:
        slotted, worked = context.get(Slotted), context.get(Worked)
        assert (1, 2) == (slotted.size, worked.double)
        (tmp_path / "application.yaml").write_text("slotted.size: 3\nworked.size: 3\n")
        await context.get(SettingsReloader).reload()

        assert (3, 6) == (slotted.size, worked.double)
        assert {"size"} == worked.model_fields_set


async def test_variables_of_a_file_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the key that they mean."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SHOP_MAX_ITEMS=2\n")
    async with start(App) as context:
        (tmp_path / ".env").write_text("SHOP_MAX_ITEMS=3\n")

        assert {"shop.max-items"} == await context.get(SettingsReloader).reload()
        assert 3 == context.get(Shop).max_items


async def test_a_value_that_would_not_fit_at_the_next_start_is_refused_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although the class that it is bound to does not follow."""
    monkeypatch.chdir(tmp_path)
    async with start(App) as context:
        (tmp_path / "application.yaml").write_text("shop.max-items: 5\nfixed.size: large\n")
        with pytest.raises(BindError, match=r"fixed\.size"):
            await context.get(SettingsReloader).reload()

        assert 1 == context.get(Shop).max_items


async def test_the_profiles_of_the_start_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that names another one now does not bring its settings in."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "application.yaml"
    file.write_text("pyboot.profiles.active: one\n")
    (tmp_path / "application-one.yaml").write_text("shop.max-items: 1\n")
    (tmp_path / "application-two.yaml").write_text("shop.max-items: 2\n")
    async with start(App) as context:
        file.write_text("pyboot.profiles.active: two\n")
        await context.get(SettingsReloader).reload()

        assert (1, ("one",)) == (context.get(Shop).max_items, context.environment.active_profiles)


async def test_what_has_changed_is_logged_with_its_place_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And what takes effect at the next start only."""
    monkeypatch.chdir(tmp_path)

    @ConfigurationProperties("vault", refreshable=True)
    class Vault(BaseModel):
        password: str = ""
        pin: SecretStr = SecretStr("")

    @Import(Shop, Fixed, Vault)
    @PyBootApplication
    class Secretive: ...

    file = tmp_path / "application.yaml"
    file.write_text("shop: {max-items: 1, name: old}\n")
    async with start(Secretive) as context:
        file.write_text("shop: {max-items: 2}\nfixed.size: 4\nvault: {password: hunter2, pin: 1234}\n")
        with caplog.at_level(logging.INFO):
            await context.get(SettingsReloader).reload()

    assert [
        "the setting fixed.size is now 4 (application.yaml:2); it takes effect at the next start",
        "the setting shop.max-items is now 2 (application.yaml:1)",
        "the setting shop.name is no longer set",
        "the setting vault.password is now ****** (application.yaml:3)",
        "the setting vault.pin is now ****** (application.yaml:3)",
    ] == [message for message in caplog.messages if message.startswith("the setting")]
