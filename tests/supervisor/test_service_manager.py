"""What a service manager leaves in the variables, and what it hears."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.supervisor.service_manager import ServiceManager

ROOT = Path(__file__).resolve().parents[2]


def test_news_arrive_in_one_datagram(tmp_path: Path) -> None:
    """Where nobody listens, or nobody is to be told, nothing happens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        manager.tell("READY=1", "STATUS=2 workers")
        assert b"READY=1\nSTATUS=2 workers" == listening.recv(100)
        manager.reloading()
        assert listening.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    manager.tell("STOPPING=1")
    ServiceManager({}).tell("READY=1")


@pytest.mark.skipif(sys.platform != "linux", reason="abstract addresses are of Linux")
def test_an_address_that_begins_with_an_at_is_abstract() -> None:
    """As sd_notify(3) has it."""
    name = f"pyboot-notify-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        listening.settimeout(5)
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).tell("READY=1")
        assert b"READY=1" == listening.recv(100)


@pytest.mark.slow
def test_its_sockets_are_taken_and_not_inherited() -> None:
    """From the third descriptor on, as many as it says."""
    program = (
        "import os; os.environ['LISTEN_PID'] = str(os.getpid())\n"
        "from pyboot.supervisor.service_manager import ServiceManager\n"
        "manager = ServiceManager(os.environ)\n"
        "print(manager.misdirected, [(sock.fileno(), sock.get_inheritable(), sock.getsockname()[1]) for sock in manager.sockets()])\n"
    )
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        wrapper = f"import os, sys; os.dup2({first.fileno()}, 3); os.execv(sys.executable, [sys.executable, '-c', sys.argv[1]])"
        command = [sys.executable, "-c", wrapper, program]
        environment = {"LISTEN_FDS": "1", "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(command, env=environment, pass_fds=[first.fileno(), 3][:1], capture_output=True, text=True, timeout=20)

        assert f"None [(3, False, {first.getsockname()[1]})]\n" == ran.stdout, ran.stderr


def test_sockets_of_another_process_are_told_and_not_taken() -> None:
    """A shell stands between, and its pid is the one that the sockets are for."""
    manager = ServiceManager({"LISTEN_FDS": "1", "LISTEN_PID": "1"})

    assert "1" == manager.misdirected
    assert "are for process 1, which is not this one" in str(manager.complaint)
    assert [] == manager.sockets()
    assert ServiceManager({}).misdirected is None
    assert ServiceManager({}).complaint is None


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [({}, 0.0), ({"WATCHDOG_USEC": "30000000"}, 30.0), ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0)],
)
def test_a_watchdog_is_told_only_by_whom_it_watches(variables: dict[str, str], seconds: float) -> None:
    """In seconds."""
    assert seconds == ServiceManager(variables).watchdog_seconds


@pytest.mark.parametrize("passed", ["a file", "nothing"])
def test_a_descriptor_that_is_no_socket_is_told(passed: str) -> None:
    """In one sentence, which says what was seen and what is allowed."""
    program = (
        "import os; os.environ['LISTEN_PID'] = str(os.getpid())\n"
        f"os.dup2(0, 3) if {passed!r} == 'a file' else os.closerange(3, 10)\n"
        "from pyboot.supervisor.service_manager import ServiceManager\n"
        "ServiceManager(os.environ).sockets()\n"
    )
    environment = {"LISTEN_FDS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)

    assert 1 == ran.returncode
    assert ran.stderr.startswith("pyboot: the service manager tells of 1 sockets (LISTEN_FDS), and descriptor 3 is none (")
    assert "Traceback" not in ran.stderr
