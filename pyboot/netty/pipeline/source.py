"""The source of a handler class: what it passes on, what it writes, what it waits for. Nothing is executed.

Only what stands there is told: a literal, a formatted text, a call of a class, a parameter with its annotation, a name that is assigned
once, and what a function, or a method of the handler or of what its constructor was given, says that it returns. Everything else is `ANY`.
Functions inside of methods are left out, and so are classes whose source is not there.

The law of what goes on: what a handler hands on is known if each use of its context is seen. A context that goes elsewhere (it is given
to a function, kept, bound to another name, asked to fire by a function inside, or asked for ``fire_channel_read`` without a call) may hand
on anything there: what goes on is `ANY` then. What stands there to be written is told all the same.
"""

import ast
import builtins
import inspect
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, final
from weakref import WeakKeyDictionary

from pyboot.boot.model.origin import Origin

from .kinds import ANY, Kind, kind_of
from .methods import CALLBACKS, Method, body_of, methods_of, own_nodes

SAME: Final = Kind(None)  # a mark: the very message that came in

_WRITES: Final = ("write", "write_and_flush", "fire_channel_write")
_BLOCKING: Final = {
    "time": ("sleep",),
    "subprocess": ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput"),
    "posix": ("system",),
    "nt": ("system",),
    "_io": ("open",),
    "shutil": ("copy", "copy2", "copyfile", "copytree", "move", "rmtree"),
    "socket": ("create_connection", "getaddrinfo", "getfqdn"),
    "_socket": ("gethostbyname", "gethostbyaddr"),
    "_sqlite3": ("connect",),
    "sqlite3": ("connect",),
    "urllib.request": ("urlopen",),
    "requests": ("get", "post", "put", "patch", "delete", "request"),
    "httpx": ("get", "post", "put", "patch", "delete", "request"),
    "builtins": ("input",),
}
_SHOWN: Final = {"posix": "os", "nt": "os", "_io": "builtins", "_socket": "socket", "_sqlite3": "sqlite3"}  # as a program names them
_BLOCKING_OF_PATHS: Final = ("read_text", "read_bytes", "write_text", "write_bytes", "open")
_OPERATIONS: Final = ("flush", "read", "close", "disconnect", "deregister", "fire_channel_read_complete", "fire_channel_active")


@final
class Written(NamedTuple):
    """A message that a method writes: its *kind*, where, and whether through the channel, so that all handlers see it."""

    kind: Kind
    origin: Origin
    by_channel: bool


@final
class Noted(NamedTuple):
    """Something that a *method* does at a place: asks for the attribute *name*, or calls the function *name*."""

    name: str
    method: str
    origin: Origin


@final
class Seen(NamedTuple):
    """The traits that are seen of a class and its bases, as far as they are not the library's.

    *fires*: what goes on inwards. *passes*: what its ``write`` hands on. *writes*: what it writes by itself. *blocks*: calls in
    callbacks during which the loop stands still. *unawaited*, *uncalled*, *returned*: coroutines, operations and messages that come to
    nothing. *asks*: attributes of the message that came in which are asked for, whatever it is. *ends*: whether what comes in goes no
    further for certain.
    """

    fires: Kind = ANY
    passes: Kind = ANY
    writes: tuple[Written, ...] = ()
    blocks: tuple[Noted, ...] = ()
    unawaited: tuple[Noted, ...] = ()
    uncalled: tuple[Noted, ...] = ()
    returned: tuple[Noted, ...] = ()
    asks: tuple[Noted, ...] = ()
    ends: bool = False


def seen_in(cls: type[Any]) -> Seen:
    """Return what the source of *cls* shows."""
    seen = _SEEN.get(cls)
    if seen is None:
        seen = _SEEN[cls] = _seen([_Method(method, cls) for method in methods_of(cls)])
    return seen


_SEEN: Final[WeakKeyDictionary[type[Any], Seen]] = WeakKeyDictionary()


def _seen(methods: "list[_Method]") -> Seen:
    writing = ("write", "channel_write")
    is_followed, reached = not _lets_context_go(methods), _reached(methods)
    return Seen(
        _one_of([kind for method in methods for kind in method.fires()]) if is_followed else ANY,
        _one_of([kind for method in methods if method.name in writing for kind, _ in method.written()]) if is_followed else ANY,
        tuple(written for method in methods if method.name not in writing for written in method.writes()),
        tuple(noted for method in methods if method.name in reached for noted in method.blocks()),
        tuple(noted for method in methods if method.name in reached for noted in method.unawaited()),
        tuple(noted for method in methods if method.is_callback for noted in method.uncalled()),
        tuple(noted for method in methods if method.name in CALLBACKS for noted in method.returned()),
        tuple(noted for method in methods if method.name in ("channel_read", "message_received") for noted in method.asks()),
        is_followed and any(method.name == "channel_read" for method in methods) and not any(method.may_fire() for method in methods),
    )


def _reached(methods: "list[_Method]") -> set[str]:
    """The names of callbacks, and of methods of the same object that they call."""
    named = {method.name: method for method in methods}
    waiting, reached = [name for name, method in named.items() if method.is_callback], set[str]()
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += (named[name].calls() & named.keys()) - reached
    return reached


def _lets_context_go(methods: "list[_Method]") -> bool:
    """Tell whether a context leaves what is seen: callbacks get one, and the methods that these give it to."""
    named = {method.name: method for method in methods}
    waiting, followed = [name for name, method in named.items() if method.is_callback], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in named or named[name].lets_context_go():
            return True
        followed.add(name)
        waiting += named[name].gives_context_to() - followed
    return False


def _one_of(kinds: list[Kind]) -> Kind:
    if not kinds:
        return ANY
    if any(kind is SAME for kind in kinds):
        return SAME if all(kind is SAME for kind in kinds) else ANY
    joined = kinds[0]
    for kind in kinds[1:]:
        joined |= kind
    return joined


@final
class _Method:
    """One method of *cls*, and what it shows."""

    def __init__(self, method: Method, cls: type[Any]) -> None:
        self.name = method.name
        self.is_callback = method.is_callback
        self._node = method.node
        self._is_wrapped = method.is_wrapped
        self._cls = cls
        self._function = method.function
        self._origin = method.origin
        self._parameters = method.parameters
        self._nodes = list(own_nodes(method.node))
        self._assigned = self._assignments()

    def fires(self) -> Iterator[Kind]:
        """Yield the kinds that it hands on inwards."""
        for call in self._calls():
            if call.func.attr == "fire_channel_read" and self._is_context(call.func.value) and call.args:
                yield self._kind(call.args[0])
            elif call.func.attr == "channel_read" and _is_super(call.func.value) and len(call.args) > 1:
                yield self._kind(call.args[1])

    def may_fire(self) -> bool:
        """Tell whether it may hand on what comes in: it names what does, or the pipeline, which could be asked to."""
        if self._is_wrapped:
            return True
        names = {node.attr for node in ast.walk(self._node) if isinstance(node, ast.Attribute)}
        return not names.isdisjoint({"fire_channel_read", "pipeline"}) or any(_is_super(call.func.value) for call in self._calls())

    def gives_context_to(self) -> set[str]:
        """Return the names of the methods of the same object that it calls with its context in the place of theirs."""
        return {
            call.func.attr for call in self._calls() if self._is_object(call.func.value) and call.args and self._is_context(call.args[0])
        }

    def lets_context_go(self) -> bool:
        """Tell whether its context goes where it is not followed: anywhere but in front of a call, and to a method of the same object."""
        followed: set[int] = set()
        for node in ast.walk(self._node):
            if isinstance(node, ast.Attribute) and not node.attr.startswith(("fire_", "write")):
                followed.add(id(node.value))
        for call in self._calls():
            followed.add(id(call.func.value))
            if call.args and (self._is_object(call.func.value) or _is_super(call.func.value)):
                followed.add(id(call.args[0]))
        contexts = self._parameters[1:2]
        return any(isinstance(node, ast.Name) and node.id in contexts and id(node) not in followed for node in ast.walk(self._node))

    def _is_object(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._parameters[:1]

    def written(self) -> Iterator[tuple[Kind, ast.Call]]:
        """Yield the kinds that it writes through its context, each with its call."""
        for call in self._calls():
            if call.func.attr in _WRITES and self._is_context(call.func.value) and call.args:
                yield self._kind(call.args[0]), call

    def writes(self) -> Iterator[Written]:
        """The same, and what it writes through the channel, with the places."""
        for kind, call in self.written():
            yield Written(kind, self._origin(call), by_channel=False)
        for call in self._calls():
            through = call.func.value
            is_channel = isinstance(through, ast.Attribute) and through.attr == "channel" and self._is_context(through.value)
            if call.func.attr in _WRITES and is_channel and call.args:
                yield Written(self._kind(call.args[0]), self._origin(call), by_channel=True)

    def asks(self) -> Iterator[Noted]:
        """Yield the attributes of its message that it asks for; none where it looks first what the message is."""
        looks = ("isinstance", "issubclass", "hasattr", "getattr", "type", "cast")
        tests = (node.test for node in self._nodes if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert))
        calls = (call for test in tests for call in ast.walk(test) if isinstance(call, ast.Call))
        if any(isinstance(given, ast.Name) and given.id in self._parameters[2:3] for call in calls for given in call.args):
            return  # something that is not seen looks
        for node in self._nodes:
            is_look = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in looks
            if is_look or isinstance(node, ast.Match | ast.Try | ast.TryStar):
                return
        messages = [name for name in self._parameters[2:3] if name not in self._assigned and not self._is_wrapped]
        for node in self._nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in messages:
                yield Noted(node.attr, self.name, self._origin(node))

    def blocks(self) -> Iterator[Noted]:
        """The calls in it that wait without giving the loop back."""
        for node in self._nodes:
            if isinstance(node, ast.Call) and (name := self._blocking(node.func)) is not None:
                yield Noted(name, self.name, self._origin(node))

    def _blocking(self, node: ast.expr) -> str | None:
        """Return the name of the function that *node* means, as programs write it, if a call of it waits."""
        if isinstance(node, ast.Attribute) and node.attr in _BLOCKING_OF_PATHS and self._is_path(node.value):
            return f"Path.{node.attr}"
        called = self._resolved(node)
        module, name = str(getattr(called, "__module__", None)), getattr(called, "__name__", "")
        is_known = name in _BLOCKING.get(module.removesuffix(".api"), ())
        return f"{_SHOWN.get(module, module)}.{name}".removeprefix("builtins.") if is_known else None

    def _is_path(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=called):
                return self._resolved(called) is Path
            case ast.Name(id=name) if name in self._parameters and name not in self._assigned:
                return self._hint(name) is Path
            case ast.Name(id=name) if len(values := self._assigned.get(name, [])) == 1 and values[0] is not None:
                return self._is_path(values[0])
            case ast.Attribute(value=ast.Name(id=name), attr=held) if name in self._parameters[:1]:
                return _held_by(self._cls).get(held) is Path
        return False

    def calls(self) -> set[str]:
        """Return the names of the methods of the same object that it calls."""
        return {call.func.attr for call in self._calls() if self._is_object(call.func.value)}

    def unawaited(self) -> Iterator[Noted]:
        """The coroutines that it makes and leaves: nothing of them is ever run."""
        for node in self._nodes:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                called = self._resolved(node.value.func) or self._own(node.value.func)
                if inspect.iscoroutinefunction(called):
                    yield Noted(ast.unparse(node.value.func), self.name, self._origin(node))

    def uncalled(self) -> Iterator[Noted]:
        """The operations that it names without calling them."""
        for node in self._nodes:
            match node:
                case ast.Expr(value=ast.Attribute(value=through, attr=attr)) if attr in _OPERATIONS:
                    through = through.value if isinstance(through, ast.Attribute) and through.attr == "channel" else through
                    if self._is_context(through):
                        yield Noted(ast.unparse(node.value), self.name, self._origin(node))

    def returned(self) -> Iterator[Noted]:
        """The kinds of messages that it returns, which nobody gets."""
        for node in self._nodes:
            if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant | ast.Await):
                kind = self._kind(node.value)
                if kind is not SAME and kind.types and all(each in (str, bytes, bytearray, dict, list) for each in kind.types):
                    yield Noted(str(kind), self.name, self._origin(node))
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str | bytes):
                yield Noted(type(node.value.value).__name__, self.name, self._origin(node))

    def _calls(self) -> Iterator[Any]:  # Any: calls whose function is an attribute
        return (node for node in self._nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))

    def _is_context(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._parameters[1:2] and node.id not in self._assigned

    def _assignments(self) -> Mapping[str, list[ast.expr | None]]:
        """The names that it assigns, each with the values, ``None`` for one that is not simply given."""
        given: dict[str, list[ast.expr | None]] = {}
        simple: set[int] = set()
        for node in self._nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                given.setdefault(node.targets[0].id, []).append(node.value)
                simple.add(id(node.targets[0]))
            elif isinstance(node, ast.NamedExpr):
                given.setdefault(node.target.id, []).append(node.value)
                simple.add(id(node.target))
        for node in self._nodes:
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and id(node) not in simple:
                given.setdefault(node.id, []).append(None)
        for node in ast.walk(self._node):
            for name in _bound_otherwise(node) if node is not self._node else ():
                given.setdefault(name, []).append(None)
        return given

    def _kind(self, node: ast.expr | None, depth: int = 0) -> Kind:
        """Of which kind *node* is, as far as it can be seen."""
        if node is None or depth > 8:
            return ANY
        match node:
            case ast.Constant(value=value):
                return Kind((type(value),))
            case ast.JoinedStr():
                return Kind((str,))
            case ast.Dict() | ast.DictComp():
                return Kind((dict,))
            case ast.List() | ast.ListComp():
                return Kind((list,))
            case ast.Tuple():
                return Kind((tuple,))
            case ast.NamedExpr(value=value):
                return self._kind(value, depth + 1)
            case ast.IfExp(body=body, orelse=orelse):
                return _known_union(self._kind(body, depth + 1), self._kind(orelse, depth + 1))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _sum(self._kind(left, depth + 1), self._kind(right, depth + 1))
            case ast.BinOp(left=left, op=ast.Mod()):
                return _text_only(self._kind(left, depth + 1))
            case ast.Call(func=ast.Attribute(value=value, attr="encode")):
                return Kind((bytes,)) if self._kind(value, depth + 1) == Kind((str,)) else ANY
            case ast.Call(func=ast.Attribute(value=value, attr="format" | "join" | "upper" | "lower" | "strip" | "replace")):
                return _text_only(self._kind(value, depth + 1))
            case ast.Call(func=called):
                return self._called(called, is_awaited=False)
            case ast.Await(value=ast.Call(func=called)):
                return self._called(called, is_awaited=True)
            case ast.Name(id=name):
                return self._named(name, depth)
        return ANY

    def _named(self, name: str, depth: int) -> Kind:
        values = self._assigned.get(name)
        if values is not None:
            is_one = len(values) == 1 and name not in self._parameters
            return self._kind(values[0], depth + 1) if is_one else ANY
        if name in self._parameters[2:3] and self.is_callback and not self._is_wrapped:
            return SAME
        return kind_of(self._hint(name)) if name in self._parameters else ANY

    def _called(self, node: ast.expr, *, is_awaited: bool) -> Kind:
        """Return the kind that a call of *node* gives: of a class its objects, of a function what it says that it returns."""
        called = self._resolved(node) or self._own(node)
        if isinstance(called, type) and not is_awaited:
            return kind_of(called) if _makes_its_own(called) else ANY
        if inspect.isfunction(called) and inspect.iscoroutinefunction(called) is is_awaited and not inspect.isgeneratorfunction(called):
            return kind_of(_hints_of(called).get("return", Any))
        return ANY

    def _own(self, node: ast.expr) -> Any:
        """The method that *node* means: of the handler, ``self.answer``, or of what it holds, ``self.greeter.greet``; None for others."""
        if not isinstance(node, ast.Attribute):
            return None
        own = next(iter(self._parameters), None)
        match node.value:
            case ast.Name(id=name) if name == own:
                return inspect.getattr_static(self._cls, node.attr, None)
            case ast.Attribute(value=ast.Name(id=name), attr=held) if name == own:
                kind = kind_of(_held_by(self._cls).get(held, Any))
                return inspect.getattr_static(kind.types[0], node.attr, None) if kind.types is not None and len(kind.types) == 1 else None
        return None

    def _resolved(self, node: ast.expr) -> Any:
        """The object that *node*, a name or a name of a module's attribute, means outside of the method; None for anything else."""
        if isinstance(node, ast.Attribute):
            owner = self._resolved(node.value)
            return getattr(owner, node.attr, None) if inspect.ismodule(owner) else None
        if not isinstance(node, ast.Name) or node.id in self._assigned or node.id in self._parameters:
            return None
        if node.id in self._function.__code__.co_freevars:
            return None
        return self._function.__globals__.get(node.id, getattr(builtins, node.id, None))

    def _hint(self, name: str) -> Any:
        return _hints_of(self._function).get(name, Any)


def _hints_of(function: Any) -> Mapping[str, Any]:
    """The hints of a function or class; none where one of them leads nowhere."""
    try:
        return typing.get_type_hints(function)
    except Exception:  # noqa: BLE001  # whatever a user's hint raises: it cannot be known
        return {}


def _held_by(cls: type[Any]) -> Mapping[str, Any]:
    """The hints of the attributes that objects of *cls* hold: annotated in the class, or given to its constructor and kept as they are."""
    held = dict(_hints_of(cls))
    constructor = next(((base, vars(base)["__init__"]) for base in cls.__mro__ if "__init__" in vars(base)), (object, None))
    if not inspect.isfunction(constructor[1]):
        return held
    hints = _hints_of(constructor[1])
    for node in (inner for method in body_of(constructor[0]) if method.name == "__init__" for inner in own_nodes(method)):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attribute)], value=ast.Name(id=name)) if name in hints:
                held.setdefault(attribute, hints[name])
    return held


def _bound_otherwise(node: ast.AST) -> Iterable[str]:
    """The names that *node* binds and does not hold as nodes: of patterns, errors, imports, functions inside, and what these assign."""
    match node:
        case ast.Nonlocal(names=names) | ast.Global(names=names):
            return names
        case ast.MatchMapping(rest=str(name)):
            return (name,)
        case ast.alias(name=path, asname=name):
            return (name or path.partition(".")[0],)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
    return ()


def _makes_its_own(cls: type[Any]) -> bool:
    """Tell whether a call of *cls* gives an object of it: neither its metaclass nor a ``__new__`` in Python decides otherwise."""
    if cls.__module__ == "builtins" or issubclass(cls, tuple):  # a named tuple has a __new__ that is generated
        return True
    return type(cls).__call__ is type.__call__ and not inspect.isfunction(cls.__new__)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _known_union(one: Kind, other: Kind) -> Kind:
    return ANY if not one.is_known or not other.is_known else one | other


def _sum(left: Kind, right: Kind) -> Kind:
    """Text added to whatever is text; of bytes the left one says what comes out."""
    text = Kind((str,))
    return text if text in (left, right) else left if left in (Kind((bytes,)), Kind((list,)), Kind((tuple,))) else ANY


def _text_only(kind: Kind) -> Kind:
    return kind if kind == Kind((str,)) else ANY
