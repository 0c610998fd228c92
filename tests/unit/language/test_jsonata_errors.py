"""Causes of failed expressions are AWS's: nothing of Python's, no unfilled places, numbers in Java's form."""

import re
from collections.abc import Callable

import pytest

from stepfunctions_local.language import FailedEvaluation, Json, Proceed
from stepfunctions_local.language.jsonata.causes import write_value
from tests.unit.language.samples import MakeState, MakeVisit

ReadCause = Callable[..., str]

INTERNAL = " threw an internal error during evaluation."
OF_PYTHON = re.compile(
    r"%s|<class|codec|NoneType|object|float|int\(|literal|Expecting|must be str|\bout of range for|'utf"
)
D3130 = (
    "D3130: Formatting or parsing an integer as a sequence starting with {} is not supported by this "
    "implementation"
)

CAUSES = {
    "$floor(1/0)": "D1001: Number out of range: Infinity",
    "$ceil(-1/0)": "D1001: Number out of range: -Infinity",
    "$round(1/0)": "D1001: Number out of range: Infinity",
    "$substring('abc', 1/0)": "D1001: Number out of range: Infinity",
    "$range(1, 1/0, 1)": "D1001: Number out of range: Infinity",
    "$range(0/0, 1, 1)": "D1001: Number out of range: NaN",
    "$random(1/0)": "D1001: Number out of range: Infinity",
    "$formatBase(1/0, 2)": "D1001: Number out of range: Infinity",
    "$fromMillis(1e300)": "D1001: Number out of range: 1.0E300",
    "$formatBase(10, 40)": (
        "D3100: The radix of the formatBase function must be between 2 and 36.  It was given 40"
    ),
    "$formatInteger(1, '#')": D3130.format('"#"'),
    "$parseInteger('1', '#')": D3130.format('"#"'),
    "$formatInteger(12, 'ö')": D3130.format('"ö"'),
    "$fromMillis(0, '[Q]')": 'D3132: Unknown component specifier "Q" in date/time picture string',
    "$toMillis('2020', '[Q]')": 'D3132: Unknown component specifier "Q" in date/time picture string',
    "$fromMillis(0, '[Y')": 'D3135: No matching closing bracket "]" in date/time picture string',
    "$toMillis('12', '[X]')": (
        "D3136: The date/time picture string is missing specifiers required to parse the timestamp"
    ),
    "-null": "D1002: Cannot negate a non-numeric value: null",
    "-function($x) { 1 }": 'D1002: Cannot negate a non-numeric value: "function"',
    "-{'a': [0.5, /x/]}": 'D1002: Cannot negate a non-numeric value: {"a":[0.5,"function"]}',
    "$sqrt(-1)": "D3060: The sqrt function cannot be applied to a negative number: -1",
    "1e-7 < 'a'": (
        'T2009: The values 1.0E-7 and "a" either side of operator "<" must be of the same data type'
    ),
}
INTERNAL_ERRORS = (
    "$round(1.5, 400)",
    "$round(1.5, 2.5)",
    "$formatNumber(1, '#', {'decimal-separator': 1})",
    "$fromMillis(0, '[Y,x]')",
    "$now('[Y]', 'zz')",
    "$sort([2, 1], function($a) { $a.b })",
)


@pytest.fixture
def read_cause(make_state: MakeState, make_visit: MakeVisit) -> ReadCause:
    """Return the cause of the failure of an expression."""

    def read(expression: str, value: Json = None) -> str:
        state = make_state("Pass", QueryLanguage="JSONata", Output=f"{{% {expression} %}}")
        decision = state.enter(make_visit(value))
        assert isinstance(decision, FailedEvaluation)
        assert decision.failure.cause is not None
        return decision.failure.cause.partition("' specified for the field 'Output'")[2]

    return read


@pytest.mark.parametrize("expression", CAUSES)
def test_cause_has_the_code_of_the_reference_implementation(expression: str, read_cause: ReadCause) -> None:
    """The library raises Python's own errors for these, or leaves a place unfilled."""
    assert read_cause(expression) == f" threw an error during evaluation. {CAUSES[expression]}"


@pytest.mark.parametrize("expression", INTERNAL_ERRORS)
def test_other_error_of_the_library_is_internal(expression: str, read_cause: ReadCause) -> None:
    """AWS ends the sentence so if its library fails, and adds an identifier of its own."""
    assert read_cause(expression) == INTERNAL


@pytest.mark.parametrize("text", ["x", "", "{", "NaN", "1e999"])
def test_text_that_is_not_json_is_refused_without_the_parsers_words(text: str, read_cause: ReadCause) -> None:
    """The words of Python's parser are in no cause."""
    cause = read_cause("$parse($states.input)", text)
    assert cause.endswith(": The argument of the parse function must be a valid JSON text")


@pytest.mark.parametrize("expression", [*CAUSES, *INTERNAL_ERRORS])
def test_no_cause_has_words_of_python(expression: str, read_cause: ReadCause) -> None:
    """Nor an unfilled `%s`."""
    assert not OF_PYTHON.search(read_cause(expression))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (0, "0"),
        (12, "12"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (1234567.5, "1234567.5"),
        (12345678.9, "1.23456789E7"),
        (1e16, "1.0E16"),
        (1.5e300, "1.5E300"),
        (2**53 + 1, "9007199254740993"),
        (10**21, "1.0E21"),
        (10**400, "Infinity"),
        ({"a": [None, True, "é\n"], "b": {}, "c": []}, '{"a":[null,true,"é\\n"],"b":{},"c":[]}'),
    ],
)
def test_value_is_written_as_javas_json(value: Json, text: str) -> None:
    """Doubles have a fraction or an exponent, whole numbers have neither."""
    assert write_value(value) == text


def test_number_of_another_type_is_written_as_aws_writes_it(
    make_state: MakeState, make_visit: MakeVisit
) -> None:
    """It is the value that AWS shows for an expression of another type."""
    processor = {"StartAt": "Y", "States": {"Y": {"Type": "Succeed"}}}
    fields = {"Items": "{% $states.input %}", "ItemProcessor": processor, "QueryLanguage": "JSONata"}
    decision = make_state("Map", **fields).enter(make_visit(0.0))
    assert isinstance(decision, FailedEvaluation)
    assert str(decision.failure.cause).endswith("Expected 'array', but was 'number' for value: 0.0")


def test_long_value_is_not_written_in_full() -> None:
    """A cause has 32,768 characters at most."""
    assert len(write_value([1] * 1_000_000)) < 33_000


def test_unreadable_integer_is_not_a_number(make_state: MakeState, make_visit: MakeVisit) -> None:
    """As on AWS, `$parseInteger` does not fail for a text that its picture cannot read."""
    state = make_state("Pass", QueryLanguage="JSONata", Output="{% $parseInteger('x', '0') %}")
    assert state.enter(make_visit()) == Proceed("NaN", None)


def test_backtracking_picture_of_a_date_ends(make_state: MakeState, make_visit: MakeVisit) -> None:
    """The library makes the picture a pattern, with which Python's own search would take years."""
    expression = "{% $toMillis($pad('', 990, '1'), $pad('', 990, '[Y]')) %}"
    state = make_state("Pass", QueryLanguage="JSONata", Output=expression)
    assert isinstance(state.enter(make_visit()), Proceed | FailedEvaluation)
