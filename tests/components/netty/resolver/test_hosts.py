"""The file of hosts."""

from pathlib import Path

from pyboot.components.netty.resolver.hosts import HostsFile


def test_names_and_aliases(tmp_path: Path) -> None:
    """In any case, with or without the dot of the root; several addresses in the order of the file."""
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1 localhost\n::1\tlocalhost  ip6 # us\nnobody wrong\n192.0.2.1 A.test a\n192.0.2.1 a\n#192.0.2.9 a\n")
    hosts = HostsFile(path)

    assert (["127.0.0.1", "::1"], ["192.0.2.1"], ["192.0.2.1"]) == tuple(map(hosts.addresses, ("localhost", "a.TEST.", "a")))
    assert ([], []) == (hosts.addresses("wrong"), hosts.addresses("b"))


def test_changes_are_seen(tmp_path: Path) -> None:
    """When it is time to look; a file that goes away has no names."""
    path = tmp_path / "hosts"
    now = [0.0]
    hosts = HostsFile(path, 5.0, lambda: now[0])
    assert [] == hosts.addresses("a")
    path.write_text("192.0.2.1 a")
    assert [] == hosts.addresses("a")
    now[0] = 5.0
    assert ["192.0.2.1"] == hosts.addresses("a")
    path.write_text("192.0.2.22 a")
    now[0] = 10.0
    assert ["192.0.2.22"] == hosts.addresses("a")
    path.unlink()
    now[0] = 15.0
    assert [] == hosts.addresses("a")


def test_it_is_read_as_far_as_is_reasonable(tmp_path: Path) -> None:
    """A MiB."""
    path = tmp_path / "hosts"
    path.write_bytes(b"192.0.2.1 a\n" + b"#" * (1 << 20) + b"\n192.0.2.2 b\n")

    assert (["192.0.2.1"], []) == (HostsFile(path).addresses("a"), HostsFile(path).addresses("b"))
