"""The library, bounded, and put right where it departs from the reference implementation.

What it departs in, and what is done about it:
- Its limits are a depth, and a time that is looked at between two steps; one step can take for ever. Here
  each step, each call and each value that is made is counted, see `budget`.
- It takes null in a document for nothing. Documents are handed to it with its own value for null instead.
- Dividing by zero raises Python's error, and `%` answers whole numbers. Both are JavaScript's here.
- Numbers in texts, and several functions: see `functions`.
- Regular expressions can search for ever. They have a limit on time, see `pattern`.

It takes a while to import, and its import changes the limit on recursion: `expression` sees to both.
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

from stepfunctions_local.language.decision import Json, Visit
from stepfunctions_local.language.jsonata.budget import Budget
from stepfunctions_local.language.jsonata.functions import build_function_frame
from stepfunctions_local.language.jsonata.message import format_coded_message
from stepfunctions_local.language.jsonata.parser import parse
from stepfunctions_local.language.jsonata.recursion import allow_deeper_recursion
from stepfunctions_local.language.jsonata.value import (
    from_json,
    is_function,
    is_number,
    to_json,
    to_text,
)

__all__ = ["EvaluationError", "Undefined", "evaluate", "from_json", "parse"]

_APPENDED_AT_A_TIME: Final = 20_000
"""As many items are copied in the time of a step."""


class Evaluator(Jsonata):
    """One evaluation. `random` is its only source of chance, `now` (UTC) its only time."""

    def __init__(self, budget: Budget, random: Random, now: datetime) -> None:  # the library's would parse
        self.budget = budget
        self.random = random
        self.timestamp = int(now.timestamp() * 1000)
        self.parser = Jsonata.get_parser()
        self.environment = _FUNCTIONS
        self.input = None

    def run(self, tree: Parser.Symbol, variables: Mapping[str, Any]) -> Any:  # noqa: ANN401  a value of the library
        """Evaluate an expression; None is undefined.

        Raises JException, CutOff, and whatever the library trips over.
        """
        frame = self.create_frame(_FUNCTIONS)
        for name, value in variables.items():
            frame.bind(name, value)
        with _make_current(self), allow_deeper_recursion():
            return self.eval(tree, None, frame)

    def eval(self, expr: Parser.Symbol, input: Any, environment: Jsonata.Frame) -> Any:  # noqa: A002, ANN401
        """Evaluate a part, within the budget."""
        self.budget.enter()
        try:
            result = self._eval(expr, input, environment)
        finally:
            self.budget.leave()
        if expr.type in _MAKING:
            self.budget.account(result)
        return result

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Jsonata.Frame) -> Any:  # noqa: A002, ANN401
        """Call a function; what is none, the library would print."""
        if not (is_function(proc) or Functions.is_regex(proc)):
            raise JException("T1006", -1)
        return super().apply_inner(proc, args, input, environment)

    def evaluate_unary(self, expr: Parser.Symbol, input: Any, environment: Jsonata.Frame) -> Any:  # noqa: A002, ANN401
        """Evaluate a constructor of an array without copying what is there already for each item."""
        if expr.value != "[":
            return super().evaluate_unary(expr, input, environment)
        made = Utils.JList()
        for item in expr.expressions:
            value = self.eval(item, input, environment)
            if isinstance(value, list) and item.value != "[":
                self.budget.allow_items(len(made) + len(value))
                made.extend(value)
            elif value is not None:
                made.append(value)
        made.cons = bool(expr.consarray)
        return made

    def evaluate_group_expression(
        self,
        expr: Parser.Symbol,
        input: Any,  # noqa: A002, ANN401
        environment: Jsonata.Frame,
    ) -> Any:  # noqa: ANN401
        """Group items; the library copies a group for each of its items."""
        if isinstance(input, list):
            self.budget.spend(len(input) ** 2 // _APPENDED_AT_A_TIME)
        return super().evaluate_group_expression(expr, input, environment)

    def evaluate_range_expression(self, lhs: Any, rhs: Any) -> Any:  # noqa: ANN401
        """Make a range, if it is not too long: a list, for the library's own kind miscounts its items."""
        if is_number(lhs) and is_number(rhs):
            self.budget.allow_items(rhs - lhs + 1)
        made = super().evaluate_range_expression(lhs, rhs)
        return made and list(range(lhs, rhs + 1))

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> str:  # noqa: ANN401
        """Join two texts."""
        for side in (lhs, rhs):
            weight, _ = self.budget.weigh(side)
            self.budget.spend(weight // 8)
        return "".join(to_text(side) for side in (lhs, rhs) if side is not None)

    def evaluate_equality_expression(self, lhs: Any, rhs: Any, op: str) -> Any:  # noqa: ANN401
        """Compare two values."""
        self._walk(lhs, rhs)
        return super().evaluate_equality_expression(lhs, rhs, op)

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> bool:  # noqa: ANN401
        """Look for a value in an array. Arrays and objects are the same only if they are one."""
        self._walk(lhs, rhs)
        if isinstance(lhs, list | dict) or lhs is None:
            return False
        return any(Utils.is_deep_equal(item, lhs) for item in (rhs if isinstance(rhs, list) else [rhs]))

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str) -> Any:  # noqa: ANN401
        """Compute as JavaScript does, which knows infinity."""
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
                weight, _ = self.budget.weigh(value)
                self.budget.spend(weight // 8)


class EvaluationError(Exception):
    """An expression failed; the text is what comes after `threw an error during evaluation`."""


class Undefined(Exception):
    """An expression has no result."""


def evaluate(tree: Parser.Symbol, variables: Mapping[str, Any], budget: Budget, visit: Visit) -> Json:
    """Evaluate an expression. Raises Undefined, EvaluationError, CutOff, RecursionError, MemoryError."""
    try:
        result = Evaluator(budget, visit.random, visit.now).run(tree, variables)
        budget.account(result)
        value = to_json(result)
    except JException as error:
        raise EvaluationError(format_coded_message(error)) from error
    except (RecursionError, MemoryError):
        raise
    except Exception as error:
        # Whatever the library trips over is the expression's fault, and must not end the endpoint.
        raise EvaluationError(f": {error}") from error
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
    """Let the library's functions find who evaluates, and forget it afterwards."""
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
