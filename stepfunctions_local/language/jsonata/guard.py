"""What every call of a function goes through: it is counted, and refused where it would make too much.

The library's functions do their work in one step, so whatever one of them could be made to do at length is
looked at before it begins.
"""

import re
from collections.abc import Callable
from typing import Final

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata

from stepfunctions_local.language.jsonata.budget import MAX_TEXT_LENGTH, Budget
from stepfunctions_local.language.jsonata.value import Value, is_number

_LONGEST_PICTURE: Final = 1_000
"""The longest picture of a number or a date. Reading one can take as long as its length squared."""

_LONG: Final = 1_000
"""From so many items on, what takes them may be slow."""

_WIDE: Final = re.compile(r"\d{5}")
"""A width in the picture of a date that fills pages with spaces."""

_APPENDED_AT_A_TIME: Final = 20_000
"""As many items are copied in the time of a step."""


class Guarded(Jsonata.JFunction):
    """A function that counts what it takes and what it makes."""

    def __init__(self, function: Jsonata.JFunctionCallable, name: str) -> None:
        super().__init__(function, None)
        self.signature = getattr(function, "signature", None)
        self.function_name = name

    def call(self, input: Value, args: list[Value]) -> Value:  # noqa: A002  the library's name
        """Call it, within the budget."""
        valid = self._validate(args, input)
        budget = get_current_budget()
        budget.step()
        if any(isinstance(argument, list) and len(argument) > _LONG for argument in valid):
            budget.check_time()
        check = _CHECKS.get(self.function_name)
        if check:
            check(valid)
        try:
            result = self.function.call(input, valid)
        except JException as error:
            raise self._complete(error, 1) from error
        budget.account(result)
        return result

    def get_number_of_args(self) -> int:
        """Return how many arguments it can have."""
        return int(self.function.get_number_of_args())

    def validate(self, args: list[Value], context: Value) -> list[Value]:  # noqa: ARG002  the library's names
        """Leave that to the call: the library forgets it where `$map` and the like call."""
        return args

    def _validate(self, args: list[Value], context: Value) -> list[Value]:
        """Hold the arguments against the signature."""
        try:
            return list(super().validate(args, context))
        except JException as error:
            raise self._complete(error, error.expected) from error

    def _complete(self, error: JException, index: Value) -> JException:
        """Return an error with the argument's index and the function's name, which the library can lack."""
        lacking = error.error == "T0411" or (error.error == "T0410" and error.current is None)
        return JException(error.error, error.location, index, self.function_name) if lacking else error


def get_current_budget() -> Budget:
    """Return the budget of the evaluation that goes on in this thread."""
    budget: Budget = Jsonata.CURRENT.jsonata.budget
    return budget


def _check_pictures(args: list[Value]) -> None:
    if any(isinstance(argument, str) and len(argument) > _LONGEST_PICTURE for argument in args):
        get_current_budget().allow_text(MAX_TEXT_LENGTH + 1)


def _check_dates(args: list[Value]) -> None:
    _check_pictures(args)
    if any(isinstance(argument, str) and _WIDE.search(argument) for argument in args):
        get_current_budget().allow_text(MAX_TEXT_LENGTH + 1)


def _check_padding(args: list[Value]) -> None:
    if len(args) > 1 and is_number(args[1]):
        get_current_budget().allow_text(abs(args[1]))


def _check_joining(args: list[Value]) -> None:
    texts = [text for text in args[0] or () if isinstance(text, str)]
    separator = args[1] if len(args) > 1 and isinstance(args[1], str) else ""
    get_current_budget().allow_text(sum(map(len, texts)) + len(texts) * len(separator))


def _check_spreading(args: list[Value]) -> None:
    if isinstance(args[0], list):
        get_current_budget().spend(len(args[0]) ** 2 // _APPENDED_AT_A_TIME)


def _check_walking(args: list[Value]) -> None:
    weight, _ = get_current_budget().weigh(args[0] if args else None)
    get_current_budget().spend(weight // 8)


_CHECKS: Final[dict[str, Callable[[list[Value]], None]]] = {
    **dict.fromkeys(("formatNumber", "formatInteger", "parseInteger"), _check_pictures),
    **dict.fromkeys(("fromMillis", "now"), _check_dates),
    "toMillis": _check_pictures,
    "pad": _check_padding,
    "join": _check_joining,
    "spread": _check_spreading,
    **dict.fromkeys(("string", "boolean", "not", "clone", "distinct"), _check_walking),
}
