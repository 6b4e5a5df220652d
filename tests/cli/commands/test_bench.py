"""The command `pyboot bench`."""

import json
from pathlib import Path

import pytest

from pyboot.cli.commands.bench import BenchRequest, list_choices, run_bench
from pyboot.cli.errors import CommandError


def test_works_and_peers_are_listed() -> None:
    """Whoever asks sees what can be named."""
    choices = list_choices()

    assert "framed16     framed echo, 4 + 12 bytes" in choices
    assert "netty        Netty, NIO, one thread" in choices
    assert "published    pyboot-components-netty 1.3.4 as published (downloads; only when named)" in choices


@pytest.mark.parametrize(("request_", "told"), [
    (BenchRequest(works=["fast"]), "No work is called fast; there are framed16, "),
    (BenchRequest(peers=["fastest"]), "no peer is called fastest; there are pyboot, "),
])  # fmt: skip
def test_an_unknown_name_is_refused_before_anything_runs(request_: BenchRequest, told: str) -> None:
    """The error lists the known ones."""
    with pytest.raises(CommandError, match=told):
        run_bench(request_)


@pytest.mark.slow
def test_measures_shows_and_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A real, short run on a peer that is always there; a benchmark that runs meanwhile does not hold it up."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    request = BenchRequest(["request"], ["asyncio"], "", 0.05, 1, tmp_path / "figures.json", tmp_path / "figures.svg")

    assert run_bench(request)

    assert "bare protocol on asyncio's own loop" in capsys.readouterr().out
    assert ["asyncio"] == [peer["name"] for peer in json.loads((tmp_path / "figures.json").read_text())["works"][0]["peers"]]
    assert (tmp_path / "figures.svg").read_text().startswith("<svg")
