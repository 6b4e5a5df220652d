"""`pyboot codecs`."""

import json
import sys

from pyboot.boot import DataSize, PyBootApplication, prepare
from pyboot.cli.commands import codecs
from pyboot.netty import ChannelHandler, Codec


@PyBootApplication(scan=(sys.modules[__name__],))
class App: ...


@Codec("records")
def records(max_length: DataSize = 1024) -> tuple[ChannelHandler, ...]:
    """Cuts bytes into records."""
    return ()


def test_the_codecs_of_an_application_are_listed_with_all_others() -> None:
    """By name, with options, defaults and a sentence."""
    facts = {entry["name"]: entry for entry in codecs.facts(codecs.known(prepare(App)))}

    assert {"line", "string", "pcap", "records"} < set(facts)
    assert "Cuts bytes into records." == facts["records"]["summary"]
    assert [{"name": "max-length", "type": "size", "default": "1KiB", "description": ""}] == facts["records"]["options"]
    assert "test_codecs.py:" in facts["records"]["origin"]
    json.dumps(list(facts.values()))


def test_without_an_application_what_is_installed_is_listed() -> None:
    """With the handlers that each makes."""
    facts = {entry["name"]: entry for entry in codecs.facts(codecs.known(None))}

    assert "records" not in facts
    assert ["StringDecoder", "StringEncoder"] == facts["string"]["handlers"]


def test_what_goes_in_and_comes_out_is_told() -> None:
    """In both directions; nothing of what passes everything on, or says too little."""
    facts = {entry["name"]: entry for entry in codecs.facts(codecs.known(prepare(App)))}

    assert {"takes": "bytes or a buffer", "makes": "str"} == facts["string"]["in"]
    assert {"takes": "str", "makes": "bytes"} == facts["string"]["out"]
    assert {"takes": "bytes or a buffer", "makes": "dict | list"} == facts["json-lines"]["in"]
    assert ({"takes": "dict | list | tuple | bool | int | float", "makes": "bytes"}) == facts["json-lines"]["out"]
    assert [None] * 4 == [facts[name][way] for name in ("logging", "records") for way in ("in", "out")]
    assert "    in  bytes or a buffer -> ByteBuffer" in codecs.text(codecs.known(None))


def test_people_read_a_line_for_each_option() -> None:
    """What it is, what it is by default, what it does."""
    told = codecs.text(codecs.known(None))

    assert "\nline\n    Cuts bytes into lines" in told
    assert "      max-length       size, default 8KiB" in told
    assert "      after  duration, must be given  How long nothing may be read." in told
