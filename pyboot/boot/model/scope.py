"""Scopes: the life of a bean, and who shares it."""

from typing import ClassVar, final

from .bean import ON_BEANS
from .label import Label


@final
class Scope(Label):
    """Gives a bean another life than the application's: ``@Scope("prototype")``, ``@Scope(Scope.CHANNEL)``.

    ``singleton``: one for the application. ``prototype``: a new one for everybody who asks; the container does not
    destroy it. ``channel``: one for each scope store (a connection), destroyed when the store closes. Any other name is
    a scope of your own: one for each store of that name.
    """

    places: ClassVar = ON_BEANS
    SINGLETON: ClassVar[str] = "singleton"
    PROTOTYPE: ClassVar[str] = "prototype"
    CHANNEL: ClassVar[str] = "channel"

    def __init__(self, name: str) -> None:
        self.name = name
