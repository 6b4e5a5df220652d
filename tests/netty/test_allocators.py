"""Allocators by name."""

import pytest

from pyboot.components.netty import PooledByteBufferAllocator, UnpooledByteBufferAllocator
from pyboot.netty.allocators import NettyAllocators, new_allocator
from pyboot.netty.errors import UnknownResourceError
from pyboot.netty.properties import AllocatorProperties

DEFAULT = UnpooledByteBufferAllocator()
ALLOCATORS = NettyAllocators(DEFAULT, {"big": AllocatorProperties(max_cached=7)})


def test_without_a_name_it_is_that_of_all() -> None:
    """Netty's rule: one allocator, unless somebody wants another."""
    assert DEFAULT is ALLOCATORS.of("the server 'echo'", None)


def test_whoever_names_one_shares_it() -> None:
    """It is made once."""
    big = ALLOCATORS.of("the server 'echo'", "big")

    assert big is ALLOCATORS["big"]
    assert isinstance(big, PooledByteBufferAllocator)


def test_a_name_that_is_not_there_is_refused_with_the_one_that_is_meant() -> None:
    """Before anything is bound."""
    with pytest.raises(UnknownResourceError, match=r"The server 'echo' uses the allocator 'bigg', .* There are: big\.") as refused:
        ALLOCATORS.of("the server 'echo'", "bigg")

    assert "Did you mean 'big'?" == refused.value.action


def test_without_any_the_report_says_how_to_add_one() -> None:
    """With the setting."""
    with pytest.raises(UnknownResourceError) as refused:
        NettyAllocators(DEFAULT).of("the client 'up'", "big")

    assert "Add it to the settings: netty.allocators.big: {type: pooled}." == refused.value.action


def test_settings_say_of_which_kind_it_is() -> None:
    """Pooled or not."""
    assert isinstance(new_allocator(AllocatorProperties(type="unpooled")), UnpooledByteBufferAllocator)
