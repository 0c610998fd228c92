"""Task states call, retry and catch as recorded on AWS."""

from random import Random
from typing import Any

import pytest

from stepfunctions_local.language import (
    Call,
    Failure,
    Integration,
    Json,
    LambdaFunction,
    Proceed,
    RetryAfter,
    State,
)
from tests.unit.language.samples import Enter, MakeState, MakeVisit

ARN = "arn:aws:lambda:us-east-1:123456789012:function:HelloWorld"
INVOKE = "arn:aws:states:::lambda:invoke"
PREFIX = "An error occurred while executing the state 'X' (entered at the event id #2). "
BOOM = Failure("Boom", "It went off.")
CAUGHT: Json = {"Error": "Boom", "Cause": "It went off."}


def test_a_function_is_called_with_the_input(enter: Enter) -> None:
    """Without Parameters the effective input is the event."""
    decision = enter({"a": 1}, "Task", Resource=ARN)
    assert decision == Call(LambdaFunction(ARN, "HelloWorld", "123456789012"), {"a": 1})


def test_an_integration_is_called_with_parameters(enter: Enter) -> None:
    """Parameters are a payload template, which can read the context object."""
    parameters = {
        "FunctionName": "HelloWorld",
        "Payload.$": "$",
        "ClientContext.$": "States.Base64Encode(States.Format('\\{{}\\}', $$.State.Name))",
    }
    decision = enter({"a": 1}, "Task", Resource=INVOKE, Parameters=parameters)
    assert decision == Call(
        Integration(INVOKE, "lambda", "invoke"),
        {"FunctionName": "HelloWorld", "Payload": {"a": 1}, "ClientContext": "e1h9"},
    )


def test_invalid_parameters_fail_the_state(enter: Enter) -> None:
    """The cause is AWS's. Nothing is called."""
    parameters: Json = {"FunctionName": "HelloWorld", "Payload.$": "$.a"}
    cause = (
        """The Parameters '{"FunctionName":"HelloWorld","Payload":1}' could not be used to start the Task: """
        "[The value for the field 'Payload' must be a STRING]"
    )
    decision = enter({"a": 1}, "Task", Resource=INVOKE, Parameters=parameters)
    assert decision == Failure("States.Runtime", PREFIX + cause)


@pytest.mark.parametrize(
    ("fields", "timeout", "heartbeat"),
    [
        ({"TimeoutSeconds": 5}, 5, None),
        ({"TimeoutSeconds": 5, "HeartbeatSeconds": 4}, 5, 4),
        ({"TimeoutSecondsPath": "$.t"}, 7, None),
        ({"HeartbeatSecondsPath": "$.h"}, None, 6),
        ({"TimeoutSecondsPath": "$.t", "HeartbeatSecondsPath": "$.h"}, 7, 6),
    ],
)
def test_a_call_has_a_timeout_and_a_heartbeat(
    fields: dict[str, Any], timeout: int | None, heartbeat: int | None, enter: Enter
) -> None:
    """They are constants, or paths into the input before Parameters."""
    decision = enter({"t": 7, "h": 6}, "Task", Resource=ARN, Parameters={"x": 1}, **fields)
    assert isinstance(decision, Call)
    assert (decision.timeout_seconds, decision.heartbeat_seconds) == (timeout, heartbeat)


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ({}, "The TimeoutSecondsPath parameter does not reference an input value: $.t"),
        ({"t": "5"}, "The TimeoutSecondsPath parameter cannot be parsed as a long value: $.t == 5"),
        ({"t": 0}, "The TimeoutSecondsPath parameter must be between 1 and 99999999: $.t == 0"),
        ({"t": 3}, "The heartbeat of 3 s must be less than the timeout of 3 s."),
    ],
)
def test_an_invalid_timeout_fails_the_state(value: Json, cause: str, enter: Enter) -> None:
    """Nothing is called."""
    decision = enter(value, "Task", Resource=ARN, TimeoutSecondsPath="$.t", HeartbeatSeconds=3)
    assert decision == Failure("States.Runtime", PREFIX + cause)


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, {"Payload": {"x": 1}}),
        ({"OutputPath": "$.Payload"}, {"x": 1}),
        ({"ResultPath": None}, {"a": 1}),
        ({"ResultPath": "$.r"}, {"a": 1, "r": {"Payload": {"x": 1}}}),
        (
            {"ResultSelector": {"y.$": "$.Payload.x", "s.$": "$$.State.Name"}, "ResultPath": "$.r"},
            {"a": 1, "r": {"y": 1, "s": "X"}},
        ),
    ],
)
def test_the_result_becomes_the_output(
    fields: dict[str, Any], output: Json, make_state: MakeState, make_visit: MakeVisit
) -> None:
    """ResultSelector applies first, then ResultPath on the raw input, then OutputPath."""
    task = make_state("Task", Resource=ARN, Next="A", **fields)
    assert task.succeed(make_visit({"a": 1}), {"Payload": {"x": 1}}) == Proceed(output, "A")


def test_an_unhandled_failure_stays_unchanged(make_state: MakeState, make_visit: MakeVisit) -> None:
    """The execution fails with it."""
    assert make_state("Task", Resource=ARN).fail(make_visit({}), BOOM) == BOOM


def make_retrying_task(make_state: MakeState, *retriers: dict[str, Any], **fields: Json) -> State:
    """Return a Task with these retriers."""
    return make_state("Task", Resource=ARN, Retry=list(retriers), **fields)


def test_default_retries_double_their_delay_and_end_after_three(
    make_state: MakeState, make_visit: MakeVisit
) -> None:
    """The delays are 1 s, 2 s and 4 s."""
    task = make_retrying_task(make_state, {"ErrorEquals": ["Boom"]})
    answers = [task.fail(make_visit({}, retries=used), BOOM) for used in [(), (1,), (2,), (3,)]]
    assert answers == [RetryAfter(1, (1,)), RetryAfter(2, (2,)), RetryAfter(4, (3,)), BOOM]


def test_delays_grow_by_the_rate_up_to_the_limit(make_state: MakeState, make_visit: MakeVisit) -> None:
    """Interval, rate and limit come from the definition."""
    retrier = {"ErrorEquals": ["Boom"], "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxDelaySeconds": 6}
    task = make_retrying_task(make_state, retrier)
    delays = [task.fail(make_visit({}, retries=(used,)), BOOM).seconds for used in range(3)]  # type: ignore[union-attr]
    assert delays == [3, 4.5, 6]


def test_a_delay_has_a_limit_even_if_the_definition_has_none(
    make_state: MakeState, make_visit: MakeVisit
) -> None:
    """No wait can last 2 to the power of 50,000 seconds."""
    task = make_retrying_task(make_state, {"ErrorEquals": ["Boom"], "MaxAttempts": 99_999})
    assert task.fail(make_visit({}, retries=(50_000,)), BOOM) == RetryAfter(99_999_999, (50_001,))


def test_full_jitter_draws_from_zero_to_the_delay(make_state: MakeState, make_visit: MakeVisit) -> None:
    """The random numbers are those of the visit."""
    task = make_retrying_task(
        make_state, {"ErrorEquals": ["Boom"], "IntervalSeconds": 10, "JitterStrategy": "FULL"}
    )
    dice = Random(1)
    delays = [task.fail(make_visit({}, random=dice), BOOM).seconds for _ in range(50)]  # type: ignore[union-attr]
    assert 0 <= min(delays) < 2
    assert 8 < max(delays) <= 10


def test_each_retrier_counts_its_own_attempts(make_state: MakeState, make_visit: MakeVisit) -> None:
    """The first matching one decides, and only its count increases."""
    task = make_retrying_task(
        make_state, {"ErrorEquals": ["Boom"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"]}
    )
    assert task.fail(make_visit({}), BOOM) == RetryAfter(1, (1, 0))
    assert task.fail(make_visit({}, retries=(1, 0)), Failure("Other")) == RetryAfter(1, (1, 1))
    assert task.fail(make_visit({}, retries=(1, 1)), BOOM) == BOOM


def test_a_retrier_without_attempts_never_retries(make_state: MakeState, make_visit: MakeVisit) -> None:
    """MaxAttempts 0 shields an error from later retriers."""
    task = make_retrying_task(
        make_state, {"ErrorEquals": ["Boom"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}
    )
    assert task.fail(make_visit({}), BOOM) == BOOM


def test_an_error_is_caught_after_its_last_retry(make_state: MakeState, make_visit: MakeVisit) -> None:
    """Retry comes before Catch."""
    catch: Json = [{"ErrorEquals": ["States.ALL"], "Next": "A"}]
    task = make_retrying_task(make_state, {"ErrorEquals": ["Boom"], "MaxAttempts": 1}, Catch=catch)
    assert task.fail(make_visit({"a": 1}), BOOM) == RetryAfter(1, (1,))
    assert task.fail(make_visit({"a": 1}, retries=(1,)), BOOM) == Proceed(CAUGHT, "A")


def make_catching_task(make_state: MakeState, *names: str, **fields: Json) -> State:
    """Return a Task with one catcher."""
    return make_state("Task", Resource=ARN, Catch=[{"ErrorEquals": [*names], "Next": "A", **fields}])


@pytest.mark.parametrize(
    ("path", "output"),
    [("$", CAUGHT), ("$.a.error", {"a": {"b": 1, "error": CAUGHT}}), (None, {"a": {"b": 1}})],
)
def test_a_caught_error_is_written_to_the_result_path_of_its_catcher(
    path: str | None, output: Json, make_state: MakeState, make_visit: MakeVisit
) -> None:
    """The path leads into the raw input."""
    task = make_catching_task(make_state, "Boom", ResultPath=path)
    assert task.fail(make_visit({"a": {"b": 1}}), BOOM) == Proceed(output, "A")


def test_a_caught_error_skips_the_output_path_of_the_state(
    make_state: MakeState, make_visit: MakeVisit
) -> None:
    """It skips the state's ResultPath and ResultSelector too."""
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "A"}]
    fields = {"OutputPath": "$.no", "ResultPath": "$.p", "ResultSelector": {"x.$": "$.no"}}
    task = make_state("Task", Resource=ARN, Catch=catch, **fields)
    assert task.fail(make_visit({}), BOOM) == Proceed(CAUGHT, "A")


def test_a_timeout_is_caught_with_an_empty_cause(make_state: MakeState, make_visit: MakeVisit) -> None:
    """This is as recorded on AWS."""
    task = make_catching_task(make_state, "States.Timeout")
    caught: Json = {"Error": "States.Timeout", "Cause": ""}
    assert task.fail(make_visit({}), Failure("States.Timeout")) == Proceed(caught, "A")


@pytest.mark.parametrize(
    ("name", "error", "matches"),
    [
        ("Boom", "Boom", True),
        ("Boom", "Bang", False),
        ("States.ALL", "Boom", True),
        ("States.ALL", "States.Timeout", True),
        ("States.ALL", "States.DataLimitExceeded", True),
        ("States.ALL", "States.Runtime", False),
        ("States.Runtime", "States.Runtime", False),
        ("States.TaskFailed", "Boom", True),
        ("States.TaskFailed", "States.Timeout", False),
        ("States.TaskFailed", "States.HeartbeatTimeout", True),
        ("States.TaskFailed", "States.Runtime", False),
        ("States.Timeout", "States.HeartbeatTimeout", True),
        ("States.HeartbeatTimeout", "States.Timeout", False),
        ("States.TaskFailed", None, True),
    ],
)
def test_names_in_error_equals_match_errors(
    name: str,
    error: str | None,
    matches: bool,  # noqa: FBT001  a table
    make_state: MakeState,
    make_visit: MakeVisit,
) -> None:
    """Wildcards have exceptions. States.Runtime is never handled."""
    failure = Failure(error)
    caught = Proceed({"Error": error, "Cause": "" if error == "States.Timeout" else None}, "A")
    assert make_catching_task(make_state, name).fail(make_visit({}), failure) == (
        caught if matches else failure
    )


def test_an_error_without_a_name_is_caught_as_null(make_state: MakeState, make_visit: MakeVisit) -> None:
    """AWS was recorded doing so for a token that came back with an empty failure."""
    nothing: Json = {"Error": None, "Cause": None}
    assert make_catching_task(make_state, "States.ALL").fail(make_visit({}), Failure()) == Proceed(
        nothing, "A"
    )


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("States.HeartbeatTimeout", True),
        ("States.Timeout", True),
        ("States.ALL", True),
        ("States.TaskFailed", False),
    ],
)
def test_a_missing_heartbeat_has_two_names(
    name: str,
    matches: bool,  # noqa: FBT001  a table
    make_state: MakeState,
    make_visit: MakeVisit,
) -> None:
    """AWS shows it as a timeout, and catches it as a heartbeat timeout too."""
    missing = Failure("States.Timeout", alias="States.HeartbeatTimeout")
    caught = Proceed({"Error": "States.Timeout", "Cause": ""}, "A")
    assert make_catching_task(make_state, name).fail(make_visit({}), missing) == (
        caught if matches else missing
    )


def test_a_catcher_whose_result_path_conflicts_with_the_input_fails(
    make_state: MakeState, make_visit: MakeVisit
) -> None:
    """It does not catch its own failure."""
    task = make_catching_task(make_state, "States.ALL", ResultPath="$.error")
    cause = 'Unable to apply step "error" to input [1]'
    assert task.fail(make_visit([1]), BOOM) == Failure("States.ReferencePathConflict", cause)


def test_failures_of_the_data_flow_are_caught_too(make_state: MakeState, make_visit: MakeVisit) -> None:
    """A failed intrinsic function can be caught, before and after the call."""
    catch = [{"ErrorEquals": ["States.IntrinsicFailure"], "Next": "A", "ResultPath": None}]
    template = {"x.$": "States.StringToJson('no')"}
    before = make_state("Task", Resource=ARN, Catch=catch, Parameters=template)
    after = make_state("Task", Resource=ARN, Catch=catch, ResultSelector=template)
    assert before.enter(make_visit({"a": 1})) == Proceed({"a": 1}, "A")
    assert after.succeed(make_visit({"a": 1}), {}) == Proceed({"a": 1}, "A")


def test_a_path_to_nothing_is_not_caught(make_state: MakeState, make_visit: MakeVisit) -> None:
    """It is a States.Runtime error."""
    task = make_state(
        "Task", Resource=ARN, Parameters={"x.$": "$.no"}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "A"}]
    )
    cause = "The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{}'"
    assert task.enter(make_visit({})) == Failure("States.Runtime", PREFIX + cause)
