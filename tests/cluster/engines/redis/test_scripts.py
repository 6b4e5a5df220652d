"""Scripts are known by their digest."""

from pyboot.cluster.engines.redis.scripts import ACQUIRE, Script


def test_a_script_is_run_by_its_digest_or_whole() -> None:
    """With the same keys and arguments; the digest is that of SCRIPT LOAD."""
    script = Script("return 1")
    assert script.by_digest([b"k"], b"a") == (b"EVALSHA", b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db", b"1", b"k", b"a")
    assert script.whole(script.by_digest([b"k"], b"a")) == (b"EVAL", b"return 1", b"1", b"k", b"a")
    assert ACQUIRE.digest != script.digest
