"""Definitions are read, or refused in AWS's words with the place of every fault."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stepfunctions_local.language import InvalidDefinition, State, parse_definition
from tests.unit.language.samples import Faults, define

PASS = {"Type": "Pass", "End": True}
SCHEMA = "SCHEMA_VALIDATION_FAILED: "
INVOKE = "arn:aws:states:::lambda:invoke"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"


def rows(table: str) -> list[tuple[Any, str]]:
    """A table of faulty_definitions.yaml."""
    read = yaml.safe_load((Path(__file__).parent / "faulty_definitions.yaml").read_text())[table]
    return [tuple(row.values()) for row in read]


def machine(**states: object) -> dict[str, Any]:
    """A definition that starts at its first state."""
    return {"StartAt": next(iter(states)), "States": states}


def test_a_definition_is_read() -> None:
    """Comment, start, states with name and type, timeout."""
    text = json.dumps({**machine(A=PASS), "Comment": "c", "TimeoutSeconds": 5, "Version": "1.0"})
    read = parse_definition(text)
    assert (read.comment, read.workflow.start_at, read.timeout_seconds, read.warnings) == ("c", "A", 5, ())
    assert [(name, state.name, state.type_name) for name, state in read.states.items()] == [
        ("A", "A", "Pass")
    ]


def test_states_cannot_be_added_afterwards() -> None:
    """A state machine is frozen."""
    states: Any = parse_definition(json.dumps(machine(A=PASS))).states
    with pytest.raises(TypeError):
        states["B"] = states["A"]
    assert isinstance(states["A"], State)


def test_the_delay_machine_is_read() -> None:
    """The definition that this project deploys has no fault."""
    text = (Path(__file__).parents[3] / "statemachine" / "delay.asl.json").read_text()
    read = parse_definition(text.replace("${HelloWorldFunctionArn}", ARN))
    assert [state.type_name for state in read.states.values()] == ["Wait", "Task"]


@pytest.mark.parametrize("text", ["{", "nope", '{"a": NaN}', "[" * 100_000])
def test_what_is_not_json_is_no_definition(text: str, faults: Faults) -> None:
    """The code is AWS's."""
    assert faults(text)[0].startswith("INVALID_JSON_DESCRIPTION: ")


@pytest.mark.parametrize("text", ["", " ", "[]", '"text"', "null", "1"])
def test_a_definition_is_an_object(text: str, faults: Faults) -> None:
    """Other JSON is refused."""
    assert faults(text) == [f"{SCHEMA}Definition must be a valid JSON object"]


def test_an_error_has_the_form_of_aws() -> None:
    """As recorded: all faults in one message, and each as a record."""
    with pytest.raises(InvalidDefinition) as raised:
        parse_definition(json.dumps(machine(A={"Type": "Pass", "Next": "Z"}, B=PASS)))
    assert str(raised.value) == (
        "Invalid State Machine Definition: "
        "'MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/A/Next, "
        'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B\''
    )
    first = raised.value.diagnostics[0]
    assert (first.code, first.message, first.location) == (
        "MISSING_TRANSITION_TARGET",
        "Missing 'Next' target: Z",
        "/States/A/Next",
    )


@pytest.mark.parametrize(("definition", "fault"), rows("machines"))
def test_a_faulty_machine_is_refused(definition: dict[str, Any], fault: str, faults: Faults) -> None:
    """With the place of the fault."""
    assert faults(definition)[0] == fault


@pytest.mark.parametrize(("state", "fault"), rows("states"))
def test_a_faulty_state_is_refused(state: dict[str, Any], fault: str, faults: Faults) -> None:
    """One fault, one diagnostic."""
    assert faults(state) == [SCHEMA + fault]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ({"v.$": "foo"}, "'foo' does not start with '$'."),
        ({"v.$": 1}, "'1' does not start with '$'."),
        ({"v.$": "States.Nope()"}, "'States.Nope' is not an intrinsic function."),
    ],
)
def test_a_faulty_template_is_refused(template: dict[str, Any], reason: str, faults: Faults) -> None:
    """The field is named as AWS names it."""
    fault = "The value for the field 'v.$' must be a valid JSONPath or a valid intrinsic function call. "
    location = "/States/X/Parameters/a[0]"
    assert faults({**PASS, "Parameters": {"a": [template]}}) == [f"{SCHEMA}{fault}{reason} at {location}"]


@pytest.mark.parametrize(("retrier", "fault"), rows("retriers"))
def test_a_faulty_retrier_is_refused(retrier: dict[str, Any], fault: str, faults: Faults) -> None:
    """Each field has its bounds."""
    assert SCHEMA + fault in faults({"Type": "Task", "Resource": ARN, "Retry": [retrier], "End": True})


@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_the_wildcard_comes_last(field: str, faults: Faults) -> None:
    """Nothing behind States.ALL would ever be used."""
    entry = {"Next": "A"} if field == "Catch" else {}
    entries = [{"ErrorEquals": ["States.ALL"], **entry}, {"ErrorEquals": ["E"], **entry}]
    fault = f"States.ALL must stand alone, in the last entry. at /States/X/{field}[0]/ErrorEquals"
    assert faults({"Type": "Task", "Resource": ARN, field: entries, "End": True}) == [SCHEMA + fault]


def test_a_catcher_needs_a_target(faults: Faults) -> None:
    """That exists."""
    task = {"Type": "Task", "Resource": ARN, "End": True}
    missing = {**task, "Catch": [{"ErrorEquals": ["E"]}]}
    dangling = {**task, "Catch": [{"ErrorEquals": ["E"], "Next": "Z"}]}
    assert faults(missing) == [f"{SCHEMA}These fields are required: [Next] at /States/X/Catch[0]"]
    assert faults(dangling) == [
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/X/Catch[0]/Next"
    ]


def test_a_rule_needs_an_operator(faults: Faults) -> None:
    """All of them are listed."""
    (fault,) = faults({"Type": "Choice", "Choices": [{"Variable": "$", "Next": "A"}]})
    assert fault.startswith(f"{SCHEMA}A rule compares its Variable with one of: StringEquals, ")
    assert fault.endswith(", IsPresent, StringMatches at /States/X/Choices[0]")


def test_every_way_of_a_choice_is_a_transition(faults: Faults) -> None:
    """Rules and default."""
    rule = {"Variable": "$", "IsNull": True, "Next": "Y"}
    found = faults({"Type": "Choice", "Choices": [rule], "Default": "Z"})
    assert found == [
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Y at /States/X/Choices[0]/Next",
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/X/Default",
        "MISSING_END_STATE: Workflow has no terminal state",
    ]


@pytest.mark.parametrize(("state", "fault"), rows("supported_by_aws_only"))
def test_what_only_aws_supports_is_refused_by_name(state: dict[str, Any], fault: str, faults: Faults) -> None:
    """Nothing is ignored."""
    assert faults(state) == [SCHEMA + fault]


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::sqs:receiveMessage",
        "arn:aws:states:::dynamodb:getItem.waitForTaskToken",
        "arn:aws:states:::sqs:sendMessage.sync",
        "arn:aws:states:::aws-sdk:lambda:invoke",
        "arn:aws:states:us-east-1:123456789012:activity:a",
        "HelloWorld",
        "",
    ],
)
def test_other_resources_are_refused(resource: str, faults: Faults) -> None:
    """With what is supported."""
    fault = f"{SCHEMA}The resource provided {resource} is not supported here. Supported are "
    (found,) = faults({"Type": "Task", "Resource": resource, "End": True})
    assert found.startswith(
        fault + "the ARN of a Lambda function, and arn:aws:states::: with dynamodb:deleteItem, "
    )
    assert found.endswith(" at /States/X/Resource")


def test_a_heartbeat_without_a_token_is_accepted_with_a_warning() -> None:
    """Nothing sends one, so that nothing waits for it: said, not ignored in silence."""
    task = {"Type": "Task", "Resource": ARN, "HeartbeatSeconds": 5, "End": True}
    (warning,) = parse_definition(define(task)).warnings
    assert str(warning) == (
        "NO_HEARTBEATS: Heartbeats need a task token, and this Task has none at /States/X"
    )


def test_a_heartbeat_of_a_task_with_a_token_is_no_matter_for_a_warning() -> None:
    """It is waited for."""
    task = {
        "Type": "Task",
        "Resource": f"{INVOKE}.waitForTaskToken",
        "Parameters": {"FunctionName": "F", "Payload.$": "$$.Task.Token"},
        "HeartbeatSeconds": 5,
        "End": True,
    }
    assert parse_definition(define(task)).warnings == ()


def test_a_function_without_account_is_accepted_with_a_warning() -> None:
    """In Resource and in FunctionName."""
    arn = "arn:aws:lambda:us-east-1:function:HelloWorldFunction:$LATEST"
    direct = {"Type": "Task", "Resource": arn, "End": True}
    through = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": arn}, "End": True}
    for task in (direct, through):
        (warning,) = parse_definition(define(task)).warnings
        assert str(warning) == (
            f"NO_ACCOUNT: '{arn}' names no account. It works here; "
            "AWS needs the account's 12 digits before ':function:' at /States/X"
        )


def test_a_state_name_that_comes_twice_is_refused(faults: Faults) -> None:
    """JSON would keep the last one."""
    text = '{"StartAt":"A","States":{"A":{"Type":"Succeed"},"A":{"Type":"Fail"}}}'
    assert faults(text) == ["DUPLICATE_STATE_NAME: State 'A' appears more than once at /States/A"]


def test_a_field_that_comes_twice_is_refused(faults: Faults) -> None:
    """Likewise."""
    text = '{"StartAt":"A","States":{"A":{"Type":"Fail","Type":"Succeed"}}}'
    assert faults(text) == ["INVALID_JSON_DESCRIPTION: Duplicate field 'Type'"]


@pytest.mark.parametrize("name", [r"\ud800", r"A\\\udfff"])
def test_half_a_surrogate_pair_is_refused(name: str, faults: Faults) -> None:
    """It could not be stored; an escaped backslash before `ud800` is something else."""
    text = f'{{"StartAt":"{name}","States":{{"{name}":{{"Type":"Succeed"}}}}}}'
    assert faults(text) == ["INVALID_JSON_DESCRIPTION: The definition holds half of a surrogate pair."]
    assert faults(text.replace("\\", "\\\\")) == []


def test_a_definition_of_a_thousand_faults_names_a_hundred_and_one(faults: Faults) -> None:
    """One more than ValidateStateMachineDefinition tells, so that it can say that there are more."""
    assert len(faults({"Type": "Pass", "End": True, **{f"f{n}": n for n in range(1_000)}})) == 101


def test_deep_templates_are_read(faults: Faults) -> None:
    """As deep as JSON may be."""
    template: Any = {"x.$": "$"}
    for _ in range(95):
        template = {"a": [template]} if len(str(template)) % 2 else {"a": template}
    depth = str(template).count("{") + str(template).count("[")
    expected = [] if depth < 97 else ["INVALID_JSON_DESCRIPTION: "]
    found = faults({**PASS, "Parameters": template})
    assert [fault[:26] for fault in found] == expected
