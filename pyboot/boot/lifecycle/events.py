"""The events of an application's life, in the order they are published."""

from dataclasses import dataclass

from pyboot.boot.container.context import ApplicationContext


@dataclass(frozen=True, slots=True)
class ApplicationEvent:
    """Something happened to the application of *context*."""

    context: ApplicationContext


@dataclass(frozen=True, slots=True)
class ContextRefreshedEvent(ApplicationEvent):
    """All beans are made and started."""


@dataclass(frozen=True, slots=True)
class ApplicationStartedEvent(ApplicationEvent):
    """The application is up after *seconds*; its runners have not been called."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ApplicationReadyEvent(ApplicationEvent):
    """The runners have ended; the application takes work."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ApplicationFailedEvent(ApplicationEvent):
    """The start was broken off by *error*, after the beans had been made; they are about to be destroyed."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class ContextClosedEvent(ApplicationEvent):
    """The application is about to stop: nothing has been stopped yet."""
