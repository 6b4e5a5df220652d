"""`pyboot beans`."""

from typing import Any

import pytest
from pydantic import BaseModel

from pyboot.boot import (
    Bean,
    Blueprint,
    ConditionalOnProperty,
    Configuration,
    ConfigurationProperties,
    Import,
    Provider,
    PyBootApplication,
    Service,
    prepare,
)
from pyboot.boot.config.load import Given
from pyboot.cli.commands import beans


class Clock: ...


@ConfigurationProperties("mail")
class Mail(BaseModel):
    """Settings."""

    host: str = "localhost"


@Service
class Mailer:
    """Needs a clock, now and later."""

    def __init__(self, clock: Clock, later: Provider[Clock], mail: Mail) -> None: ...


@Configuration
class Clocks:
    """Offers one."""

    @Bean
    @ConditionalOnProperty("clock.on")
    def clock(self) -> Clock:
        """Tell the time."""
        return Clock()


@Import(Clocks, Mailer, Mail)
@PyBootApplication(scan=())
class App:
    """Mails."""


@pytest.fixture
def blueprint() -> Blueprint:
    """The application, with its clock."""
    return prepare(App, Given(properties={"clock.on": "true", "pyboot.autoconfigure.enabled": False}))


def of(name: str, blueprint: Blueprint) -> dict[str, Any]:
    """What is told of the bean *name*."""
    (entry,) = [entry for entry in beans.facts(blueprint) if entry["name"] == name]
    return entry


def test_each_bean_says_why_it_is_there(blueprint: Blueprint) -> None:
    """Its label, who makes it, and the condition that held."""
    clock = ["@Bean of 'clocks'", "@ConditionalOnProperty: 'clock.on' is 'true', wanted is anything but false"]

    assert clock == of("clock", blueprint)["because"]
    assert ["@Service"] == of("mailer", blueprint)["because"]
    assert ['@ConfigurationProperties("mail")'] == of("mail", blueprint)["because"]
    assert ["the application itself"] == of("app", blueprint)["because"]
    assert ["every application has it"] == of("shutdown", blueprint)["because"]


def test_each_bean_says_whom_it_needs_and_who_needs_it(blueprint: Blueprint) -> None:
    """A @Bean method needs its configuration."""
    assert (["clocks"], ["mailer"]) == (of("clock", blueprint)["needs"], of("clock", blueprint)["needed_by"])
    assert ["clock", "mail"] == of("mailer", blueprint)["needs"]


def test_people_read_a_paragraph_for_each(blueprint: Blueprint) -> None:
    """What every application has stands in one line."""
    told = beans.text(blueprint)

    assert told.startswith("5 beans of App, in the order of their making\n\n")
    assert "\n\nmailer  (Mailer, singleton)\n    origin     tests/cli/commands/test_beans.py:" in told
    assert "    because    @Service\n    needs      clock, mail\n" in told
    assert "Every application has, besides: application_context, environment," in told
