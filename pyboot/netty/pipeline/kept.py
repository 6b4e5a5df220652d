"""Kept: what a handler class assigns to attributes of its object while it serves a connection. Nothing is executed.

The law: of an object that is shared by all connections, an attribute *of a connection* is a mistake, for the next connection overwrites it;
one that is *of all* may be meant. It is of a connection if what is assigned is, or is made of, an argument of a callback: its context, its
message, its error. It is of all if it is made of what was there before (``self.lines += 1``, ``self.longest = max(self.longest, size)``),
or of neither. Text and bytes of all connections in one attribute (``self.rest += msg``) are a mistake again. What is assigned under a lock,
or where the attribute was looked at first (``if self.first is None``), is shared on purpose, and so is what goes into a container.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard, final

from pyboot.boot.model.origin import Origin

from .methods import Method, methods_of, own_nodes


@final
class Kept(NamedTuple):
    """An attribute *name* that *method* assigns at a place, *of_connection* or of all."""

    name: str
    method: str
    origin: Origin
    of_connection: bool


def kept_by(cls: type[Any]) -> Iterator[Kept]:
    """Yield what callbacks of *cls*, and the methods that they give their arguments to, assign to attributes of its object."""
    methods = {method.name: method for method in methods_of(cls)}
    given = {method.name: set(method.parameters[1:]) for method in methods.values() if method.is_callback}
    waiting = list(given)
    while waiting:
        name = waiting.pop()
        for called, names in _handed_on(methods[name], given[name], methods):
            if not names <= given.get(called, set()):
                given[called] = given.get(called, set()) | names
                waiting.append(called)
    for name, names in given.items():
        yield from _assigned(methods[name], names)


def _handed_on(method: Method, names: set[str], methods: Mapping[str, Method]) -> Iterator[tuple[str, set[str]]]:
    """The methods of the same object that *method* calls, with the names that its arguments of a connection have there."""
    nodes = list(own_nodes(method.node))
    made = _made_of(nodes, names)
    for node in nodes:
        if not isinstance(node, ast.Call) or not _is_own(node.func, method) or node.func.attr not in methods:
            continue
        parameters = methods[node.func.attr].parameters[1:]
        by_place = {name for name, value in zip(parameters, node.args, strict=False) if _mentions(value, made)}
        handed = by_place | {each.arg for each in node.keywords if each.arg and _mentions(each.value, made)}
        if handed:
            yield node.func.attr, handed


def _assigned(method: Method, names: set[str]) -> Iterator[Kept]:
    nodes = list(own_nodes(method.node))
    made = _made_of(nodes, names)
    guarded = {id(inner) for node in nodes if isinstance(node, ast.With | ast.AsyncWith) for inner in ast.walk(node)}
    looked_at = [(_attributes(node.test, method), {id(inner) for inner in ast.walk(node)}) for node in nodes if isinstance(node, ast.If)]
    for node, targets, value in _assignments(nodes):
        for target in (inner for each in targets for inner in ast.walk(each)):
            if id(node) in guarded or not _is_own(target, method) or not isinstance(target.ctx, ast.Store):
                continue
            if any(target.attr in attributes and id(node) in inside for attributes, inside in looked_at):
                continue
            is_grown = isinstance(node, ast.AugAssign) or target.attr in _attributes(value, method)
            of_connection = _joins(value, names) if is_grown else _mentions(value, made)
            yield Kept(target.attr, method.name, method.origin(node), of_connection)


def _assignments(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.AST, list[ast.expr], ast.expr]]:
    """Each statement that assigns, with its targets and what they get."""
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                yield node, targets, value
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
                yield node, [target], value
            case ast.NamedExpr(target=target, value=value):
                yield node, [target], value
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                yield node, [target], value


def _made_of(nodes: Iterable[ast.AST], names: set[str]) -> set[str]:
    """*names*, and those that are assigned something made of them."""
    made, count = set(names), -1
    assignments = list(_assignments(nodes))
    while count != len(made):
        count = len(made)
        for _, targets, value in assignments:
            if _mentions(value, made):
                bound = (each for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
                made |= {each.id for each in bound if isinstance(each.ctx, ast.Store)}
    return made


def _mentions(node: ast.expr, names: set[str]) -> bool:
    return any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))


def _attributes(node: ast.expr, method: Method) -> set[str]:
    """The attributes of the object that *node* reads."""
    return {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute) and _is_own(each, method)}


def _joins(value: ast.expr, names: set[str]) -> bool:
    """Tell whether *value* is an argument itself, or adds one: the messages of all connections in one."""
    if isinstance(value, ast.BinOp):
        return _joins(value.left, names) or _joins(value.right, names)
    return isinstance(value, ast.Name) and value.id in names


def _is_own(node: ast.AST, method: Method) -> TypeGuard[ast.Attribute]:
    """Tell whether *node* is an attribute of the object whose *method* it stands in."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in method.parameters[:1]
