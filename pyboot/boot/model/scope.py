"""How long a bean lives, and who shares it."""

from dataclasses import dataclass
from typing import ClassVar, final

from .label import Label


@final
@dataclass(frozen=True, slots=True)
class Scope(Label):
    """Give a bean another life than the application's: ``@Scope("prototype")``, ``@Scope(Scope.CHANNEL)``.

    ``singleton``: one for the application. ``prototype``: a new one for everybody who asks; the container does not
    destroy it. ``channel``: one for each scope store (a connection), destroyed when the store closes. Any other name is
    a scope of your own: one for each store of that name.
    """

    name: str

    SINGLETON: ClassVar[str] = "singleton"
    PROTOTYPE: ClassVar[str] = "prototype"
    CHANNEL: ClassVar[str] = "channel"
