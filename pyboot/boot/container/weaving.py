"""Weaving: gives a bean whose methods carry interceptors a subclass of its own class in which they are wrapped."""

import functools
import types
from collections.abc import Callable
from typing import Any, NoReturn

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import BeanLabel
from pyboot.boot.model.interception import Interceptor
from pyboot.boot.model.label import is_labelled, labels
from pyboot.boot.model.method import labelled_methods
from pyboot.boot.model.origin import origin_of

_WOVEN = "__pyboot_woven__"


def is_woven(target: type) -> bool:
    """Tell whether beans of class *target* are given a subclass."""
    return bool(labelled_methods(target, Interceptor) or labelled_methods(target, BeanLabel))


def written_class(bean: object) -> type:
    """Return the class of *bean* as it was written, not the subclass that weaving gave it."""
    own = type(bean)
    return own.__mro__[1] if vars(own).get(_WOVEN) is own else own


def weave(bean: Any) -> None:
    """Wrap the intercepted methods of *bean*; calls of a configuration's own ``@Bean`` methods become errors.

    Raises:
        DefinitionError: the class of the bean does not let itself be extended (it is not written in Python).
    """
    own = type(bean)
    if not is_woven(own):
        return
    extended: type | None = vars(own).get(_WOVEN)
    if extended is None:
        members = {"__slots__": (), "__module__": own.__module__, "__qualname__": own.__qualname__, **_members(own)}
        extended = types.new_class(own.__name__, (own,), exec_body=lambda namespace: namespace.update(members))
        setattr(extended, _WOVEN, extended)
        setattr(own, _WOVEN, extended)
    try:
        object.__setattr__(bean, "__class__", extended)  # a frozen dataclass lets nobody else
    except TypeError as error:
        reason = f"its methods cannot be intercepted: {error}"
        raise DefinitionError(own.__qualname__, str(origin_of(own)), reason) from error


def _members(own: type) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name in labelled_methods(own, Interceptor):
        method = getattr(own, name)
        for interceptor in labels(method, Interceptor):
            wrapped = interceptor.wrap(method)  # it gets the name and the labels, so that a listener stays one whoever wrote it
            method = wrapped if is_labelled(wrapped) else functools.update_wrapper(wrapped, method)
        members[name] = method
    for name in labelled_methods(own, BeanLabel):
        members[name] = _guard(own, name)
    return members


def _guard(own: type, name: str) -> Callable[..., NoReturn]:
    """Return a method that refuses its call, by which a configuration would make a second bean, unknown to the container."""

    def guarded(*args: object, **by_name: object) -> NoReturn:
        reason = f"the @Bean method '{name}' is called by its own configuration; take the bean as a parameter instead"
        raise DefinitionError(f"{own.__qualname__}.{name}", str(origin_of(getattr(own, name))), reason)

    return guarded
