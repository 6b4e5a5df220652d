"""``python -m pyboot.supervisor COMMAND …``: supervises a command whose processes ask for their sockets; `Server.workers` begins it."""

import json
import os
import sys

from .command import WorkerCommand
from .handover import VARIABLE
from .service_manager import ServiceManager
from .streams import open_streams
from .supervisor import Supervisor


def main() -> int:
    """Supervise the command that the arguments are; return the exit code."""
    open_streams()
    if len(sys.argv) < 2:
        print("python -m pyboot.supervisor: name the command that starts a worker", file=sys.stderr)
        return 2
    state = os.environ.pop(VARIABLE, "")
    return Supervisor(WorkerCommand.of(sys.argv[1:]), ServiceManager(os.environ), json.loads(state or "null")).run()


if __name__ == "__main__":
    sys.exit(main())
