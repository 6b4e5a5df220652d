"""Worker threads: as many as are needed, up to a limit, and none that keeps the process."""

import logging
import threading

import pytest

from pyboot.boot.lifecycle.threads import WorkerThreads, tell_of_lasting


def test_work_that_waits_gets_a_thread_of_its_own_up_to_the_limit() -> None:
    """A free one is used again."""
    threads, gate = WorkerThreads(2), threading.Event()
    first = threads.submit(threading.get_ident, "first").result(20)
    held = [threads.submit(lambda: (gate.wait(20), threading.get_ident())[1], f"held {number}") for number in range(3)]
    assert {"held 0", "held 1", "held 2"} == set(threads.unfinished.values())
    gate.set()
    used = {first, *(future.result(20) for future in held)}

    assert 2 == len(used)
    assert {} == threads.close()


def test_what_is_raised_goes_to_who_waits() -> None:
    """Whatever it is; the thread goes on."""
    threads = WorkerThreads(1)

    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        threads.submit(leave, "leave").result(20)
    assert 1 == threads.submit(lambda: 1, "one").result(20)
    threads.close()


def test_the_close_forgets_what_waits_and_names_what_runs() -> None:
    """It does not wait for it: its thread does not keep the process."""
    threads, gate, begun = WorkerThreads(1), threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        gate.wait(20)

    running, waiting = threads.submit(block, "blocked"), threads.submit(block, "waiting")
    assert begun.wait(20)

    assert {running: "blocked"} == threads.close()
    assert waiting.cancelled()
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("pyboot-task"))
    with pytest.raises(RuntimeError, match="there is no worker thread for late"):
        threads.submit(block, "late")
    gate.set()
    running.result(20)


def test_threads_that_keep_the_process_are_named(caplog: pytest.LogCaptureFixture) -> None:
    """Those that were there before the application, and daemons, are not."""
    gate, told = threading.Event(), threading.Event()

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.set()

    threads = [
        threading.Thread(target=gate.wait, name=name, daemon=daemon) for name, daemon in [("old", False), ("own", False), ("d", True)]
    ]
    for thread in threads:
        thread.start()
    handler = Told()
    logging.getLogger("pyboot.boot.lifecycle.threads").addHandler(handler)
    try:
        tell_of_lasting([*(set(threading.enumerate()) - {threads[1]})], 0.01)
        assert told.wait(20)
    finally:
        gate.set()
        logging.getLogger("pyboot.boot.lifecycle.threads").removeHandler(handler)
        for thread in threads:
            thread.join()

    assert ["the process does not end before these threads do: own; make them daemons, or end them"] == caplog.messages
