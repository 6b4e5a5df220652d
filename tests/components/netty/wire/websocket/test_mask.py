"""Masking: the form of the core that runs, and that of the uncompiled one."""

import importlib.util
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import pyboot.components.netty.wire.websocket as folder
from pyboot.components.netty.wire.websocket.mask import unmask

type Unmask = Callable[[bytes, int, int, bytes], bytes]

KEY = b"\x37\xfa\x21\x3d"


def uncompiled() -> Unmask:
    """The function of mask.py, also where mask.c takes its place."""
    spec = importlib.util.spec_from_file_location("uncompiled_mask", Path(folder.__path__[0]) / "mask.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    form: Unmask = module.unmask
    return form


forms = pytest.mark.parametrize("form", [pytest.param(unmask, id="running"), pytest.param(uncompiled(), id="uncompiled")])


@forms
def test_the_payload_of_the_specification(form: Unmask) -> None:
    """RFC 6455, 5.7: a single-frame masked text message."""
    assert b"Hello" == form(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 6, 5, KEY)


@forms
@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 4095, 4096, 4097, 70_001])
def test_each_byte_is_xored_with_its_own_of_the_key(form: Unmask, size: int) -> None:
    """At every length, wherever the payload begins, and back again."""
    data = random.Random(size).randbytes(size + 5)
    expected = bytes(byte ^ KEY[index & 3] for index, byte in enumerate(data[3 : 3 + size]))

    assert expected == form(data, 3, size, KEY)
    assert data[3 : 3 + size] == form(expected, 0, size, KEY)


@forms
@pytest.mark.parametrize(("start", "size"), [(0, 6), (6, 0), (-1, 2), (2, -1), (4, 2), (1, 2**62)])
def test_bytes_that_are_not_there_are_refused(form: Unmask, start: int, size: int) -> None:
    """Never read."""
    with pytest.raises(ValueError, match=f"{size} bytes from {start} on, there are 5"):
        form(b"Hello", start, size, KEY)


@forms
@pytest.mark.parametrize("key", [b"", b"abc", b"abcde"])
def test_a_key_has_four_bytes(form: Unmask, key: bytes) -> None:
    """No other is a key."""
    with pytest.raises(TypeError, match="key: four bytes"):
        form(b"Hello", 0, 5, key)
