"""The table of works."""

from pyboot.cli.bench.work import WORKS


def test_every_work_is_found_by_its_own_name() -> None:
    """The key is the name that the table and the command line show."""
    assert list(WORKS) == [work.name for work in WORKS.values()]


def test_a_changed_work_says_what_was_changed() -> None:
    """Two loads that differ never bear one name."""
    work = WORKS["framed16"].but(connections=1, size=4096)

    assert ("framed16[connections=1,size=4096]", 1, 4096, 64) == (work.name, work.connections, work.size, work.depth)
