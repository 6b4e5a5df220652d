"""`pyboot why`: all that is known of a bean, a setting or a handler, joined: conditions, the path that needs it, origins, pipelines.

The application may be wrong otherwise: what is missing in it is mostly what is asked for.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, final

from pydantic import BaseModel

from pyboot.boot import Blueprint, BootError
from pyboot.boot.config.names import join_key, kebab, split_key, uniform
from pyboot.boot.config.read.placeholder import keys_in
from pyboot.boot.config.shape import shape_of
from pyboot.boot.discovery.asking import expressions_of
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import Hint, bare, get_origin, spell
from pyboot.boot.model.nearest import nearest
from pyboot.cli.errors import CommandError

from .beans import facts as beans_of
from .env import shown

_COLUMN = 12


@final
class Answer(NamedTuple):
    """Everything that is known of *subject*: the beans, what was left out, the setting, and the places in pipelines."""

    subject: str
    beans: Sequence[dict[str, Any]] = ()
    left_out: Sequence[dict[str, Any]] = ()
    setting: dict[str, Any] | None = None
    places: Sequence[dict[str, Any]] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is known."""
        return not (self.beans or self.left_out or self.setting or self.places)

    def __str__(self) -> str:
        """Return a paragraph for each thing that is known."""
        setting = [] if self.setting is None else [_paragraph(f"the setting {self.setting['key']}", self.setting, "key")]
        places = [(f"{each['handler']} in the pipeline of the {each['owner']}", each) for each in self.places]
        return "\n\n".join(
            [
                *(_paragraph(f"the bean {each['name']}  ({each['type']})", each, "name", "type") for each in self.beans),
                *(_paragraph(f"{each['name']} was left out", each, "name") for each in self.left_out),
                *setting,
                *(_paragraph(title, each, "handler", "owner") for title, each in places),
            ]
        )


def why(blueprint: Blueprint, subject: str) -> Answer:
    """Return all that is known of *subject* in the application of *blueprint*: a bean, its class, a setting, a handler or a codec.

    Raises:
        CommandError: nothing is known of it.
    """
    beans, left_out = _beans(blueprint, subject), _left_out(blueprint, subject)
    answer = Answer(subject, beans, left_out, _setting(blueprint, subject), _places(blueprint, subject))
    if answer.is_empty:
        near = nearest(subject, _known(blueprint), count=3)
        action = f"Did you mean {' or '.join(near)}?" if near else "`pyboot beans`, `env` and `pipelines` tell what there is."
        raise CommandError(f"Nothing in {blueprint.name} is called '{subject}': no bean, no setting, no handler.", action)
    return answer


def _paragraph(title: str, entry: dict[str, Any], *left: str) -> str:
    lines = [title]
    for name, value in entry.items():
        told = value if isinstance(value, list) else [value]
        if name not in left and value not in (None, [], ""):
            head, *rest = (str(each) for each in told)
            lines += [f"    {name.replace('_', ' '):<{_COLUMN}}{head}", *(" " * (_COLUMN + 4) + each for each in rest)]
    return "\n".join(lines)


def _means(subject: str, bean: BeanDefinition) -> bool:
    """Tell whether *subject* is the name of *bean*, of its class, or one of its qualifiers, in any spelling."""
    kind = get_origin(bean.provides) or bean.provides
    names = (bean.name, spell(bean.provides), getattr(kind, "__name__", ""), getattr(kind, "__qualname__", ""), *bean.qualifiers)
    return uniform(subject) in [uniform(str(name)) for name in names]


def _beans(blueprint: Blueprint, subject: str) -> list[dict[str, Any]]:
    meant = {bean.name: bean for bean in blueprint.graph.order if _means(subject, bean)}
    return [
        {
            "name": entry["name"],
            "type": entry["type"],
            "origin": entry["origin"],
            "because": entry["because"],
            "needed_for": [" <- ".join(path) for path in _paths(blueprint, meant[entry["name"]])],
            "needs": entry["needs"],
            "settings": list(_settings_of(blueprint, meant[entry["name"]])),
        }
        for entry in (beans_of(blueprint) if meant else ())
        if entry["name"] in meant
    ]


def _paths(blueprint: Blueprint, bean: BeanDefinition) -> Iterator[list[str]]:
    """Iterate over the shortest path from *bean* to each bean that nobody needs and that is there because of it, the nearest first."""
    owners: dict[str, list[str]] = {}
    for owner in blueprint.graph.order:
        targets = [target for edge in blueprint.graph.edges.get(owner, ()) for target in edge.targets]
        for needed in (*targets, *blueprint.graph.extra.get(owner, ())):
            owners.setdefault(needed.name, []).append(owner.name)
    waiting, seen = [[bean.name]], {bean.name}
    while waiting:
        path = waiting.pop(0)
        following = [owner for owner in owners.get(path[-1], ()) if owner not in seen]
        seen.update(following)
        waiting += [[*path, owner] for owner in following]
        if not owners.get(path[-1]) and len(path) > 1:
            yield path


def _settings_of(blueprint: Blueprint, bean: BeanDefinition) -> Iterator[str]:
    """Iterate over the settings that reach *bean*, with their origins: those below its prefix, and those that its parameters ask for."""
    settings = blueprint.environment.effective(blueprint.bound)
    asked = {key for edge in blueprint.graph.edges.get(bean, ()) for key in keys_in(edge.request.value or "")}
    below = () if bean.prefix is None else split_key(bean.prefix)
    for key, leaf in settings.items():
        if key in asked or (below and split_key(key)[: len(below)] == below):
            yield f"{key}={shown(blueprint, key, leaf) or ''}  ({leaf.origin})"


def _left_out(blueprint: Blueprint, subject: str) -> list[dict[str, Any]]:
    report, masked = blueprint.registry.report, blueprint.environment.secrets.masked
    decided = [
        {
            "name": decision.definition.name,
            "origin": str(decision.definition.origin),
            "because": [masked(outcome.message) for outcome in decision.outcomes if not outcome.matched],
        }
        for decision in report.withheld()
        if _means(subject, decision.definition)
    ]
    refused = [
        {"name": name, "origin": None, "because": [masked(outcome.message) for outcome in outcomes if not outcome.matched]}
        for name, outcomes in report.refused.items()
        if subject in (name, name.rpartition(":")[2])
    ]
    excluded = [{"name": name, "origin": None, "because": ["it is excluded"]} for name in report.exclusions if subject in name]
    return [*decided, *refused, *excluded]


def _setting(blueprint: Blueprint, subject: str) -> dict[str, Any] | None:
    """All that is known of *subject* as a key of settings; None if it is none."""
    try:
        parts = split_key(subject)
        leaves = [leaf for leaf, _ in blueprint.environment.leaves(subject)]
    except ValueError:
        return None
    key = join_key(tuple(kebab(part) if isinstance(part, str) else part for part in parts))
    effective = {uniform_key(known): leaf for known, leaf in blueprint.environment.effective(blueprint.bound).items()}.get(uniform_key(key))
    binding = list(_binders(blueprint, parts))
    asking = [bean.name for bean in blueprint.registry.candidates if any(_asks(text, key) for text in expressions_of([bean]))]
    decided = list(_decided_by(blueprint, key))
    if not (leaves or effective or binding or asking or decided):
        return None
    winning = effective or (leaves[0] if leaves else None)
    hidden = [leaf for leaf in leaves if winning is None or leaf.origin != winning.origin]
    return {
        "key": key,
        "value": None if winning is None else shown(blueprint, key, winning),
        "origin": "it is not set" if winning is None else str(winning.origin),
        "shadows": [f"{shown(blueprint, key, leaf) or ''}  ({leaf.origin})" for leaf in hidden],
        "means": [text for _, text in binding if text],
        "bound_by": [bean for bean, _ in binding],
        "asked_by": asking,
        "decided": decided,
    }


def uniform_key(key: str) -> tuple[str, ...]:
    """Return *key* as keys are compared."""
    return tuple(uniform(part) for part in split_key(key))


def _binders(blueprint: Blueprint, parts: Sequence[str | int]) -> Iterator[tuple[str, str]]:
    """Iterate over the beans whose class has a field at *parts*, each with what it says of it."""
    own = {bean.prefix: bean.name for bean in blueprint.graph.index.definitions if bean.prefix is not None}
    for prefix, model in blueprint.bound:
        below = split_key(prefix)
        if [uniform(part) for part in parts[: len(below)]] == [uniform(part) for part in below] and len(parts) > len(below):
            text = _described(model, parts[len(below) :])
            if text is not None:
                yield own.get(prefix, f"pyboot itself, below '{prefix}'"), text


def _described(model: Hint, parts: Sequence[str | int]) -> str | None:
    """Return what the field of *model* at *parts* says of itself, nothing where it is silent; None if there is no such field."""
    text = ""
    for part in parts:
        shape = shape_of(model)
        field = None if shape.fields is None else shape.fields.get(uniform(part))
        if field is None and shape.entry is None and shape.item is None:
            return None
        text = "" if field is None else _description(model, field.key)
        model = field.hint if field is not None else shape.item if isinstance(part, int) and shape.item is not None else shape.entry
    return text


def _description(model: Hint, key: str) -> str:
    kind = get_origin(bare(model)) or bare(model)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return ""
    found = next((info for name, info in kind.model_fields.items() if key in (name, info.alias)), None)
    return "" if found is None else found.description or ""


def _asks(text: str, key: str) -> bool:
    return uniform_key(key) in map(uniform_key, keys_in(text))


def _decided_by(blueprint: Blueprint, key: str) -> Iterator[str]:
    """Iterate over what the conditions that ask for *key* decided."""
    masked, named = blueprint.environment.secrets.masked, re.compile(rf"(?<![\w.-]){re.escape(key)}(?![\w.-])")
    for decision in blueprint.registry.report.decisions:
        for outcome in decision.outcomes:
            if named.search(outcome.message):
                yield f"{decision.definition.name} is {'there' if decision.matched else 'left out'}: {masked(outcome.message)}"


def _places(blueprint: Blueprint, subject: str) -> list[dict[str, Any]]:
    """The places in pipelines where *subject*, a handler's class or a codec's name, stands, with its neighbours."""
    from pyboot.cli.endpoints import endpoints, uses_network  # imports the network library

    if not uses_network(blueprint):
        return []
    from .pipelines import facts as pipelines_of

    try:
        found = pipelines_of(endpoints(blueprint))
    except BootError:  # what is wrong with the servers, `pyboot check` tells
        return []
    return [
        {
            "handler": handler["class"] or handler["name"],
            "owner": f"{pipeline['kind']} {pipeline['name']}",
            "origin": handler["origin"],
            "place": f"{at + 1} of {len(pipeline['handlers'])}",
            "behind": pipeline["handlers"][at - 1]["class"] if at else "the network",
            "in_front_of": pipeline["handlers"][at + 1]["class"] if at + 1 < len(pipeline["handlers"]) else None,
            **{name: f"{handler[name]['takes']} -> {handler[name]['makes']}" for name in ("in", "out") if handler[name]},
        }
        for pipeline in found
        for at, handler in enumerate(pipeline["handlers"])
        if uniform(subject) in (uniform(handler["name"]), uniform((handler["class"] or "").rpartition(".")[2]))
    ]


def _known(blueprint: Blueprint) -> list[str]:
    """The names that a person may have meant."""
    beans = [name for bean in blueprint.registry.candidates for name in (bean.name, spell(bean.provides))]
    return [*beans, *blueprint.environment.effective(blueprint.bound)]
