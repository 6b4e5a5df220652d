"""Applications: what a server serves, found by the text of a setting or among the beans.

::

    netty.servers.web.asgi: shop.web:app          a module, and what it holds
    netty.servers.web.asgi: shop.web:create()     a factory there, called once
    netty.servers.web.asgi: admin                 a bean of the application
    netty.servers.web.wsgi: site.wsgi:application a WSGI application, in worker threads
"""

import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast, final

from pyboot.boot import ApplicationContext, BeanDefinition
from pyboot.boot.model.nearest import nearest

from .asgi.protocol import AsgiApplication
from .errors import AsgiTargetError, UnclearApplicationError, WebExtraError


@final
class Served(NamedTuple):
    """What one server serves: the setting that says it, empty where nothing does, its text, and whether it is WSGI."""

    server: str
    setting: str = ""
    target: str = ""
    is_wsgi: bool = False


async def application_of(served: Served, context: ApplicationContext, beans: Sequence[BeanDefinition]) -> AsgiApplication:
    """Return the application that *served* means, of *beans* where its text names none of a module.

    Raises:
        AsgiTargetError: it names nothing that can be served.
        UnclearApplicationError: it names nothing, and there are several beans.
        WebExtraError: it is WSGI, and the package for that is not installed.
    """
    if ":" in served.target:
        found = _imported(served)
    else:
        found = await context.abean(_bean(served, beans))
    if served.is_wsgi:
        return _adapted(found)
    if not _takes(found, 3):
        hint = "it takes (environ, start_response): it is WSGI, so say wsgi instead of asgi" if _takes(found, 2) else "it takes not three"
        raise AsgiTargetError(
            served.setting or found.__class__.__name__, served.target, f"an ASGI application is called with three arguments, and {hint}"
        )
    return cast(AsgiApplication, found)


def _imported(served: Served) -> Any:
    module, _, name = served.target.partition(":")
    is_factory = name.endswith("()")
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not (module == error.name or module.startswith(f"{error.name}.")):
            raise  # something that the module itself imports
        raise AsgiTargetError(served.setting, served.target, f"there is no module '{module}'") from error
    for part in name.removesuffix("()").split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            known = [each for each in vars(found) if not each.startswith("_")] if hasattr(found, "__dict__") else []
            raise AsgiTargetError(served.setting, served.target, f"there is no '{part}' in it", nearest(part, known)) from error
    return found() if is_factory else found


def _bean(served: Served, beans: Sequence[BeanDefinition]) -> BeanDefinition:
    if not served.target:
        if len(beans) > 1:
            raise UnclearApplicationError(served.server, [f"{entry.name} ({entry.origin})" for entry in beans])
        return beans[0]
    for entry in beans:
        if entry.is_qualified(served.target):
            return entry
    names = [entry.name for entry in beans]
    reason = f"no bean of that name is an application; there {'are' if names else 'is'}: {', '.join(names) or 'none'}"
    raise AsgiTargetError(served.setting, served.target, reason, nearest(served.target, names))


def _adapted(application: Any) -> AsgiApplication:
    try:
        from a2wsgi import WSGIMiddleware
    except ImportError as error:
        raise WebExtraError("A WSGI application", "a2wsgi") from error
    return cast(AsgiApplication, WSGIMiddleware(application))


def _takes(target: Callable[..., Any], count: int) -> bool:
    """Tell whether *target* can be called with *count* arguments by place."""
    if not callable(target):
        return False
    try:
        inspect.signature(target).bind(*(None,) * count)
    except TypeError:
        return False
    except ValueError:  # compiled, and does not tell
        return True
    return True
