"""The sums over workers that are gone."""

import json
import os

import pytest

from pyboot.supervisor import totals as module
from pyboot.supervisor.memory_file import content, written
from pyboot.supervisor.totals import Totals


def told(**rows: list[float]) -> bytes:
    """What a worker tells."""
    return json.dumps({"totals": rows, "others": {"a": 1}}).encode()


def rows_of(totals: Totals) -> object:
    """What they add up to, as others get it."""
    return json.loads(content(totals.file().fileno()))["totals"]


def test_rows_of_one_name_add_up_number_by_number() -> None:
    """And what is of the moment is not kept."""
    totals = Totals()
    totals.add(told(a=[1], b=[1, 0.5, 3]))
    totals.add(told(b=[2, 0.5, 4], c=[7]))

    assert {"a": [1], "b": [3, 1.0, 7], "c": [7]} == rows_of(totals)
    totals.close()


def test_the_file_is_written_anew_when_they_have_changed() -> None:
    """Between two ends of workers it stays the same."""
    totals = Totals()
    assert {} == rows_of(totals)
    assert totals.file() is totals.file()
    totals.add(told(a=[1]))
    assert {"a": [1]} == rows_of(totals)
    totals.close()


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"totals": 3}', b'{"totals": {"a": 3}}', b'{"totals": {"a": ["3"]}}'])
def test_what_is_no_total_is_refused_and_changes_nothing(data: bytes) -> None:
    """The supervisor lives whatever a worker writes."""
    totals = Totals()
    totals.add(told(a=[1]))
    with pytest.raises(ValueError):  # noqa: PT011  # json says it in its own words
        totals.add(data)
    assert {"a": [1]} == rows_of(totals)
    totals.close()


def test_names_that_never_end_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are known go on adding up."""
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    totals = Totals()
    totals.add(told(a=[1], b=[1], c=[1]))
    totals.add(told(a=[1], d=[1]))
    assert {"a": [2], "b": [1]} == rows_of(totals)
    totals.close()


def test_a_supervisor_that_is_executed_anew_goes_on_with_them() -> None:
    """From the memory file, which is closed then."""
    before, after = Totals(), Totals()
    before.add(told(a=[1]))
    inherited = os.dup(before.file().fileno())
    after.restore(inherited)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(inherited)
    after.add(told(a=[1]))
    assert {"a": [2]} == rows_of(after)
    before.close()
    after.close()


def test_a_file_is_added_as_it_was_told() -> None:
    """By its descriptor, which stays open."""
    totals, descriptor = Totals(), written(told(a=[1]))
    totals.add_file(descriptor)
    totals.add_file(descriptor)
    assert {"a": [2]} == rows_of(totals)
    os.close(descriptor)
    totals.close()
