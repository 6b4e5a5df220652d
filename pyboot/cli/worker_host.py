"""WorkerHost: an application in one process of several: joins container, network and supervisor, which do not know each other."""

import asyncio
import contextlib
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Self, final

from pyboot.boot import ApplicationAvailability, Shutdown
from pyboot.boot.log import mark_process
from pyboot.boot.process import Host
from pyboot.components.netty.transport.given import use_source
from pyboot.supervisor.worker import Worker

if TYPE_CHECKING:
    from pyboot.boot import Blueprint
    from pyboot.boot.config.load import Given
    from pyboot.boot.properties import WorkersSettings


@final
class WorkerHost(Host):
    """Gives the application its sockets from the supervisor, and tells that one how it is."""

    signals = (signal.SIGTERM,)

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.shares_log_file = self.keeps_alive = not worker.identity.is_reloaded
        self._told: set[asyncio.Task[None]] = set()
        self.shows_banner = worker.identity[:2] == (0, 1)  # one is enough

    @classmethod
    def of_this_process(cls) -> Self:
        """Return the host of a process that a supervisor has started."""
        worker = Worker.of_this_process()
        assert worker is not None
        worker.begin()
        if worker.identity.is_spare:
            from .spare import wait_for_turn  # of a reload alone

            wait_for_turn(worker)
        return cls(worker)

    def on_prepared(self, blueprint: "Blueprint") -> None:
        """Tell the settings, and get sockets from the supervisor from here on."""
        self._worker.tell_settings(told(blueprint))
        if self._worker.identity.is_reloaded:
            self._worker.tell_sources([os.path.abspath(file) for file in blueprint.environment.files])
        else:
            mark_process(worker=str(self._worker.identity.slot))
            if "pyboot.actuator.workers" in sys.modules:  # there is a management room
                from pyboot.actuator.workers.given import use_siblings

                use_siblings(self._worker)
            if "pyboot.cluster.engines.local.given" in sys.modules:  # workers are nodes, and have no other engine
                self._join_workers()
        use_source(self._worker)

    def _join_workers(self) -> None:
        from pyboot.cluster.engines.local.given import use_carrier
        from pyboot.supervisor.carrying import WorkerCarrier

        use_carrier(lambda prefix: WorkerCarrier(self._worker, prefix))

    def on_up(self, blueprint: "Blueprint") -> None:
        """Say that it is ready, and do what the supervisor asks for."""
        loop, availability = asyncio.get_running_loop(), blueprint.framework_bean(ApplicationAvailability)

        def refuse() -> None:
            self._told.add(loop.create_task(availability.refuse(None), name="refuse traffic"))

        def drain() -> None:
            self._told.add(loop.create_task(availability.drain(None), name="tell that the end has begun"))

        shutdown = blueprint.framework_bean(Shutdown)
        shutdown.is_of_all = False  # until the supervisor says so: a signal to this process is not one to the others

        def stop(code: int) -> None:
            shutdown.is_of_all = self._worker.is_end
            shutdown.request(code)

        self._worker.serve(loop, stop, refuse, drain)
        if self._worker.identity.is_reloaded:
            from .spare import framework_modules  # of a reload alone

            self._worker.tell_modules(framework_modules())

    def report(self, error: Exception, given: "Given") -> int:
        """Leave the report to the supervisor, which prints it once for all workers that fail for the same reason."""
        with contextlib.redirect_stderr(io.StringIO()) as written:
            code = super().report(error, given)
        if not self._worker.failed(written.getvalue()):
            print(written.getvalue(), end="", file=sys.stderr)
        return code


def told(blueprint: "Blueprint") -> dict[str, Any]:
    """Return the settings that the supervisor needs of an application, times in seconds."""
    workers: WorkersSettings = blueprint.settings.workers
    restart, file = workers.restart, blueprint.logging.file
    return {
        "count": 0 if workers.count == "auto" else workers.count,
        "accept": workers.accept,
        "boot_timeout": workers.boot_timeout.total_seconds(),
        "settle": workers.settle.total_seconds(),
        "stalled_after": workers.stalled_after.total_seconds(),
        "drain_timeout": workers.drain_timeout.total_seconds(),
        "orphan_timeout": workers.orphan_timeout.total_seconds(),
        "give_up": workers.give_up.total_seconds(),
        "restart": {
            "initial": restart.initial.total_seconds(),
            "max": restart.max.total_seconds(),
            "multiplier": restart.multiplier,
            "jitter": restart.jitter,
            "reset_after": restart.reset_after.total_seconds(),
        },
        "quiet_period": workers.quiet_period.total_seconds(),
        "pre_stop_delay": workers.pre_stop_delay.total_seconds(),
        "max_lifetime": workers.max_lifetime.total_seconds(),
        "max_memory": workers.max_memory,
        "pid_file": workers.pid_file and os.path.abspath(workers.pid_file),  # the supervisor may stand in another folder
        "log_file": file.name and os.path.abspath(file.name),
        "max_log_bytes": file.max_size,
        "kept_log_files": file.max_history,
        "layout": blueprint.logging.layout,
    }
