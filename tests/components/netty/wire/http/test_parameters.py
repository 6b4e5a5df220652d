"""Parameters of field values."""

import pytest

from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.parameters import parse_parameters_of, quoted


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text/plain", ("text/plain", {})),
        ("Text/HTML; Charset=UTF-8", ("text/html", {"charset": "UTF-8"})),
        ('form-data; name="a"; filename="b c.txt"', ("form-data", {"name": "a", "filename": "b c.txt"})),
        ('form-data;name=a;filename="b;c"', ("form-data", {"name": "a", "filename": "b;c"})),
        ('form-data; name="a\\"b"', ("form-data", {"name": 'a"b'})),
        ('form-data; filename="C:\\dir\\file.txt"', ("form-data", {"filename": "C:\\dir\\file.txt"})),
        ('form-data; filename="C:\\dir\\"', ("form-data", {"filename": "C:\\dir\\"})),
        ('form-data; filename="C:\\dir\\"; name="a"', ("form-data", {"filename": "C:\\dir\\", "name": "a"})),
        ("form-data; filename*=UTF-8''%E6%96%87.pdf", ("form-data", {"filename": "文.pdf"})),
        ("form-data; filename=\"a\"; filename*=utf-8'en'b", ("form-data", {"filename": "b"})),
        ('form-data; filename="folder\\\\file.txt"', ("form-data", {"filename": "folder\\file.txt"})),
        ('form-data; name=""', ("form-data", {"name": ""})),
        ("form-data ;  name = a ", ("form-data", {"name": "a"})),
        ("form-data; ", ("form-data", {})),
    ],
)
def test_a_value_is_taken_apart(value: str, expected: tuple[str, dict[str, str]]) -> None:
    """Names in lower case, quotes and percent-encodings gone."""
    assert expected == parse_parameters_of(value)


@pytest.mark.parametrize(
    "value",
    [
        'a; name="b',
        'a; name="b"c',
        "a; name",
        "a; =b",
        "a; b c=d",
        "a; name=a; NAME=b",
        "a; name*=b",
        "a; name*=koi8-r''b",
        "a; name*=UTF-8''%zz",
        "a; name*=UTF-8''%ff",
        "a;; b=c",
    ],
)
def test_what_is_no_parameter_is_refused(value: str) -> None:
    """One given twice too: two programs would take either."""
    with pytest.raises(HttpDecoderError):
        parse_parameters_of(value)


def test_text_is_quoted_as_browsers_do() -> None:
    """Nothing can end the quotes, or the line."""
    assert '"a%22b%0D%0Ac"' == quoted('a"b\r\nc')


def test_reading_is_linear() -> None:
    """Whatever stands in quotes: a million of backslashes is one value."""
    main, parameters = parse_parameters_of('a; b="' + "\\\\" * 500_000 + '"')
    assert ("a", 500_000) == (main, len(parameters["b"]))
