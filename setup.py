"""Builds the compiled core: typed Python of the netty tower, turned into extension modules by mypyc.

Everything else about the distribution stands in pyproject.toml. Without a C compiler, without mypy, or with
``PYBOOT_PURE=1`` the same files are installed as they are, and run interpreted.
"""

import ast
import hashlib
import inspect
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
CORE = "pyboot/components/netty"
RECORD = f"{CORE}/_compiled.json"

# The hot modules: what runs per message or per read.
COMPILED: list[str] = json.loads((ROOT / CORE / "_core.json").read_text())

# What mypyc cannot make fast: each stands beside its module, the form for the uncompiled core, and takes its place.
IN_C = ["wire/websocket/mask.c"]


# Commands that build something; the others only ask for metadata and must not wait for a compiler.
BUILDING = {"build", "build_ext", "bdist_wheel", "develop", "editable_wheel", "install"}


def compiled_extensions() -> list[Extension]:
    """Extensions for the hot modules, or none where they cannot or shall not be built."""
    if not BUILDING & set(sys.argv):
        return []
    if os.environ.get("PYBOOT_PURE") == "1":
        print("pyboot: PYBOOT_PURE=1, the core is installed uncompiled", file=sys.stderr)
        return []
    try:
        from mypyc.build import mypycify
    except ImportError:
        print("pyboot: mypy is not at hand, the core is installed uncompiled", file=sys.stderr)
        return []
    print(f"pyboot: compiling {len(COMPILED)} modules of the core (some minutes)", file=sys.stderr)
    files = [f"{CORE}/{name}" for name in COMPILED]
    made = mypycify(
        ["--namespace-packages", "--explicit-package-bases", "--config-file", "pyproject.toml", *files],
        opt_level="3",
        debug_level="0",
        group_name="pyboot_netty",
    )
    written = [Extension(f"{CORE}/{name}".removesuffix(".c").replace("/", "."), [f"{CORE}/{name}"]) for name in IN_C]
    return [*made, *written]


# What help() tells of the compiled core
# ======================================
#
# mypyc 2 drops docstrings, and gives a function whose default is no literal (a constant, an enum member) no signature. Both
# can be mended only in the C that it writes: the type of a compiled method refuses a docstring at run time, and a step at
# import would be paid by every start. The C names each method in a table of its class, `static PyMethodDef
# pipeline___ChannelPipeline_methods[]`, with the documentation as a string: `signature\n--\n\ndocstring`, the form in which
# CPython keeps both. So the strings are written anew from the sources. A mypyc that lays its tables out otherwise leaves the
# strings as they were; tests/architecture/test_docstrings.py says so. Editors and type checkers read the sources themselves,
# which stand beside the extensions, and need no stubs.

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
TABLE = re.compile(r"static (?:PyMethodDef|PyGetSetDef) (\w+)_(?:methods|getseters)\[\] = \{\n.*?\n\s*\};", re.DOTALL)
METHOD = re.compile(r'(\{"(\w+)",\s+\(PyCFunction\)\w+,\s+METH_[\w |]+, )PyDoc_STR\((?:NULL|"(?:[^"\\]|\\.)*")\)')
PROPERTY = re.compile(r'(\{"(\w+)",\s+\(getter\)\w+,\s+(?:\(setter\)\w+|NULL),\s+)NULL')
CLASS = re.compile(r'(\.tp_name = "(\w+)",.*?\.tp_doc = )PyDoc_STR\((?:NULL|"(?:[^"\\]|\\.)*")\)', re.DOTALL)

# What a class without `__init__` is called with
# ==============================================
#
# object refuses arguments that neither `__new__` nor `__init__` takes (CPython's excess_args), but only where its own `__new__`
# is in charge. mypyc gives each class a `__new__` that looks at no arguments, so a compiled handler without `__init__`, and
# what users derive from it, would take any. An `__init__` of ours could refuse them; it would also hide that of a class which
# a user mixes in behind. So the comparison that object makes is written into the C, where it costs nothing.

NEW = re.compile(r"_new\(PyTypeObject \*type, PyObject \*args, PyObject \*kwds\)\s*\{\n")
REFUSING = """\
    if (type->tp_init == PyBaseObject_Type.tp_init && (PyTuple_GET_SIZE(args) || (kwds && PyDict_GET_SIZE(kwds)))) {
        PyErr_Format(PyExc_TypeError, "%.200s() takes no arguments", type->tp_name);
        return NULL;
    }
"""


def mended(code: str, sources: list[str]) -> str:
    """*code*, the C of the core that mypyc makes of *sources*, as this project wants it."""
    return NEW.sub(lambda found: found[0] + REFUSING, documented(code, sources))


def documented(code: str, sources: list[str]) -> str:
    """*code*, the C of the core, with the docstrings and signatures of *sources*, the Python that it was made of."""
    classes: dict[str, ast.ClassDef] = {}
    owners: dict[str, ast.Module | ast.ClassDef] = {}
    for source in sources:
        module = ast.parse(Path(source).read_text())
        own = [node for node in module.body if isinstance(node, ast.ClassDef)]
        classes |= {node.name: node for node in own}
        parts = Path(source).with_suffix("").parts
        for short in ("___".join(parts[start:]) for start in range(len(parts))):  # mypyc takes the shortest that is unique
            owners[f"{short}module"] = module
            owners |= {f"{short}___{node.name}": node for node in own}

    def table(found: re.Match[str]) -> str:
        if found[1] not in owners:
            return found[0]
        nodes = functions_of(owners[found[1]])
        entries = METHOD.sub(lambda entry: entry[1] + documentation(nodes[entry[2]]) if entry[2] in nodes else entry[0], found[0])
        return PROPERTY.sub(lambda entry: entry[1] + documentation(nodes[entry[2]], "") if entry[2] in nodes else entry[0], entries)

    def documented_class(found: re.Match[str]) -> str:
        node = classes.get(found[2])
        return found[0] if node is None else found[1] + documentation(node, f"{node.name}({initializer_arguments(node, classes)})")

    return CLASS.sub(documented_class, TABLE.sub(table, code))


def functions_of(owner: ast.Module | ast.ClassDef) -> dict[str, FunctionNode]:
    """The functions defined right in *owner*: of a property its getter, of overloads the last one, which has the body."""
    found: dict[str, FunctionNode] = {}
    for node in owner.body:
        if isinstance(node, FunctionNode) and not any(isinstance(label, ast.Attribute) for label in node.decorator_list):
            found[node.name] = node
    return found


def documentation(node: FunctionNode | ast.ClassDef, signature: str | None = None) -> str:
    """The C for what help() shows of *node*; *signature* is empty for a property, which has none."""
    if signature is None:
        signature = f"{node.name}({re.sub(r'^(self|cls)(?=,|$)', r'$\1', arguments_of(node))})"
    docstring = inspect.cleandoc(ast.get_docstring(node) or "")
    text = f"{signature}\n--\n\n{docstring}" if signature else docstring
    # What is not ASCII is written as octal escapes of its UTF-8: three digits, which no digit behind them can prolong.
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}" for byte in text.encode())
    return f'PyDoc_STR("{"".join(plain)}")' if text else "NULL"


def initializer_arguments(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> str:
    """What *node* is called with: the arguments of its own `__init__`, or of the first of its bases among *classes* that has one."""
    initializer = functions_of(node).get("__init__")
    if initializer is not None:
        return re.sub(r"^self(, )?", "", arguments_of(initializer))
    names = (ast.unparse(base).partition("[")[0] for base in node.bases)
    return next((initializer_arguments(classes[name], classes) for name in names if name in classes), "")


def arguments_of(node: FunctionNode) -> str:
    """The arguments as a text signature has them: without annotations, and defaults that are no literals as `...`."""
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None:
            argument.annotation = None
    for defaults in (arguments.defaults, arguments.kw_defaults):
        defaults[:] = [value if value is None or is_literal(value) else ast.Constant(...) for value in defaults]
    return ast.unparse(arguments)


def is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


class BuildCore(build_ext):
    """Compiles the core; a failing compiler leaves the pure files in charge and says so."""

    def run(self) -> None:
        self._remove_leftovers()
        for source in {source for extension in self.extensions for source in extension.sources if "__native" in source}:
            Path(source).write_text(mended(Path(source).read_text(), [f"{CORE}/{name}" for name in COMPILED]))
        try:
            super().run()
        except Exception as error:
            if os.environ.get("PYBOOT_REQUIRE_COMPILED") == "1":
                raise
            print(f"pyboot: no compiled core ({error}); the pure one works, at a third of the speed", file=sys.stderr)
            self._remove_outputs()
            return
        if self.extensions:
            self._record()

    def _remove_leftovers(self) -> None:
        """Extensions of an earlier build in this tree: one of a module that is compiled no more would be imported all the same."""
        (ROOT / RECORD).unlink(missing_ok=True)
        suffix = self.get_ext_filename("")
        for leftover in (*ROOT.glob(f"pyboot_netty__mypyc{suffix}"), *(ROOT / CORE).rglob(f"*{suffix}")):
            leftover.unlink()

    def _remove_outputs(self) -> None:
        for output in self.get_outputs():
            Path(output).unlink(missing_ok=True)
        self.extensions = []

    def _record(self) -> None:
        """Write down which sources were compiled, so that a stale extension never shadows a newer file unnoticed."""
        sources = [*COMPILED, *IN_C, *(name.removesuffix(".c") + ".py" for name in IN_C)]
        digests = {name: hashlib.sha256((ROOT / CORE / name).read_bytes()).hexdigest() for name in sources}
        target = ROOT if self.inplace or self.editable_mode else Path(self.build_lib)
        (target / RECORD).write_text(json.dumps(digests, indent=1))


# What stands elsewhere in the repository and beside the command that needs it in a distribution: the template, the bench's peers.
ELSEWHERE = {"app_template": "pyboot/cli/app_template", "tests/bench/peers": "pyboot/cli/bench/peers"}
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", ".env", "uv.lock")


class BuildPython(build_py):
    """Builds what is not compiled, and takes along what stands elsewhere: into wheels where it is used, into the sdist where it stands."""

    def run(self) -> None:
        super().run()
        if not self.distribution.has_ext_modules():
            (ROOT / RECORD).unlink(missing_ok=True)
        if not self.editable_mode:
            for source, place in ELSEWHERE.items():
                target = Path(self.build_lib) / place
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(ROOT / source, target, ignore=LEFT_OUT)

    def get_source_files(self) -> list[str]:
        """Everything that a build reads: a wheel is built from the sdist, too."""
        in_c = (f"{CORE}/{name}" for name in IN_C)
        elsewhere = (file for source in ELSEWHERE for file in _files(source))
        return [*super().get_source_files(), f"{CORE}/_core.json", *in_c, *elsewhere]


def _files(folder: str) -> Iterator[str]:
    """Iterate over the files below *folder*, without what `LEFT_OUT` leaves out."""
    for place, folders, names in os.walk(folder):
        left_out = LEFT_OUT(place, [*folders, *names])
        folders[:] = [name for name in folders if name not in left_out]
        yield from (os.path.join(place, name) for name in names if name not in left_out)


setup(ext_modules=compiled_extensions(), cmdclass={"build_ext": BuildCore, "build_py": BuildPython})
