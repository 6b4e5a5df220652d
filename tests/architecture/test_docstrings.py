"""Docstrings: whatever a public surface offers explains itself, to `help()` as in the sources, whichever core runs.

Five laws, each for every public class, function, method and property that a surface offers:

1. `help()` shows a docstring, its own or that of the base it overrides, and `inspect.signature` the parameters of the source.
   mypyc drops docstrings and some signatures; setup.py writes them into the C.
2. A docstring begins with a sentence about its subject: "The number of ...", "True if ...", a verb. A relative clause ("What is held.",
   "Whether it is open.") is no sentence.
3. The first paragraph ends with a full stop, or with a colon before what it announces.
4. An error that a function raises in its own body is named in its docstring, or in that of its class; one of a constructor in that
   of the class.
5. A number that is a time, a size or a limit has its unit in its name (`idle_seconds`) or in such a docstring.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SURFACES = ("pyboot.boot", "pyboot.components.netty", "pyboot.components.netty.wire", "pyboot.netty", "pyboot.testing")
PACKAGES = ("pyboot/boot", "pyboot/cli", "pyboot/components/netty", "pyboot/netty", "pyboot/testing")
RELATIVE = re.compile(r"(?:To )?(?:What|Which|Who|Whom|Whose|Whether|How|Where|When|Why)\b")
TIME = re.compile(r"timeout|delay|(?<!sampling_)interval|period|patience")
SIZE = re.compile(r"limit|max|min|size|length|count|capacity|rate")
UNIT_OF_TIME = re.compile(r"second|days")
UNIT_OF_SIZE = re.compile(
    r"byte|[KM]iB|character|messages|flushes|references|connections|channels|places|threads|calls|steps|components|times"
)
# What says that there is nothing to have, to Python itself, and what a subclass is to write.
UNSAID = {"StopIteration", "StopAsyncIteration", "AttributeError", "NotImplementedError", "KeyError"}
Node = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Offered(NamedTuple):
    """One public thing of a surface: its name, itself as help() gets it, and its place in the sources where that is known."""

    name: str
    thing: Any
    node: Node | None


@pytest.mark.parametrize("surface", SURFACES)
def test_help_has_something_to_show(surface: str) -> None:
    """No public class, function, method or property is without a docstring at run time."""
    assert [] == [name for name, thing, _ in offered_by(surface) if not inspect.getdoc(thing)]


@pytest.mark.parametrize("surface", SURFACES)
def test_signatures_are_those_of_the_sources(surface: str) -> None:
    """The parameters have the names of the source, in its order, with a default where that has one."""
    wrong = [
        (name, seen, expected)
        for name, thing, node in offered_by(surface)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and callable(thing)
        if (seen := parameters_seen(thing)) != (expected := parameters_of(node))
    ]

    assert [] == wrong


@pytest.mark.parametrize("surface", SURFACES)
def test_classes_show_what_they_are_made_with(surface: str) -> None:
    """The signature of a class that has an `__init__` of its own is the one of its `__init__`, without `self`."""
    wrong = []
    for name, thing, node in offered_by(surface):
        if isinstance(node, ast.ClassDef):
            initializer = next((entry for entry in node.body if isinstance(entry, ast.FunctionDef) and entry.name == "__init__"), None)
            if initializer is not None and parameters_seen(thing) != parameters_of(initializer)[1:]:
                wrong.append((name, parameters_seen(thing), parameters_of(initializer)[1:]))

    assert [] == wrong


@pytest.mark.parametrize("surface", SURFACES)
def test_errors_are_named(surface: str) -> None:
    """Whoever calls something need not read its body to know what to catch."""
    wrong = [
        (name, error)
        for name, function, said in explained_by(surface)
        for error in sorted(raised_in(function) - UNSAID)
        if error not in said
    ]

    assert [] == wrong


@pytest.mark.parametrize("surface", SURFACES)
def test_measures_have_units(surface: str) -> None:
    """Nobody has to guess whether a timeout is in seconds or in milliseconds, a limit in bytes or in messages."""
    wrong = [
        (name, measure)
        for name, function, said in explained_by(surface)
        for measure in measures_of(function)
        if not (UNIT_OF_TIME if TIME.search(measure) else UNIT_OF_SIZE).search(f"{measure} {said}")
    ]

    assert [] == wrong


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_begin_with_a_sentence(package: str) -> None:
    """A stranger reads "The number of bytes that wait." once and "How many wait." twice."""
    assert [] == [(where, text) for where, text in first_paragraphs(package) if RELATIVE.match(text)]


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_end_their_first_paragraph(package: str) -> None:
    """A docstring without a final stop reads as one that was cut."""
    assert [] == [(where, text) for where, text in first_paragraphs(package) if not text.endswith((".", ":", "!", "?"))]


def offered_by(surface: str) -> Iterator[Offered]:
    """The classes and functions that *surface* offers, and the public members that its classes have from us."""
    module = importlib.import_module(surface)
    for name in module.__all__:
        thing = getattr(module, name)
        if not (inspect.isclass(thing) or inspect.isroutine(thing)):
            continue
        yield Offered(name, thing, node_of(thing, thing.__name__))
        for member in members_of(thing) if inspect.isclass(thing) else ():
            owner = next(base for base in thing.__mro__ if member in vars(base))
            yield Offered(f"{name}.{member}", getattr(thing, member), node_of(owner, f"{owner.__name__}.{member}"))


def members_of(owner: type) -> list[str]:
    """The public methods and properties of *owner* that the sources define; attributes and what Python's own bases have are none."""
    return [
        name
        for name in dir(owner)
        if not name.startswith("_")
        if any(node_of(base, f"{base.__name__}.{name}") for base in owner.__mro__ if name in vars(base))
    ]


def explained_by(surface: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """The functions, methods and constructors that *surface* offers, each with what its docstring and that of its class say."""
    said_of_class = ""
    for name, thing, node in offered_by(surface):
        if isinstance(node, ast.ClassDef):
            said_of_class = " ".join(inspect.getdoc(base) or "" for base in thing.__mro__ if base.__module__.startswith("pyboot."))
            for entry in node.body:
                if isinstance(entry, ast.FunctionDef) and entry.name == "__init__":
                    yield name, entry, f"{said_of_class} {ast.get_docstring(entry)}"
        elif node is not None:
            yield name, node, f"{inspect.getdoc(thing)} {said_of_class if '.' in name else ''}"


def raised_in(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The classes of errors that the body of *function* raises by name, and does not catch again by an `except` that catches all."""
    caught = {
        entry
        for attempt in ast.walk(function)
        if isinstance(attempt, ast.Try)
        if any(clause.type is None or ast.unparse(clause.type) in ("Exception", "BaseException") for clause in attempt.handlers)
        for statement in attempt.body
        for entry in ast.walk(statement)
    }
    raised = [entry.exc for entry in ast.walk(function) if isinstance(entry, ast.Raise) and entry.exc is not None and entry not in caught]
    names = [ast.unparse(error.func if isinstance(error, ast.Call) else error).rpartition(".")[2] for error in raised]
    return {name for name in names if name[0].isupper()}


def measures_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The parameters of *function* that are numbers and by their names a time, a size or a limit."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    hints = [(argument.arg, ast.unparse(argument.annotation)) for argument in arguments if argument.annotation is not None]
    return [name for name, hint in hints if re.search(r"\b(?:int|float)\b", hint) and (TIME.search(name) or SIZE.search(name))]


def node_of(thing: Any, qualified: str) -> Node | None:
    """Where *qualified* is defined in the module of *thing*; None outside of the project."""
    module = getattr(thing, "__module__", None) or ""
    return nodes_of(module).get(qualified) if module.startswith("pyboot.") else None


@cache
def nodes_of(module: str) -> dict[str, Node]:
    """The classes, functions and methods in the source of *module*, by qualified name; of a property its getter."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    if not path.is_file():
        return {}
    found: dict[str, Node] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, Node):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            methods = [entry for entry in node.body if isinstance(entry, ast.FunctionDef | ast.AsyncFunctionDef)]
            accessors = {f"{method.name}.{kind}" for method in methods for kind in ("setter", "deleter")}
            own = [method for method in methods if not accessors & {ast.unparse(label) for label in method.decorator_list}]
            found |= {f"{node.name}.{method.name}": method for method in own}
    return found


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of the parameters, those with a default followed by `=`."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    bare = len(positional) - len(arguments.defaults)
    names = [argument.arg + "=" * (place >= bare) for place, argument in enumerate(positional)]
    names += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    names += [
        argument.arg + "=" * (default is not None) for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return names + ([f"**{arguments.kwarg.arg}"] if arguments.kwarg else [])


def parameters_seen(thing: Any) -> list[str]:
    """The same of what `inspect.signature` shows; what is bound already, as a class method is, has its first one added."""
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    parameters = inspect.signature(thing).parameters.values()
    names = [marks.get(entry.kind, "") + entry.name + "=" * (entry.default is not entry.empty) for entry in parameters]
    if inspect.ismethod(thing):
        return [next(iter(inspect.signature(thing.__func__).parameters)), *names]
    return ["cls", *names] if isinstance(getattr(thing, "__self__", None), type) else names


def first_paragraphs(package: str) -> Iterator[tuple[str, str]]:
    """The first paragraph of every docstring below *package*, private ones too: a reader of the sources is a stranger as well."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Node | ast.Module) and (docstring := ast.get_docstring(node)):
                yield f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'the module')}", docstring.partition("\n\n")[0].rstrip()
