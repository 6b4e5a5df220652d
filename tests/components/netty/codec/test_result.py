"""How decoding a message went."""

from pyboot.components.netty.codec.result import DecoderResult, DecoderResultProvider


def test_a_result_is_one_of_three() -> None:
    """A failure says why."""
    error = ValueError("no")
    results = [DecoderResult.SUCCESS, DecoderResult.UNFINISHED, DecoderResult.failure(error)]

    assert [(True, True, False), (False, False, False), (True, False, True)] == [
        (each.is_finished, each.is_success, each.is_failure) for each in results
    ]
    assert [None, None, error] == [each.cause for each in results]
    assert ["DecoderResult.SUCCESS", "DecoderResult.UNFINISHED", "DecoderResult.failure(ValueError('no'))"] == [
        repr(each) for each in results
    ]


def test_a_message_that_has_one_provides_it() -> None:
    """By its attribute."""

    class Request:
        decoder_result = DecoderResult.SUCCESS

    assert (True, False) == (isinstance(Request(), DecoderResultProvider), isinstance(object(), DecoderResultProvider))
