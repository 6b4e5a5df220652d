"""The settings of workers, as a worker tells them."""

import os

from pyboot.supervisor.settings import RestartSettings, WorkerSettings, processors


def test_what_a_worker_tells_wins_over_defaults() -> None:
    """What it leaves out stays as it was."""
    told = WorkerSettings.of({"count": 3, "settle": 0.5, "restart": {"initial": 2.0}})

    assert WorkerSettings(count=3, settle=0.5, restart=RestartSettings(initial=2.0)) == told
    assert 3 == told.workers


def test_names_of_another_version_are_left_out() -> None:
    """A worker of newer code may know more."""
    assert WorkerSettings(count=2) == WorkerSettings.of({"count": 2, "new": 1, "restart": {"newer": 2}})


def test_no_count_is_one_worker_for_each_processor() -> None:
    """As many as this process may use, at least one."""
    assert processors() == WorkerSettings.of({"count": 0}).workers
    assert 1 <= processors() <= len(os.sched_getaffinity(0))
