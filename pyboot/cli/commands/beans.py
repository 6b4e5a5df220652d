"""`pyboot beans`: lists every bean of an application, why it is there, what it needs and who needs it."""

from typing import Any

from pyboot.boot import Blueprint
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import spell
from pyboot.boot.model.label import Label, labels
from pyboot.boot.model.stereotype import ApplicationLabel, Stereotype

_COLUMN = 11


def facts(blueprint: Blueprint) -> list[dict[str, Any]]:
    """Return one entry for each bean, in the order of their making."""
    graph = blueprint.graph
    needs = {bean: sorted({edge.name for edge in graph.needs(bean)} | _deferred(blueprint, bean)) for bean in graph.order}
    return [
        {
            "name": bean.name,
            "type": spell(bean.provides),
            "scope": str(bean.scope),
            "lazy": bean.lazy,
            "primary": bean.primary,
            "order": bean.order,
            "origin": str(bean.origin),
            "source": bean.source,
            "because": _reasons(blueprint, bean),
            "needs": needs[bean],
            "needed_by": [other.name for other in graph.order if bean.name in needs[other]],
        }
        for bean in graph.order
    ]


def text(blueprint: Blueprint) -> str:
    """Return the same for people: a paragraph for each bean, and a line for those that every application has."""
    entries = facts(blueprint)
    own = [entry for entry in entries if entry["source"] != "framework"]
    common = ", ".join(entry["name"] for entry in entries if entry["source"] == "framework")
    title = f"{len(own)} beans of {blueprint.name}, in the order of their making"
    return "\n\n".join([title, *map(_paragraph, own), f"Every application has, besides: {common}"])


def _paragraph(entry: dict[str, Any]) -> str:
    flags = [entry["scope"], *(flag for flag in ("lazy", "primary") if entry[flag])]
    lines = [f"{entry['name']}  ({entry['type']}, {', '.join(flags)})"]
    for title in ("origin", "because", "needs", "needed_by"):
        told = entry[title] if isinstance(entry[title], list) else [entry[title]]
        if told:
            separator = "; " if title == "because" else ", "
            lines.append(f"    {title.replace('_', ' '):<{_COLUMN}}{separator.join(told)}")
    return "\n".join(lines)


def _deferred(blueprint: Blueprint, bean: BeanDefinition) -> set[str]:
    """Return the beans that this one asks for later, through a provider, which does not order the making."""
    return {target.name for edge in blueprint.graph.edges.get(bean, ()) if not edge.is_hard for target in edge.targets}


def _reasons(blueprint: Blueprint, bean: BeanDefinition) -> list[str]:
    """Return the reasons why the bean is there: its label, its source, and the conditions that held."""
    masked = blueprint.environment.secrets.masked
    decided = [decision for decision in blueprint.registry.report.decisions if decision.definition is bean]
    return [*_label_of(bean), *_source_of(bean), *(masked(outcome.message) for decision in decided for outcome in decision.outcomes)]


def _label_of(bean: BeanDefinition) -> list[str]:
    if labels(bean.target, ApplicationLabel):
        return ["the application itself"]
    if bean.owner is not None:
        return [f"@Bean of '{bean.owner.name}'"]
    if bean.prefix is not None:
        return [f'@ConfigurationProperties("{bean.prefix}")']
    own = [
        f"@{type(label).__name__.removesuffix('Label')}"
        for label in labels(bean.target, Label)
        if not type(label).__module__.startswith("pyboot.boot.")
    ]
    roles = own or [f"@{label.role.capitalize()}" for label in labels(bean.target, Stereotype)]
    return roles or ([] if bean.source == "framework" else ["@Import" if isinstance(bean.target, type) else "@Bean"])


def _source_of(bean: BeanDefinition) -> list[str]:
    match bean.source:
        case "application":
            return []
        case "framework":
            return ["every application has it"]
    return [f"auto-configuration {bean.source}"]
