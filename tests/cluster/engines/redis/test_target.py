"""A URL says where a server is, or is refused with the reason."""

import pytest

from pyboot.cluster.engines.redis.target import RedisTarget


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h", RedisTarget((("h", 6379),))),
        ("redis://h:1/5", RedisTarget((("h", 1),), 5)),
        ("redis://[::1]:7/", RedisTarget((("::1", 7),))),
        ("rediss://me:p%40ss:word@h", RedisTarget((("h", 6379),), is_secure=True, username="me", password="p@ss:word")),
        ("redis://:secret@h", RedisTarget((("h", 6379),), password="secret")),
        ("redis+sentinel://a,b:1,[::1]/main/2", RedisTarget((("a", 26379), ("b", 1), ("::1", 26379)), 2, "main")),
        ("rediss+sentinel://me:x@a/main", RedisTarget((("a", 26379),), 0, "main", True, "me", "x")),
    ],
)
def test_a_url_is_read(url: str, expected: RedisTarget) -> None:
    """With the ports that servers and sentinels have by default."""
    assert expected == RedisTarget.parse(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://me:hunter2@h", "the scheme 'http' is none of redis, rediss, redis"),
        ("redis://", "the host is missing"),
        ("redis://me:hunter2@", "the host is missing"),
        ("redis://me:hunter2@h/x", "'/x' is no number of a database"),
        ("redis://h/0/1", "'/0/1' is no number"),
        ("redis://h?db=1", "no query"),
        ("redis://a,b", "those of sentinels"),
        ("redis+sentinel://a", "the name of the master is missing"),
        ("redis://h:99999", "ort"),
    ],
)
def test_another_one_is_refused(url: str, said: str) -> None:
    """With what is wrong, and without the password."""
    with pytest.raises(ValueError, match=said) as raised:
        RedisTarget.parse(url)
    assert "hunter2" not in str(raised.value)
