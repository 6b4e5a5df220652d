"""The fault proxy as a program, and what it refuses."""

import re
import socket
import subprocess
import sys
import threading
from typing import Any

import pytest

from pyboot.cli.commands.fault_proxy import run_fault_proxy


@pytest.mark.parametrize(
    ("arguments", "faults", "told"),
    [
        (("nowhere", "127.0.0.1:0"), {}, "no address"),
        (("127.0.0.1:1", "127.0.0.1:99999"), {}, "no address"),
        (("127.0.0.1:1", "127.0.0.1:0"), {"loss": 0.5}, "--loss: a fault of UDP alone; add --udp"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, str], faults: dict[str, Any], told: str) -> None:
    """Before anything is opened."""
    with pytest.raises(ValueError, match=re.escape(told)):
        run_fault_proxy(*arguments, "both", None, udp=False, **faults)


@pytest.mark.slow
def test_it_passes_on_with_its_faults_until_it_is_stopped() -> None:
    """It says where it listens, and which seed it draws from."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = f"127.0.0.1:{server.getsockname()[1]}"
        command = (sys.executable, "-m", "pyboot.cli", "fault-proxy", target, "--way", "server", "--corrupt-at", "1", "--seed", "7")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            too_late = threading.Timer(60, process.kill)
            too_late.start()
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.endswith(f"for {target}, seed 7\n")
            port = int(re.findall(r":(\d+) ", line)[0])
            with socket.create_connection(("127.0.0.1", port)) as client:
                accepted, _ = server.accept()
                client.sendall(b"abc")
                accepted.settimeout(20)
                assert b"a\x9dc" == accepted.recv(3)
                accepted.close()
            process.terminate()
            assert 0 == process.wait()
            too_late.cancel()
