"""Claim: TLS costs a server about as much as the loop's own ``ssl=``, program for program, by its processor time."""

import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from pyboot.components.netty.core import core_info

pytestmark = pytest.mark.bench

PROGRAM = Path(__file__).parent / "tls_download.py"
ROUNDS = 5


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("writes", [1, 4])
def test_a_download_of_64_kib_writes(loop: str, writes: int, tmp_path: Path) -> None:
    """At least 0.7 of what the loop does with a second of the processor, whatever the number of writes for each wait."""
    if core_info().form != "compiled":
        pytest.skip("the claim is of the compiled core")
    server = trustme.CA().issue_cert("localhost")
    certfile, keyfile = tmp_path / "cert.pem", tmp_path / "key.pem"
    certfile.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    keyfile.write_bytes(server.private_key_pem.bytes())

    def seconds(side: str) -> float:
        command = [sys.executable, PROGRAM, side, loop, certfile, keyfile, str(writes)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()[-1])

    ratios = [seconds("loop") / seconds("pyboot") for _ in range(ROUNDS)]
    middle = statistics.median(ratios)
    print(f"64 KiB writes, {writes} for each wait, {loop}: {middle:.2f} of the loop's own ({min(ratios):.2f} to {max(ratios):.2f})")
    assert middle >= 0.7
