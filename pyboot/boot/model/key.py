"""BeanKey: a type that is asked for, with a qualifier where one is given."""

from typing import NamedTuple

from .generic import Hint, spell


class BeanKey(NamedTuple):
    """A type, with the qualifier or name that picks one bean among several of that type."""

    hint: Hint
    qualifier: object = None

    def __str__(self) -> str:
        return spell(self.hint) if self.qualifier is None else f'{spell(self.hint)} qualified "{self.qualifier}"'
