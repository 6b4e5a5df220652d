"""The labels for methods that the container calls."""

from pyboot.boot.model.label import labels
from pyboot.boot.model.task import Async, AsyncLabel, EventListener, EventListenerLabel, Scheduled


def test_a_listener_works_bare_with_types_and_with_keywords() -> None:
    """The types stand in parentheses or in the hint."""

    def listen(event: int) -> None: ...

    assert listen is EventListener(listen)
    assert listen is EventListener(int, str)(listen)
    assert listen is EventListener(order=3)(listen)
    assert [((), 0), ((int, str), 0), ((), 3)] == [(entry.events, entry.order) for entry in labels(listen, EventListenerLabel)]


def test_a_schedule_and_a_background_method_are_labels() -> None:
    """More than one schedule may stand on a method."""

    @Async
    @Scheduled(every="5s")
    @Scheduled(cron="0 3 * * *")
    def work() -> None: ...

    assert [None, "5s"] == [entry.every for entry in labels(work, Scheduled)]
    assert 1 == len(labels(work, AsyncLabel))
