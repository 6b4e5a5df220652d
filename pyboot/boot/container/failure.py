"""The error of a failed making, as whoever wanted the bean sees it: what failed, and the way that led to it."""

import traceback
from collections.abc import Sequence

from pyboot.boot.errors import BeanCreationError, BootError, CircularDependencyError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.origin import short_path

from .creation import CreationCircleError


def failure(definition: BeanDefinition, error: Exception) -> BootError:
    """Return the error to raise for a factory that raised *error*: the container's own errors pass, with the path noted."""
    if isinstance(error, CreationCircleError):
        error.pass_through(definition)
    if isinstance(error, BeanCreationError):
        here = f"'{definition.name}' ({definition.origin})"
        if error.reason.startswith(RecursionError.__name__) and here in error.path:
            return _circle_of_prototypes(here, error.path)
        return BeanCreationError(error.bean, error.location, error.reason, (*error.path, here))
    if isinstance(error, BootError):
        return error
    return BeanCreationError(definition.name, str(definition.origin), _told(error))


def _told(error: Exception) -> str:
    """Return the text of *error*; for one without a text, the place where the application's code was left."""
    if str(error):
        return f"{type(error).__name__}: {error}"
    frames = (frame for frame in traceback.extract_tb(error.__traceback__) if "/pyboot/boot/" not in frame.filename)
    left = next((f" (at {short_path(frame.filename)}:{frame.lineno}, in {frame.name})" for frame in frames), "")
    return f"{type(error).__name__}{left}"


def _circle_of_prototypes(here: str, path: Sequence[str]) -> CircularDependencyError:
    """Return the error for prototypes that have asked for each other until the stack was full: *path* leads from *here* to *here*."""
    inner = path[path.index(here) + 1 :]
    return CircularDependencyError([entry.replace("'", "") for entry in (here, *reversed(inner))])
