"""What a newer list changes."""

from pyboot.cluster.presence.topic import Present, Topic

KIM, LEE = Present("kim", (1,)), Present("lee", (None,))


def test_the_first_list_is_no_news() -> None:
    """The next ones are, once."""
    topic = Topic(5)
    assert ([], []) == topic.update([KIM], 0)
    assert ([LEE], []) == topic.update([KIM, LEE], 1)
    assert ([], []) == topic.update([LEE, KIM], 2)
    assert {"kim", "lee"} == topic.present.keys()


def test_who_comes_back_within_the_linger_was_never_gone() -> None:
    """Who does not has left when it is over."""
    topic = Topic(5)
    topic.update([KIM, LEE], 0)
    assert ([], []) == topic.update([], 10)
    assert 15 == topic.next_due
    assert ([], []) == topic.update([KIM], 14)
    assert ([], [LEE]) == topic.update([KIM], 15)
    assert (None, {"kim"}) == (topic.next_due, topic.present.keys())
    assert ([LEE], []) == topic.update([KIM, LEE], 16)


def test_without_a_linger_leaving_is_told_at_once() -> None:
    """And coming back is news."""
    topic = Topic(0)
    topic.update([KIM], 0)
    assert ([], [KIM]) == topic.update([], 1)
    assert ([KIM], []) == topic.update([KIM], 2)
