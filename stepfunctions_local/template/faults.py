"""Faults of a template, gathered so that a person learns of all of them at once."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from stepfunctions_local.errors import TemplateError

Key = TypeVar("Key")
Result = TypeVar("Result")

OPTION = "--parameter-overrides"


class ValueMissing(TemplateError):
    """A value is neither in the template nor passed. `name` is its name in --parameter-overrides."""

    def __init__(self, place: str, name: str, fact: str) -> None:
        super().__init__(f"{place}: {fact}: pass one with {OPTION} {name}=VALUE.")
        self.name = name


class TemplateFaults(TemplateError):
    """Several faults, a line each."""

    def __init__(self, faults: tuple[TemplateError, ...]) -> None:
        super().__init__("\n  ".join(dict.fromkeys(str(fault) for fault in faults)))
        self.faults = faults


def gather(calls: Mapping[Key, Callable[[], Result]]) -> dict[Key, Result]:
    """Return the results of calls by their keys.

    Raises:
        TemplateError: some of them failed. It has the faults of all.

    """
    results: dict[Key, Result] = {}
    faults: list[TemplateError] = []
    for key, call in calls.items():
        try:
            results[key] = call()
        except TemplateError as error:
            faults += split(error)
    if faults:
        raise faults[0] if len(faults) == 1 else TemplateFaults(tuple(faults))
    return results


def split(error: TemplateError) -> tuple[TemplateError, ...]:
    """Return the single faults of an error."""
    return error.faults if isinstance(error, TemplateFaults) else (error,)


def list_missing(errors: Iterable[TemplateError]) -> list[str]:
    """Return the names of the missing values in errors."""
    faults = (fault for error in errors for fault in split(error))
    return list(dict.fromkeys(fault.name for fault in faults if isinstance(fault, ValueMissing)))


def summarize(error: TemplateError) -> str:
    """Return an error's text for a person that `ask` has asked for the missing values already."""
    missing = list_missing([error])
    others = [str(fault) for fault in split(error) if not isinstance(fault, ValueMissing)]
    asked = [f"it needs {', '.join(missing)}."] if missing else []
    return "\n  ".join(dict.fromkeys(asked + others))


def ask(missing: Iterable[str]) -> tuple[str, ...]:
    """Return a warning that asks for missing values, with the option to pass them."""
    names = tuple(missing)
    if not names:
        return ()
    pairs = " ".join(f"{name}=VALUE" for name in names)
    has, it = ("has", "it") if len(names) == 1 else ("have", "them")
    return (f"{', '.join(names)} {has} no value here. Pass {it}: {OPTION} '{pairs}'",)
