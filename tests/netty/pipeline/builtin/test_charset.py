"""The encodings that codecs take."""

import pytest

from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.builtin.charset import charset_name
from pyboot.netty.pipeline.registry import CodecRegistry


def test_an_encoding_of_text_goes_by_the_name_that_python_has() -> None:
    """However it is spelled."""
    assert ["utf-8", "iso8859-1"] == [charset_name("UTF8"), charset_name("latin-1")]


@pytest.mark.parametrize("name", ["nowhere", "hex", "rot13", "base64", ""])
def test_what_is_no_encoding_of_text_is_refused(name: str) -> None:
    """Each message would raise an error."""
    with pytest.raises(ValueError, match="encoding"):
        charset_name(name)


@pytest.mark.parametrize(
    ("codec", "options"),
    [("string", {}), ("json", {}), ("line-encoder", {}), ("delimiter", {"delimiters": ["x"]})],
)
def test_every_codec_with_a_charset_refuses_it_before_anything_is_bound(codec: str, options: dict[str, object]) -> None:
    """With the name of the option."""
    for name in ("nowhere", "rot13"):
        with pytest.raises(CodecOptionsError, match="charset: "):
            CodecRegistry().codec(codec, {**options, "charset": name})
