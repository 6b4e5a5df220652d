"""How reports call what stands in a pipeline."""

from typing import Any

from pyboot.components.netty import ChannelHandler, StringDecoder
from pyboot.netty.pipeline.problem import Problem, Standing
from pyboot.netty.pipeline.registry import CodecRegistry


class Own(ChannelHandler[Any]):
    """A handler of an application."""


def test_a_class_of_the_application_is_named_with_its_place() -> None:
    """Made or not."""
    for standing in (Standing(Own), Standing(Own())):
        assert str(standing).startswith("Own (")
        assert "test_problem.py:" in str(standing)
        assert not standing.is_of_library


def test_one_of_the_library_is_named_with_its_codec() -> None:
    """Its place says nothing to anybody."""
    assert "'string' (StringDecoder)" == str(Standing(StringDecoder(), CodecRegistry().definition("string")))
    assert "StringDecoder" == str(Standing(StringDecoder))
    assert Standing(ChannelHandler).is_of_library


def test_a_problem_is_a_sentence_and_what_to_do() -> None:
    """As the log writes it."""
    assert "It is wrong. Do it right." == str(Problem("the server 'echo'", "It is wrong.", "Do it right."))
