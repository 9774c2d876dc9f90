"""A scenario like any other: what names does the student's module offer, and what do they take?"""

import inspect
from types import ModuleType
from typing import Any


def interface(student: ModuleType, lab: Any) -> dict[str, Any]:
    """Public name -> parameters of a function, or -> method -> parameters of a class."""
    found: dict[str, Any] = {}
    for name, value in list(vars(student).items()):
        if name.startswith("_"):
            continue
        if inspect.isclass(value):
            members = {attribute: inspect.getattr_static(value, attribute) for attribute in dir(value)}
            found[name] = {attribute: parameters(member) for attribute, member in members.items()}
        elif callable(value):
            found[name] = parameters(value)
    return found


def parameters(value: Any) -> list[str] | None:
    """The names of the parameters, in order; those with a default marked by `=`. None when they cannot be told."""
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    return [
        str(parameter.replace(annotation=inspect.Parameter.empty)).partition("=")[0]
        + ("" if parameter.default is inspect.Parameter.empty else "=")
        for parameter in signature.parameters.values()
    ]
