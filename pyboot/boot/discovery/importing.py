"""Importing the user's modules: an error inside one is the module's own, and is told with its file and line.

The law: whatever a module raises while it is imported is reported as an error *of that module*; only where no line of it has run,
because there is no such module, is the name that was asked for wrong.
"""

import importlib
import sys
from pathlib import Path
from traceback import extract_tb
from types import FrameType, ModuleType, TracebackType

from pyboot.boot.errors import ApplicationNotFoundError, ModuleImportError
from pyboot.boot.model.origin import Origin, short_path

_FRAMEWORK = str(Path(__file__).parents[2])


def import_module(name: str, target: str) -> ModuleType:
    """Return the module *name*, imported if need be, on behalf of *target*, which the user has named.

    Raises:
        ModuleImportError: the module, or one that it imports, raised; with the place.
        ApplicationNotFoundError: there is no such module.
    """
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        place = f"{short_path(error.filename)}:{error.lineno}" if error.filename else f"'{name}', or a module that it imports,"
        raise ModuleImportError(target, f"SyntaxError: {error.msg}", place) from error
    except SystemExit as error:  # without a word the program would end as if somebody had asked for that
        place_of_it = place_of(error.__traceback__)
        if place_of_it is None or _is_raised_by_us(error.__traceback__):
            raise
        raise ModuleImportError(target, f"SystemExit: {error}", str(place_of_it)) from error
    except Exception as error:
        place_of_it = place_of(error.__traceback__)
        if place_of_it is not None:
            raise ModuleImportError(target, f"{type(error).__name__}: {error}", str(place_of_it)) from error
        reason = f"{type(error).__name__}: {error}" if isinstance(error, ImportError) else f"'{name}' is not a module's name"
        raise ApplicationNotFoundError(target, reason) from error


def place_of(trace: TracebackType | None) -> Origin | None:
    """Return the line of the user's own code that an exception went through last, else of a library's; ``None`` where there is none."""
    machinery = ("<frozen ", f"{_FRAMEWORK}/boot/", f"{_FRAMEWORK}/cli/")
    frames = [entry for entry in extract_tb(trace) if not entry.filename.startswith(machinery) and entry.filename != importlib.__file__]
    own = [frame for frame in frames if not _is_library(frame.filename)] or frames
    return Origin(short_path(own[-1].filename), own[-1].lineno) if own else None


def _is_raised_by_us(trace: TracebackType | None) -> bool:
    """Tell whether it is the framework that ends the program: a signal has asked for that while a module was imported."""
    return extract_tb(trace)[-1].filename.startswith(f"{_FRAMEWORK}/boot/")


def importing_now(frame: FrameType | None) -> Origin | None:
    """Return the line of a module that is being imported and has called, directly or not, what *frame* runs; ``None`` for a program."""
    while frame is not None:
        spec = frame.f_globals.get("__spec__")
        if frame.f_code.co_name == "<module>" and getattr(spec, "_initializing", False) and frame.f_globals["__name__"] != "__main__":
            return Origin(short_path(frame.f_code.co_filename), frame.f_lineno)
        frame = frame.f_back
    return None


def _is_library(file: str) -> bool:
    import sysconfig  # only what has failed needs it

    places = {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")} | {f"{_FRAMEWORK}/", f"{sys.base_prefix}/lib"}
    return file.startswith(tuple(places))
