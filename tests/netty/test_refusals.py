"""Everything that is wrong with servers and clients, at once."""

import pytest

from pyboot.netty.errors import BadPortError, EmptyPipelineError, UnknownCodecError
from pyboot.netty.refusals import PlanError, Refusals


def test_one_error_is_raised_as_it_is() -> None:
    """And nothing where nothing was met."""
    refusals = Refusals()
    refusals.settle()
    with refusals.noting():
        raise BadPortError("echo", 70000)

    with pytest.raises(BadPortError):
        refusals.settle()


def test_several_are_one_error_with_what_to_do_about_each() -> None:
    """Each once, in the order in which they were met; several that come at once count one by one."""
    refusals = Refusals()
    refusals.add([PlanError([BadPortError("echo", 70000), EmptyPipelineError("echo")]), BadPortError("echo", 70000)])

    with pytest.raises(PlanError) as refused:
        refusals.settle()
    assert 2 == refusals.count
    assert str(refused.value) == (
        "The server 'echo' has the port 70000; allowed are 0 to 65535.\n"
        f"-> {BadPortError('echo', 70000).action}\n\n"
        "The server 'echo' has nothing in its pipeline: it would read bytes and drop them.\n"
        "-> Label a handler with @ChannelHandlerBean(server='echo')."
    )


def test_what_was_met_in_a_pipeline_says_in_which() -> None:
    """The nearest one counts."""
    refusals = Refusals()
    with refusals.noting("the server 'outer'"), refusals.noting("the server 'echo'"):
        raise UnknownCodecError("lin", ["line"], ["line"])

    (error,) = refusals.errors
    assert "There is no codec named 'lin' (in the pipeline of the server 'echo'). Known are: line." == str(error)


def test_what_is_told_otherwise_is_taken_out() -> None:
    """By its kind."""
    refusals = Refusals()
    refusals.add([EmptyPipelineError("echo"), BadPortError("echo", 70000)])

    assert ["echo"] == [error.server for error in refusals.take(EmptyPipelineError)]
    assert [BadPortError] == [type(error) for error in refusals.errors]
    assert [] == refusals.take()
