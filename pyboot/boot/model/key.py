"""BeanKey: what is asked for, a type and maybe a qualifier."""

from dataclasses import dataclass

from .generic import Hint, spell


@dataclass(frozen=True, slots=True)
class BeanKey:
    """A type, with the qualifier or name that picks one bean among several of that type."""

    hint: Hint
    qualifier: object = None

    def __str__(self) -> str:
        return spell(self.hint) if self.qualifier is None else f'{spell(self.hint)} qualified "{self.qualifier}"'
