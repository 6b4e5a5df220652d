"""Topic names and topic filters: which ones there may be. Source: MQTT 5 1.5.4, 4.7 and 4.8.2."""

from __future__ import annotations

from typing import Final

__all__ = ["SHARED", "filter_fault", "text_fault", "topic_fault"]

SHARED: Final = "$share/"
_LONGEST: Final = 65535  # bytes: what a length of two bytes can say


def text_fault(text: str) -> str | None:
    """The reason that forbids *text* in a packet, in words; None where nothing does."""
    if "\0" in text:
        return "holds U+0000"
    if len(text) > _LONGEST // 4:  # each character has at most four bytes
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            return "holds a surrogate"
        return f"has {size} bytes, allowed are {_LONGEST}" if size > _LONGEST else None
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        return "holds a surrogate"
    return None


def topic_fault(topic: str) -> str | None:
    """The reason that forbids *topic* as the name a message is published under; None where nothing does."""
    if not topic:
        return "is empty"
    if "+" in topic or "#" in topic:
        return "holds a wildcard"
    return text_fault(topic)


def filter_fault(topic_filter: str) -> str | None:
    """The reason that forbids *topic_filter* in a subscription; None where nothing does. Of ``$share/NAME/FILTER`` both parts count."""
    if not topic_filter:
        return "is empty"
    if topic_filter.startswith(SHARED):
        name, slash, rest = topic_filter[len(SHARED) :].partition("/")
        if not name or not slash or not rest:
            return "is no $share/NAME/FILTER"
        if "+" in name or "#" in name:
            return "holds a wildcard in the name of its share"
        topic_filter = rest
    if "#" in topic_filter or "+" in topic_filter:
        levels = topic_filter.split("/")
        if any("#" in each for each in levels[:-1]) or ("#" in levels[-1] and levels[-1] != "#"):
            return "holds # elsewhere than as its last level"
        if any("+" in each and each != "+" for each in levels):
            return "holds + in a level that is not all of it"
    return text_fault(topic_filter)
