"""Topic names and filters: which ones there may be."""

import pytest

from pyboot.components.netty.wire.mqtt.text import filter_fault, text_fault, topic_fault


@pytest.mark.parametrize("topic", ["a", "/", "a/b", "/a", "a/", " ", "$SYS/x", "é", "a" * 65535, "$share/a"])
def test_topics(topic: str) -> None:
    """Anything without wildcards (MQTT 5 4.7.3)."""
    assert topic_fault(topic) is None


@pytest.mark.parametrize(
    ("topic", "fault"),
    [
        ("", "is empty"),
        ("#", "holds a wildcard"),
        ("a/+/b", "holds a wildcard"),
        ("a\0", "holds U+0000"),
        ("\ud800", "holds a surrogate"),
        ("a" * 65536, "has 65536 bytes, allowed are 65535"),
        ("é" * 40000, "has 80000 bytes, allowed are 65535"),
        ("\ud800" * 40000, "holds a surrogate"),
    ],
)
def test_what_is_no_topic(topic: str, fault: str) -> None:
    """In words."""
    assert fault == topic_fault(topic)


@pytest.mark.parametrize("topic_filter", ["#", "+", "+/#", "a/+/b", "/+", "a/#", "/", "$SYS/#", "$share/g/a/#", "$share/g//a", "$shared"])
def test_filters(topic_filter: str) -> None:
    """The examples of MQTT 5 4.7.1 and 4.8.2."""
    assert filter_fault(topic_filter) is None


@pytest.mark.parametrize(
    ("topic_filter", "fault"),
    [
        ("", "is empty"),
        ("a#", "holds # elsewhere than as its last level"),
        ("a/#/b", "holds # elsewhere than as its last level"),
        ("a+", "holds + in a level that is not all of it"),
        ("a/+b/c", "holds + in a level that is not all of it"),
        ("$share/g", "is no $share/NAME/FILTER"),
        ("$share//a", "is no $share/NAME/FILTER"),
        ("$share/g/", "is no $share/NAME/FILTER"),
        ("$share/+/a", "holds a wildcard in the name of its share"),
        ("$share/g/a#", "holds # elsewhere than as its last level"),
        ("a\0", "holds U+0000"),
    ],
)
def test_what_is_no_filter(topic_filter: str, fault: str) -> None:
    """In words."""
    assert fault == filter_fault(topic_filter)


def test_text_may_be_anything_else() -> None:
    """Control characters should not be there, and may."""
    assert text_fault("\x01\ufeff😀") is None
