"""Interceptors and post-processors are what users extend."""

from typing import Any

import pytest

from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.interception import BeanPostProcessor, Interceptor


def test_an_interceptor_that_does_nothing_is_a_mistake() -> None:
    """It has to say how it wraps."""
    with pytest.raises(NotImplementedError):
        Interceptor().wrap(print)


def test_a_processor_sees_every_bean_unless_it_says_otherwise() -> None:
    """The usual answer is yes."""

    class Processor(BeanPostProcessor):
        def process(self, bean: Any, definition: BeanDefinition) -> Any:
            return bean

    assert Processor().handles(BeanDefinition(name="a", provides=int, factory=int, target=int))
