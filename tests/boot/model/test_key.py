"""Bean keys as text."""

from pyboot.boot.model.key import BeanKey


def test_a_key_reads_as_what_was_asked_for() -> None:
    """With its qualifier where there is one."""
    assert "dict[str, int]" == str(BeanKey(dict[str, int]))
    assert 'int qualified "port"' == str(BeanKey(int, "port"))
