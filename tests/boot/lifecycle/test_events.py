"""The events of an application's life are plain values."""

from pyboot.boot import ApplicationEvent, ApplicationReadyEvent, ApplicationStartedEvent, ContextClosedEvent, ContextRefreshedEvent


def test_every_event_is_an_application_event() -> None:
    """One listener can have them all."""
    for kind in (ContextRefreshedEvent, ApplicationStartedEvent, ApplicationReadyEvent, ContextClosedEvent):
        assert issubclass(kind, ApplicationEvent)
