"""The JSON Schema of a pipeline: what an editor completes and refuses."""

import re
import sys
from typing import Any

import pytest

from pyboot.boot import DataSize, PyBootApplication, prepare
from pyboot.netty import ChannelHandler, ChannelHandlerBean, Codec, NettyServer
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.schema import entry_schema


@PyBootApplication(scan=(sys.modules[__name__],))
class App: ...


@NettyServer(port=0)
class RecordServer: ...


@ChannelHandlerBean
class AnswerHandler(ChannelHandler[Any]): ...


@Codec("records")
def records(max_length: DataSize = 10) -> tuple[ChannelHandler, ...]:
    """A codec of the application."""
    return ()


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether *value* is what *schema* says: as far as ours go, which refer to nothing."""
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}
    types = schema.get("type", [])
    checks = [
        not types or any(isinstance(value, kinds[kind]) for kind in ([types] if isinstance(types, str) else types)),
        "enum" not in schema or value in schema["enum"],
        "pattern" not in schema or (isinstance(value, str) and re.search(schema["pattern"], value) is not None),
        "minimum" not in schema or not isinstance(value, int) or value >= schema["minimum"],
        "anyOf" not in schema or any(fits(value, each) for each in schema["anyOf"]),
    ]
    if isinstance(value, list):
        checks += [fits(each, schema.get("items", {})) for each in value]
        checks.append(len(value) >= schema.get("minItems", 0))
    if isinstance(value, dict):
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        checks += [fits(each, known[name] if name in known else rest if isinstance(rest, dict) else {}) for name, each in value.items()]
        checks += [rest is not False or set(value) <= set(known), set(schema.get("required", [])) <= set(value)]
        checks += [schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value))]
    return all(checks)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """That of the application's settings."""
    return prepare(App).schema()


RIGHT: list[Any] = [
    [],
    ["line", "string"],
    ["line", {"string": {"charset": "latin-1"}}],
    [{"line": {"max-length": "8KiB", "strip-delimiter": False}}, {"string": None}],
    [{"length-field": {"length": 2, "max-frame-length": 65536}}, {"json": {"type": "app:Order"}}],
    [{"ip-rules": {"rules": [{"accept": "10.0.0.0/8"}], "otherwise": "reject"}}, {"idle": {"reader": "5m"}}, "records"],
    [{"records": {"max-length": "1KiB"}}, "answer-handler"],
    ["${app.framing:line}", {"line": {"strip-delimiter": "${strip:true}"}}],
]
WRONG: list[Any] = [
    "line",
    ["lines"],
    [17],
    ["read-timeout"],
    ["delimiter"],
    [{"line": {"max-lenght": "8KiB"}}],
    [{"line": {"strip-delimiter": "maybe"}}],
    [{"line": None, "string": None}],
    [{}],
    [{"read-timeout": {}}],
    [{"read-timeout": None}],
    [{"length-field": {"length": 5}}],
    [{"string": "latin-1"}],
    [{"records": {"length": 1}}],
    ["answer"],
]


@pytest.mark.parametrize("pipeline", RIGHT, ids=str)
def test_a_pipeline_that_works_fits(schema: dict[str, Any], pipeline: Any) -> None:
    """Built-in codecs, codecs of the application, its handlers, placeholders."""
    assert fits({"netty": {"servers": {"record": {"pipeline": pipeline}}}}, schema)


@pytest.mark.parametrize("pipeline", WRONG, ids=str)
def test_a_pipeline_that_does_not_is_refused(schema: dict[str, Any], pipeline: Any) -> None:
    """Misspelt names and options, values that are none of theirs, options that must be given."""
    assert not fits({"netty": {"servers": {"record": {"pipeline": pipeline}}}}, schema)


def test_an_option_says_what_it_is() -> None:
    """What an editor shows beside it."""
    schema, _ = entry_schema([CodecRegistry().definition("line")])
    options, nothing = schema["anyOf"][2]["properties"]["line"]["anyOf"]

    assert "The longest line, in bytes, its end not counted." == options["properties"]["max_length"]["description"]
    assert 8192 == options["properties"]["max_length"]["default"]
    assert {"type": "null"} == nothing


def test_what_options_refer_to_is_kept_apart() -> None:
    """Two codecs may each have a type of one name."""
    from pydantic import BaseModel

    class Rule(BaseModel):
        size: int

    @Codec
    def one(rules: list[Rule]) -> tuple[ChannelHandler, ...]:
        return ()

    _, shared = entry_schema(CodecRegistry([one]).definitions())

    assert ["one.Rule"] == [
        name for name in shared if not name.startswith(("http-server.", "http."))
    ]  # which has options inside of options
