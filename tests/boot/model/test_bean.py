"""The labels that shape one bean."""

from pyboot.boot.model.bean import Bean, BeanLabel, DependsOn, Order
from pyboot.boot.model.label import labels


def test_bean_works_bare_named_and_with_keywords() -> None:
    """The function comes back as it was."""

    def one() -> int:
        return 1

    assert one is Bean(one)
    assert one is Bean("two", destroy="stop")(one)
    assert one is Bean(name="three", provides=object)(one)
    assert [(None, None, None), ("two", None, "stop"), ("three", object, None)] == [
        (entry.name, entry.provides, entry.destroy) for entry in labels(one, BeanLabel)
    ]


def test_order_and_needs_are_kept() -> None:
    """As they were written."""

    @DependsOn("a", "b")
    @Order(5)
    class Thing: ...

    assert [5] == [entry.value for entry in labels(Thing, Order)]
    assert [("a", "b")] == [entry.names for entry in labels(Thing, DependsOn)]
