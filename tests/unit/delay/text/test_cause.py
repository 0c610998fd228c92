"""The cause of a failure, as people read it."""

import json

import pytest

from delay.text.cause import format_cause, summarize_cause

PYTHON = {
    "errorMessage": "no such order",
    "errorType": "ValueError",
    "stackTrace": ['  File "/var/task/app.py", line 3, in handle\n    raise ValueError\n', "  File"],
}
NODE = {"errorType": "Error", "errorMessage": "no such order", "trace": ["Error: no", "    at app.js:3"]}


def test_error_of_a_function_is_its_message_and_its_trace() -> None:
    """Frames of Python end with line ends, and those of Node have another name."""
    assert format_cause(json.dumps(PYTHON)).split("\n") == [
        "no such order",
        '  File "/var/task/app.py", line 3, in handle',
        "    raise ValueError",
        "  File",
    ]
    assert format_cause(json.dumps(NODE)).split("\n") == ["no such order", "Error: no", "    at app.js:3"]
    assert summarize_cause(json.dumps(PYTHON)) == summarize_cause(json.dumps(NODE)) == "no such order"


def test_error_without_a_message_is_named() -> None:
    """An exception may have no text."""
    error = {"errorMessage": "", "errorType": "KeyError", "stackTrace": None}
    assert format_cause(json.dumps(error)) == summarize_cause(json.dumps(error)) == "KeyError"


@pytest.mark.parametrize(
    "cause", ["An error occurred", "", "{", "[1]", "null", '{"a": 1}', '{"errorMessage": 1}', "[" * 100_000]
)
def test_other_cause_stays_as_it_is(cause: str) -> None:
    """It is Step Functions' own text, or a state machine's."""
    assert format_cause(cause) == summarize_cause(cause) == cause
