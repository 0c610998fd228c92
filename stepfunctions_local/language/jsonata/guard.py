"""Guards every call of a function: calls are counted, and refused if they would cost too much.

The library's functions do their work in one step, so the arguments that could make one run long are checked
before it begins.
"""

import re
from collections.abc import Callable
from typing import Final

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata

from stepfunctions_local.language.budget import LONG, MAX_TEXT_LENGTH, Budget
from stepfunctions_local.language.jsonata.library_error import translate_error
from stepfunctions_local.language.jsonata.value import Value, is_number

_LONGEST_PICTURE: Final = 1_000
"""The longest picture of a number or a date. Parsing one can take time quadratic in its length."""

_WIDE: Final = re.compile(r"\d{5}")
"""A width in the picture of a date that would fill pages with spaces."""


class Guarded(Jsonata.JFunction):
    """A function whose calls and results are counted."""

    def __init__(self, function: Jsonata.JFunctionCallable, name: str) -> None:
        super().__init__(function, None)
        self.signature = getattr(function, "signature", None)
        self.function_name = name

    def call(self, input: Value, args: list[Value]) -> Value:
        """Return the function's result, within the budget."""
        budget = get_current_budget()
        budget.step()
        self._spend_on_arguments(args, budget)
        valid = self._validate(args, input)
        check = _CHECKS.get(self.function_name)
        if check:
            check(valid)
        try:
            result = self.function.call(input, valid)
        except JException as error:
            raise self._complete_error(error, 1, valid) from error
        except (ArithmeticError, ValueError, LookupError, RuntimeError) as error:
            raise translate_error(error, self.function_name, valid) from error
        budget.account(result)
        return result

    def _spend_on_arguments(self, args: list[Value], budget: Budget) -> None:
        """Count the work on long arguments before it begins, since it cannot be interrupted."""
        for argument in args:
            if isinstance(argument, list | str) and len(argument) > LONG:
                table, per_step = _PACES[type(argument) is str]
                budget.spend(len(argument) // table.get(self.function_name, per_step))
                budget.check_time()

    def get_number_of_args(self) -> int:
        """Return the largest number of arguments."""
        return int(self.function.get_number_of_args())

    def validate(self, args: list[Value], context: Value) -> list[Value]:
        """Leave validation to `call`: the library omits it in calls by `$map` and similar functions."""
        return args

    def _validate(self, args: list[Value], context: Value) -> list[Value]:
        """Return the arguments, checked against the signature. Raises JException."""
        try:
            return list(super().validate(args, context))
        except JException as error:
            raise self._complete_error(error, error.expected, args) from error

    def _complete_error(self, error: JException, index: Value, args: list[Value]) -> JException:
        """Return the error with all that the library can omit: an index, a value, the function's name."""
        if error.error == "D3100":
            return JException(error.error, error.location, args[1])
        incomplete = error.error == "T0411" or (error.error == "T0410" and error.current is None)
        return JException(error.error, error.location, index, self.function_name) if incomplete else error


def get_current_budget() -> Budget:
    """Return the budget of the evaluation that is running in this thread."""
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


def _check_walking(args: list[Value]) -> None:
    get_current_budget().spend_on_walking(args[0] if args else None, 3)


_CHECKS: Final[dict[str, Callable[[list[Value]], None]]] = {
    **dict.fromkeys(("formatNumber", "formatInteger", "parseInteger"), _check_pictures),
    **dict.fromkeys(("fromMillis", "now"), _check_dates),
    "toMillis": _check_pictures,
    "pad": _check_padding,
    "join": _check_joining,
    **dict.fromkeys(("string", "boolean", "not", "clone", "distinct"), _check_walking),
}

_ITEMS_PER_STEP: Final = {
    **dict.fromkeys(("average", "join", "max", "merge", "min", "sum"), 2),
    **dict.fromkeys(("spread", "zip"), 1),
    **dict.fromkeys(("keys", "lookup", "sort"), 4),
}
_CHARACTERS_PER_STEP: Final = {
    **dict.fromkeys(("decodeUrl", "decodeUrlComponent"), 4),
    **dict.fromkeys(("encodeUrl", "encodeUrlComponent", "trim"), 8),
    **dict.fromkeys(("parse", "split"), 50),
}
_PACES: Final = ((_ITEMS_PER_STEP, 20_000), (_CHARACTERS_PER_STEP, 10_000))
"""How many items and characters functions handle in the time of a step, and the pace of all others."""
