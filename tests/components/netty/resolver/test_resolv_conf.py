"""resolv.conf."""

from pathlib import Path

import pytest

from pyboot.components.netty.resolver.resolv_conf import ResolvConf


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ResolvConf()),
        ("nameserver 192.0.2.1\nnameserver 2001:db8::1 # ours\n", ResolvConf(("192.0.2.1", "2001:db8::1"))),
        ("nameserver fe80::1%eth0\n", ResolvConf(("fe80::1%eth0",))),
        ("nameserver 192.0.2.1\n" * 5, ResolvConf(("192.0.2.1",) * 3)),
        ("nameserver nobody\nnameserver\n;nameserver 192.0.2.1\n", ResolvConf()),
        ("search a.test b.test\ndomain c.test\n", ResolvConf(search=("c.test",))),
        ("search .\n", ResolvConf()),
        ("options ndots:2 timeout:3 attempts:4 rotate edns0\n", ResolvConf(ndots=2, timeout_seconds=3.0, attempts=4, rotate=True)),
        ("options ndots:99 timeout:99 attempts:99\n", ResolvConf(ndots=15, timeout_seconds=30.0, attempts=5)),
        ("options timeout:0 attempts:0 ndots:0 ndots:x ndots:-1\n", ResolvConf(ndots=0, timeout_seconds=1.0, attempts=1)),
    ],
)
def test_what_the_file_says(text: str, expected: ResolvConf) -> None:
    """With the limits of glibc; what nobody knows is left out."""
    assert expected == ResolvConf.parse(text)


def test_a_file_is_read_as_far_as_is_reasonable(tmp_path: Path) -> None:
    """CVE-2024-47535: one that never ends; and one that is not there."""
    path = tmp_path / "resolv.conf"
    assert ResolvConf() == ResolvConf.read(path)
    path.write_bytes(b"nameserver 192.0.2.1\n" + b"#" * 70_000 + b"\nsearch far.test\n")
    assert ResolvConf(("192.0.2.1",)) == ResolvConf.read(path)
