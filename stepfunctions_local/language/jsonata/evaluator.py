"""Evaluates expressions: the library jsonata-python, bounded, and corrected to the reference implementation.

The differences, and the corrections:
- The library limits the depth, and checks the time between two steps; one step can run for ever. Here each
  step, each call and each created value is counted, see `budget`.
- The library treats null in a document as undefined. Documents are passed with its own value for null.
- Division by zero raises Python's error, and `%` returns whole numbers. Here both work as in JavaScript.
- Numbers in texts, and several functions, differ: see `functions`.
- The reference implementation keeps an array of one range with one item; AWS returns the item.
- Regular expressions can search for ever. Here they have a time limit, see `pattern`.

The import takes long and changes the recursion limit: `expression` imports this module when the first
expression needs it, and restores the limit.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import Any, Final

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.parser import Parser
from jsonata.utils import Utils

from stepfunctions_local.language.budget import LONG, Budget
from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.jsonata.causes import write_value
from stepfunctions_local.language.jsonata.functions import build_function_frame
from stepfunctions_local.language.jsonata.message import format_coded_message
from stepfunctions_local.language.jsonata.parser import parse
from stepfunctions_local.language.jsonata.recursion import allow_deeper_recursion
from stepfunctions_local.language.jsonata.value import (
    NotJson,
    from_json,
    is_function,
    is_number,
    to_json,
    to_text,
)

__all__ = ["EvaluationError", "InternalError", "Undefined", "evaluate", "from_json", "parse", "write_value"]


class Evaluator(Jsonata):
    """One evaluation. `random` is its only source of chance, `now` (UTC) its only time."""

    def __init__(self, budget: Budget, random: Random, now: datetime) -> None:  # the library's parses
        self.budget = budget
        self.random = random
        self.timestamp = int(now.timestamp() * 1000)
        self.parser = Jsonata.get_parser()
        self.environment = _FUNCTIONS
        self.input = None

    def run(self, tree: Parser.Symbol, variables: Mapping[str, Any]) -> Any:
        """Return the value of an expression; None is undefined.

        Raises JException, CutOff, and any error that the library runs into.
        """
        frame = self.create_frame(_FUNCTIONS)
        for name, value in variables.items():
            frame.bind(name, value)
        with _make_current(self), allow_deeper_recursion():
            return self.eval(tree, None, frame)

    def eval(self, expr: Parser.Symbol, input: Any, environment: Jsonata.Frame) -> Any:
        """Return the value of a part, within the budget."""
        self.budget.enter()
        try:
            result = self._eval(expr, input, environment)
        finally:
            self.budget.leave()
        if expr.type in _MAKING:
            self.budget.account(result)
        if isinstance(result, list) and len(result) > LONG:
            self.budget.spend(len(result) // LONG)
            self.budget.check_time()
        return result

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Jsonata.Frame) -> Any:
        """Call a function; raise JException for other values, which the library would print."""
        if not (is_function(proc) or Functions.is_regex(proc)):
            raise JException("T1006", -1)
        return super().apply_inner(proc, args, input, environment)

    def evaluate_unary(self, expr: Parser.Symbol, input: Any, environment: Jsonata.Frame) -> Any:
        """Evaluate an array constructor without a copy of the array for each item."""
        if expr.value != "[":
            return super().evaluate_unary(expr, input, environment)
        array = Utils.JList()
        for item in expr.expressions:
            value = self.eval(item, input, environment)
            if isinstance(value, list) and item.value != "[":
                self.budget.allow_items(len(array) + len(value))
                array.extend(value)
            elif value is not None:
                array.append(value)
        # As recorded on AWS, `[1..1]` is a sequence, so that its only item stands for it.
        is_range = [item.value for item in expr.expressions] == [".."]
        array.sequence = is_range and len(array) == 1 and not expr.consarray
        array.cons = bool(expr.consarray)
        return array

    def evaluate_group_expression(
        self,
        expr: Parser.Symbol,
        input: Any,
        environment: Jsonata.Frame,
    ) -> Any:
        """Group items; the library copies a group for each of its items."""
        if isinstance(input, list):
            self.budget.spend_on_appending(len(input))
        return super().evaluate_group_expression(expr, input, environment)

    def evaluate_range_expression(self, lhs: Any, rhs: Any) -> Any:
        """Return a range that is not too long, as a list: the library's own type miscounts its items."""
        if is_number(lhs) and is_number(rhs):
            self.budget.allow_items(rhs - lhs + 1)
        numbers = super().evaluate_range_expression(lhs, rhs)
        return numbers and list(range(lhs, rhs + 1))

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> str:
        """Join two texts."""
        for side in (lhs, rhs):
            self.budget.spend_on_walking(side)
        return "".join(to_text(side) for side in (lhs, rhs) if side is not None)

    def evaluate_equality_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        """Compare two values."""
        self._walk(lhs, rhs)
        return super().evaluate_equality_expression(lhs, rhs, op)

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> bool:
        """Look for a value in an array. Arrays and objects are not found: JavaScript compares identities."""
        self._walk(lhs, rhs)
        if isinstance(lhs, list | dict) or lhs is None:
            return False
        return any(Utils.is_deep_equal(item, lhs) for item in (rhs if isinstance(rhs, list) else [rhs]))

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        """Compute as in JavaScript, with infinity."""
        for side, code in ((lhs, "T2001"), (rhs, "T2002")):
            if side is not None and not Utils.is_numeric(side):
                raise JException(code, -1, op, side)
        if lhs is None or rhs is None:
            return None
        result = _ARITHMETIC[op](float(lhs), float(rhs))
        return Utils.convert_number(result) if math.isfinite(result) else result

    def _walk(self, *values: object) -> None:
        for value in values:
            if isinstance(value, list | dict):
                self.budget.spend_on_walking(value)


class EvaluationError(Exception):
    """An expression failed; the text follows `threw an error during evaluation`."""


class InternalError(Exception):
    """The library failed at an expression."""


class Undefined(Exception):
    """An expression has no result."""


def evaluate(tree: Parser.Symbol, variables: Mapping[str, Any], visit: Visit) -> Json:
    """Return the value of an expression.

    Raises Undefined, EvaluationError, InternalError, CutOff, RecursionError, MemoryError.
    """
    try:
        result = Evaluator(visit.budget, visit.random, visit.now).run(tree, variables)
        visit.budget.account(result)
        visit.budget.spend_on_walking(result)
        value = to_json(result)
    except JException as error:
        raise EvaluationError(format_coded_message(error)) from error
    except NotJson as error:
        raise EvaluationError(f": {error}") from error
    except (RecursionError, MemoryError):
        raise
    except Exception as error:
        # Any other error of the library is the expression's fault, and must not end the endpoint. Its text is
        # Python's; AWS ends the sentence so if its own library fails.
        raise InternalError from error
    if result is None:
        raise Undefined
    return value


def _divide(dividend: float, divisor: float) -> float:
    if divisor:
        return dividend / divisor
    if dividend == 0 or math.isnan(dividend):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1, divisor)


def _take_remainder(dividend: float, divisor: float) -> float:
    return math.fmod(dividend, divisor) if divisor else math.nan


@contextmanager
def _make_current(evaluator: Evaluator) -> Iterator[None]:
    """Let the library's functions find the evaluator while it runs."""
    before = getattr(Jsonata.CURRENT, "jsonata", None)
    Jsonata.CURRENT.jsonata = evaluator
    try:
        yield
    finally:
        Jsonata.CURRENT.jsonata = before


_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _take_remainder,
}
_MAKING: Final = frozenset(
    {"unary", "path", "binary", "function", "apply", "wildcard", "descendant", "transform"}
)
_FUNCTIONS: Final = build_function_frame()
