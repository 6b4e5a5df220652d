"""The tree of settings: branches merge, lists replace, single indices patch."""

from pyboot.boot.config.tree import Branch, Items, Leaf, descend, grow, leaves, overlay, plant, text_of
from pyboot.boot.model.origin import Origin

HERE = Origin("here")


def values(node: object) -> dict[tuple[str | int, ...], str | None]:
    """The texts of a tree by path."""
    assert isinstance(node, Branch | Items | Leaf)
    return {path: leaf.text for path, leaf in leaves(node)}


def test_branches_are_merged_by_uniform_name() -> None:
    """The value of the upper one wins, under the spelling of the lower one."""
    merged = overlay(grow({"max-size": 1, "name": "x"}, HERE), grow({"maxSize": 2}, HERE))

    assert {("max-size",): "2", ("name",): "x"} == values(merged)


def test_a_whole_list_replaces_a_list() -> None:
    """As in Spring: lists are not merged."""
    merged = overlay(grow({"a": [1, 2, 3]}, HERE), grow({"a": [9]}, HERE))

    assert {("a", 0): "9"} == values(merged)


def test_an_index_patches_a_list() -> None:
    """``a[1]=x`` changes one item and leaves the others."""
    merged = overlay(grow({"a": [1, 2, 3]}, HERE), plant(("a", 1), Leaf.of("x", HERE)))

    assert {("a", 0): "1", ("a", 1): "x", ("a", 2): "3"} == values(merged)


def test_an_index_can_patch_deep_inside_an_item() -> None:
    """The rest of the item stays."""
    merged = overlay(grow({"a": [{"b": 1, "c": 2}]}, HERE), plant(("a", 0, "b"), Leaf.of("x", HERE)))

    assert {("a", 0, "b"): "x", ("a", 0, "c"): "2"} == values(merged)


def test_neither_tree_is_changed_by_laying_one_over_the_other() -> None:
    """Sources are shared between bindings."""
    below, above = grow({"a": {"b": 1}}, HERE), grow({"a": {"b": 2}}, HERE)
    overlay(below, above)

    assert {("a", "b"): "1"} == values(below)


def test_dotted_names_open_branches() -> None:
    """``{"a.b": 1}`` is short for ``{"a": {"b": 1}}``."""
    assert {("a", "b"): "1", ("a", "c"): "2"} == values(grow({"a.b": 1, "a": {"c": 2}}, HERE))


def test_a_path_that_leads_nowhere_finds_nothing() -> None:
    """Whatever stands in its way."""
    tree = grow({"a": [1]}, HERE)

    assert descend(tree, ("a", 1)) is None
    assert descend(tree, ("a", 0, "b")) is None
    assert descend(tree, ("b",)) is None


def test_scalars_become_the_text_that_files_would_hold() -> None:
    """``True`` is written ``true``; nothing is nothing."""
    assert ("true", "1", "x", None) == (text_of(True), text_of(1), text_of("x"), text_of(None))


def test_a_value_and_children_of_one_name_live_beside_each_other() -> None:
    """In either order, as loggers need it."""
    branch, value = grow({"a": {"b": 1}}, HERE), grow({"a": 2}, HERE)

    assert {("a",): "2", ("a", "b"): "1"} == values(overlay(branch, value)) == values(overlay(value, branch))
