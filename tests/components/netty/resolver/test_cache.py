"""Answers that are kept."""

import pytest

from pyboot.components.netty.resolver.cache import CachedAnswer, DnsCache


def test_an_answer_holds_for_its_ttl() -> None:
    """In any case of the name; not a moment longer."""
    cache = DnsCache()
    cache.put("A.test.", 1, ("192.0.2.1",), 60, 100.0)

    assert CachedAnswer(("192.0.2.1",), 0, 160.0) == cache.get("a.TEST.", 1, 159.9)
    assert cache.get("a.test.", 28, 100.0) is None
    assert cache.get("a.test.", 1, 160.0) is None
    assert 0 == len(cache)


def test_times_have_limits() -> None:
    """Of answers, and of nothing; a TTL of 0 keeps nothing."""
    cache = DnsCache(min_ttl_seconds=10, max_ttl_seconds=100, max_negative_ttl_seconds=5)
    cache.put("short", 1, ("1",), 0, 0.0)
    cache.put("long", 1, ("1",), 1000, 0.0)
    cache.put_nothing("nothing", 1, 3, 1000, 0.0)
    cache.put_nothing("unsaid", 1, 3, 0, 0.0)
    kept = {name: entry.expires for name in ("short", "long", "nothing", "unsaid") if (entry := cache.get(name, 1, 0.0)) is not None}

    assert {"short": 10.0, "long": 100.0, "nothing": 5.0} == kept
    zero = DnsCache()
    zero.put("a", 1, ("1",), 0, 0.0)
    assert 0 == len(zero)


def test_the_one_that_was_not_asked_for_longest_goes() -> None:
    """The number of entries is bounded; 0 keeps none."""
    cache = DnsCache(2)
    cache.put("a", 1, ("1",), 60, 0.0)
    cache.put("b", 1, ("2",), 60, 0.0)
    cache.get("a", 1, 1.0)
    cache.put("c", 1, ("3",), 60, 0.0)
    assert [True, False, True] == [cache.get(name, 1, 1.0) is not None for name in "abc"]
    cache.clear()
    assert 0 == len(cache)
    none = DnsCache(0)
    none.put("a", 1, ("1",), 60, 0.0)
    assert 0 == len(none)


@pytest.mark.parametrize(
    "options",
    [{"max_entries": -1}, {"min_ttl_seconds": -1}, {"max_negative_ttl_seconds": -1}, {"min_ttl_seconds": 10, "max_ttl_seconds": 9}],
)
def test_limits_that_contradict_are_refused(options: dict[str, int]) -> None:
    """With all of them named."""
    with pytest.raises(ValueError, match="none may be below 0"):
        DnsCache(**options)
