"""What is handed over to the next supervisor of the same process."""

import os
import signal
import subprocess
import sys

from pyboot.supervisor.handover import AdoptedChild, restored_process, saved_process
from pyboot.supervisor.process import ProcessState
from tests.supervisor.conftest import MakeProcess


def test_a_worker_is_the_same_afterwards(make_process: MakeProcess) -> None:
    """Its channel, its state, and what it has adopted."""
    process, other = make_process(1)
    process.move(ProcessState.READY)
    process.adopted.add(0)
    saved = saved_process(process) | {"channel": os.dup(process.channel.fileno())}

    restored = restored_process(saved, 5.0)

    assert repr(process) == repr(restored)
    assert ({0}, 5.0, 0.0) == (restored.adopted, restored.beaten, restored.began)
    assert restored.tell("drain")
    message = other.receive()
    assert message is not None
    assert "drain" == message.kind
    restored.close()


def test_a_child_that_another_has_started_is_waited_for() -> None:
    """Its code is that of `subprocess`."""
    started = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    child = AdoptedChild(started.pid)
    assert child.poll() is None
    child.kill()
    os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
    assert -signal.SIGKILL == child.poll()
    assert -signal.SIGKILL == child.returncode
    child.send_signal(signal.SIGTERM)
    started.returncode = child.returncode
