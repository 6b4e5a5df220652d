"""The events of an application's life, in the order they are published."""

from pyboot.boot.container.context import ApplicationContext
from pyboot.boot.record import Record


class ApplicationEvent(Record):
    """Something happened to the application of *context*."""

    context: ApplicationContext


class ContextRefreshedEvent(ApplicationEvent):
    """All beans are made and started."""


class ApplicationStartedEvent(ApplicationEvent):
    """The application is up after *seconds*; its runners have not been called."""

    seconds: float = 0.0


class ApplicationReadyEvent(ApplicationEvent):
    """The runners have ended; the application takes work."""

    seconds: float = 0.0


class ApplicationFailedEvent(ApplicationEvent):
    """The start was broken off by *error*, after the beans had been made; they are about to be destroyed."""

    error: BaseException


class ApplicationDrainingEvent(ApplicationEvent):
    """The application, or this process of it, will end: it begins nothing new, and nothing has been stopped.

    A worker that is replaced goes on with its connections for ``pyboot.workers.quiet-period`` from here, and one of several that all end
    for ``pre-stop-delay``; otherwise `ContextClosedEvent` follows at once.
    """


class ContextClosedEvent(ApplicationEvent):
    """The application is about to stop: nothing has been stopped yet."""
