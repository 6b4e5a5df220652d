"""Messages of the text protocol."""

from pyboot.components.netty.wire.memcache.text_message import TextMemcacheRequest, TextMemcacheResponse


def test_storage_says_how_long_its_data_is() -> None:
    """By itself."""
    assert TextMemcacheRequest("set", (b"a", b"0", b"60", b"2"), b"hi") == TextMemcacheRequest.store("set", b"a", b"hi", seconds=60)
    assert TextMemcacheRequest("cas", (b"a", b"1", b"0", b"0", b"7"), b"") == TextMemcacheRequest.store("cas", b"a", b"", 1, cas=7)
    assert TextMemcacheResponse("VALUE", (b"a", b"0", b"2"), b"hi") == TextMemcacheResponse.of_value(b"a", b"hi")
    assert TextMemcacheResponse("VALUE", (b"a", b"0", b"2", b"9"), b"hi") == TextMemcacheResponse.of_value(b"a", b"hi", cas=9)


def test_who_wants_no_answer() -> None:
    """Says so at the end; of ``get`` it is a key."""
    assert TextMemcacheRequest("delete", (b"a", b"noreply")).is_quiet
    assert not TextMemcacheRequest("delete", (b"a",)).is_quiet
    assert not TextMemcacheRequest("get", (b"noreply",)).is_quiet
