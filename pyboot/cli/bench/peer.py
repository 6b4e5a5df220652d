"""Peers: the measured programs of a folder, described by its `peers.toml`."""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter

from .cache import build_once, environment_python, run_tool
from .errors import BenchError, PeerAbsentError
from .work import Work

JARS = Path("/usr/share/java")
NETTY_JARS = tuple(JARS / f"netty-{part}.jar" for part in ("common", "buffer", "resolver", "transport", "codec", "handler"))


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to measure.

    Attributes:
        name: How it is chosen on the command line.
        title: What it is.
        file: Its program, in the peers' folder: Python or Java.
        serves: The modes that it knows.
        arguments: What comes before the mode on its command line.
        packages: What its own environment holds; empty: it runs in ours.
        options: Options of the Java machine.
        core: Which core of pyboot it must run with: `compiled`, `pure`, or neither.
        tree: Another checkout to take pyboot from.
        warm_seconds: Load before the first count; a just-in-time compiler needs some.
        on_request: Measured only when named, because its environment is downloaded.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str
    title: str
    file: Path
    serves: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    core: str = ""
    tree: str = ""
    warm_seconds: float = 0.5
    on_request: bool = False

    def mode_for(self, work: Work) -> str:
        """Return the mode in which it serves *work*; raise `PeerAbsentError` if it has none."""
        for mode in work.serves:
            if mode in self.serves:
                return mode
        raise PeerAbsentError(self.name, f"does not serve {work.serves[0]}")

    def command(self, mode: str) -> list[str]:
        """Return the command line; builds or installs what it needs, or raises `PeerAbsentError` with the reason."""
        try:
            program = self._java() if self.file.suffix == ".java" else [str(self._python()), "-u", str(self.file)]
        except subprocess.CalledProcessError as error:
            raise PeerAbsentError(self.name, f"{error.cmd[0]} failed: {error.stderr.strip()[-300:]}") from error
        except subprocess.TimeoutExpired as error:
            raise PeerAbsentError(self.name, f"{error.cmd[0]} did not end within {error.timeout:.0f} s") from error
        return [*program, *self.arguments, mode]

    def environment(self) -> dict[str, str]:
        """Return the environment variables: ours, but the peer chooses the core, and a peer with packages of its own sees no others."""
        foreign = {"PYBOOT_PURE", "PYTHONPATH"} if self.packages else {"PYBOOT_PURE"}
        variables = {key: value for key, value in os.environ.items() if key not in foreign}
        if self.tree:
            variables["PYTHONPATH"] = self.tree
        if self.core == "pure":
            variables["PYBOOT_PURE"] = "1"
        return variables

    def _python(self) -> Path:
        return environment_python(self.packages) if self.packages else Path(sys.executable)

    def _java(self) -> list[str]:
        java, javac = shutil.which("java"), shutil.which("javac")
        if java is None or javac is None:
            raise PeerAbsentError(self.name, "no javac here; Debian: apt install default-jdk-headless libnetty-java")
        if missing := [jar.name for jar in NETTY_JARS if not jar.exists()]:
            raise PeerAbsentError(self.name, f"{JARS} has no {', '.join(missing)}; Debian: apt install libnetty-java")
        path = ":".join(map(str, NETTY_JARS))
        classes = build_once("java", self.file.read_bytes(), lambda to: run_tool(javac, "-cp", path, "-d", to, self.file))
        return [java, *self.options, "-cp", f"{classes}:{path}", self.file.stem]


def peers_folder() -> Path:
    """Return the folder of the peers' programs: beside this file in an installed pyboot, else `tests/bench/peers` of the checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "peers", here.parents[2] / "tests/bench/peers"):
        if (folder / "peers.toml").exists():
            return folder
    raise BenchError(f"no peers to measure: neither {here / 'peers'} nor {here.parents[2] / 'tests/bench/peers'} holds a peers.toml")


def load_peers(folder: Path) -> dict[str, Peer]:
    """Read *folder*'s `peers.toml`: one table for each peer, in the order in which they are shown."""
    tables = tomllib.loads((folder / "peers.toml").read_text())
    reader = TypeAdapter(Peer)
    return {name: reader.validate_python(table | {"name": name, "file": folder / table["file"]}) for name, table in tables.items()}


def choose_peers(peers: dict[str, Peer], names: list[str]) -> list[Peer]:
    """Return the named peers, in that order.

    `all` is all of them, no name all but those on request, and `pyboot@DIR` is pyboot of another checkout.
    """
    if not names:
        return [peer for peer in peers.values() if not peer.on_request]
    if names == ["all"]:
        return list(peers.values())
    return [_choose(peers, name) for name in names]


def _choose(peers: dict[str, Peer], name: str) -> Peer:
    plain, _, tree = name.partition("@")
    if plain not in peers:
        raise BenchError(f"no peer is called {plain}; there are {', '.join(peers)}")
    if not tree:
        return peers[plain]
    folder = Path(tree).resolve()
    return replace(peers[plain], name=f"{plain}@{folder.name}", tree=str(folder))
