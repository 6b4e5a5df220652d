"""Discovery of peers."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from pyboot.cli.bench.errors import BenchError, PeerAbsentError
from pyboot.cli.bench.peer import Peer, choose_peers, load_peers, peers_folder
from pyboot.cli.bench.work import WORKS

TWO = """
[first]
title = "the first"
file = "first.py"
serves = ["raw"]

[second]
title = "the second"
file = "second.py"
serves = ["framed", "framed-async"]
on_request = true
"""


@pytest.fixture
def peers(tmp_path: Path) -> dict[str, Peer]:
    """Two peers; the second only when named."""
    (tmp_path / "peers.toml").write_text(TWO)
    return load_peers(tmp_path)


def test_peers_stand_in_the_order_of_the_file(peers: dict[str, Peer], tmp_path: Path) -> None:
    """The table shows them as they are written down."""
    assert [("first", tmp_path / "first.py"), ("second", tmp_path / "second.py")] == [(peer.name, peer.file) for peer in peers.values()]


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    """A typing error in the file is not a default."""
    (tmp_path / "peers.toml").write_text(TWO + "warm_second = 3\n")

    with pytest.raises(ValidationError, match="warm_second"):
        load_peers(tmp_path)


@pytest.mark.parametrize(("asked", "chosen"), [([], ["first"]), (["all"], ["first", "second"]), (["second", "first"], ["second", "first"])])
def test_choice(peers: dict[str, Peer], asked: list[str], chosen: list[str]) -> None:
    """Nothing: all but those on request; `all`: all; names: those, in that order."""
    assert chosen == [peer.name for peer in choose_peers(peers, asked)]


def test_another_checkout_is_another_peer(peers: dict[str, Peer], tmp_path: Path) -> None:
    """`name@folder` takes the library from there."""
    (peer,) = choose_peers(peers, [f"first@{tmp_path}"])

    assert (f"first@{tmp_path.name}", str(tmp_path)) == (peer.name, peer.environment()["PYTHONPATH"])


def test_an_unknown_name_lists_the_known(peers: dict[str, Peer]) -> None:
    """The error says what there is."""
    with pytest.raises(BenchError, match="no peer is called third; there are first, second"):
        choose_peers(peers, ["third"])


def test_a_peer_takes_the_first_mode_it_has(peers: dict[str, Peer]) -> None:
    """A work names the wanted mode first and the fallback behind."""
    assert ["framed-async", "framed"] == [peers["second"].mode_for(WORKS[name]) for name in ("async16", "pass20")]


def test_a_peer_without_the_mode_is_absent_with_the_reason(peers: dict[str, Peer]) -> None:
    """It is named, not left out."""
    with pytest.raises(PeerAbsentError, match="first: does not serve framed"):
        peers["first"].mode_for(WORKS["framed16"])


def test_netty_without_java_is_absent_with_the_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The reason says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PeerAbsentError, match="no javac here; Debian: apt install"):
        load_peers(peers_folder())["netty"].command("framed")


def test_our_own_environment_does_not_choose_the_core(peers: dict[str, Peer], monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled core is asked for even where PYBOOT_PURE=1 is set, the pure one even where it is not."""
    monkeypatch.setenv("PYBOOT_PURE", "1")
    pure = replace(peers["first"], core="pure")

    assert "PYBOOT_PURE" not in peers["first"].environment()
    monkeypatch.delenv("PYBOOT_PURE")
    assert "1" == pure.environment()["PYBOOT_PURE"]


def test_every_peer_of_the_project_has_its_program_and_serves_a_work() -> None:
    """The folder and its list agree."""
    wanted = {mode for work in WORKS.values() for mode in work.serves} | {"framed-real10"}  # of tests/bench/test_handlers.py
    for peer in load_peers(peers_folder()).values():
        assert peer.file.exists(), peer.name
        assert set(peer.serves) <= wanted, peer.name


def test_every_work_has_the_peer_it_is_measured_against() -> None:
    """The default of a ratio is somebody who can do the work."""
    peers = load_peers(peers_folder())
    for work in WORKS.values():
        assert peers[work.against].mode_for(work) in work.serves
