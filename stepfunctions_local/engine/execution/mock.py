"""Mocked responses: outcomes of Tasks that are known beforehand, so that nothing is called.

An execution carries its own as JSON text. So neither a restart nor a change of the file alters them.
Source: "Using mocked service integrations for testing in Step Functions Local" in the Developer Guide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeAlias, cast

from stepfunctions_local.engine.execution.call import CallOutcome, CallResult
from stepfunctions_local.language import Failure, Json, dump_json, parse_json

RETURN: Final = "Return"
THROW: Final = "Throw"

_INVOCATIONS: Final = re.compile(r"(0|[1-9]\d{0,8})(?:-(0|[1-9]\d{0,8}))?", re.ASCII)

Object: TypeAlias = Mapping[str, Json]


class InvalidMock(ValueError):
    """A part of a mock configuration cannot be used. The message begins with its place."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


@dataclass(frozen=True, slots=True)
class MockedResponse:
    """The outcome of the invocations `first` to `last` of a Task. The first of all is number 0."""

    first: int
    last: int
    outcome: CallOutcome

    @property
    def invocations(self) -> str:
        """The invocations, as the file has them."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Mock:
    """The responses of one Task, and their name in the file."""

    name: str
    responses: tuple[MockedResponse, ...]

    def find(self, invocation: int) -> CallOutcome | None:
        """Return the outcome of an invocation; None if there is none."""
        return next((each.outcome for each in self.responses if each.first <= invocation <= each.last), None)

    def describe_absence(self, invocation: int, test_case: str) -> str:
        """Return the reason why an execution fails at an invocation."""
        known = ", ".join(each.invocations for each in self.responses) or "none"
        return (
            f"The test case '{test_case}' has no response for invocation {invocation} of this state: "
            f"the mocked response '{self.name}' has {known}."
        )


@dataclass(frozen=True, slots=True)
class Mocks:
    """The mocks of an execution by the names of their states, and the name of their test case."""

    test_case: str
    by_state: Mapping[str, Mock]


def dump_mocks(test_case: str, names: Mapping[str, str], responses: Object) -> str:
    """Return the text that an execution carries. `names`: the mocked responses of the states."""
    used = {name: responses[name] for name in names.values()}
    return dump_json({"TestCase": test_case, "States": dict(names), "MockedResponses": used})


@lru_cache(maxsize=64)
def load_mocks(text: str) -> Mocks:
    """Read the mocks that an execution carries."""
    value = cast("dict[str, dict[str, Json]]", parse_json(text))
    parsed = {name: parse_responses(name, raw) for name, raw in value["MockedResponses"].items()}
    names = cast("dict[str, str]", value["States"])
    return Mocks(str(value["TestCase"]), {state: Mock(name, parsed[name]) for state, name in names.items()})


def parse_responses(place: str, value: Json) -> tuple[MockedResponse, ...]:
    """Parse the responses of a Task. There may be none: the Task must not be entered then.

    Raises:
        InvalidMock: a key is no number or range, two overlap, or a response is neither Return nor Throw.

    """
    if not isinstance(value, dict):
        raise InvalidMock(place, 'it must be an object with keys such as "0" and "1-2".')
    found = sorted((_parse_response(place, key, raw) for key, raw in value.items()), key=_get_first)
    for one, other in pairwise(found):
        if other.first <= one.last:
            raise InvalidMock(place, f'"{one.invocations}" and "{other.invocations}" overlap.')
    return tuple(found)


def _get_first(response: MockedResponse) -> int:
    return response.first


def _parse_response(place: str, key: str, value: Json) -> MockedResponse:
    place = f"{place}.{key}"
    form = _INVOCATIONS.fullmatch(key)
    first, last = (int(form[1]), int(form[2] or form[1])) if form else (1, 0)
    if last < first:
        raise InvalidMock(
            place, 'the key must be the number of an invocation, such as "0", or a range: "1-2".'
        )
    if not isinstance(value, dict) or (RETURN in value) == (THROW in value):
        raise InvalidMock(place, f"it must be an object with either {RETURN} or {THROW}.")
    if THROW in value:
        return MockedResponse(first, last, _parse_throw(f"{place}.{THROW}", value[THROW]))
    return MockedResponse(first, last, CallResult(dump_json(value[RETURN])))


def _parse_throw(place: str, value: Json) -> Failure:
    error, cause = (value.get("Error"), value.get("Cause")) if isinstance(value, dict) else (None, None)
    if not isinstance(error, str) or not isinstance(cause, str | None):
        raise InvalidMock(place, "it must be an object with the texts Error and Cause.")
    return Failure(error, cause)
