"""Definitions are parsed, or refused with AWS's message and the location of every fault."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stepfunctions_local.language import InvalidDefinition, State, parse_definition
from tests.unit.language.samples import FindFaults, define

PASS = {"Type": "Pass", "End": True}
SCHEMA = "SCHEMA_VALIDATION_FAILED: "
INVOKE = "arn:aws:states:::lambda:invoke"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:F"


def read_rows(table: str) -> list[tuple[Any, str]]:
    """Return the rows of a table in faulty_definitions.yaml."""
    read = yaml.safe_load((Path(__file__).parent / "faulty_definitions.yaml").read_text())[table]
    return [tuple(row.values()) for row in read]


def machine(**states: object) -> dict[str, Any]:
    """Return a definition that starts at its first state."""
    return {"StartAt": next(iter(states)), "States": states}


def test_a_definition_is_parsed() -> None:
    """Comment, start, timeout and states are as written."""
    text = json.dumps({**machine(A=PASS), "Comment": "c", "TimeoutSeconds": 5, "Version": "1.0"})
    read = parse_definition(text)
    assert (read.comment, read.workflow.start_at, read.timeout_seconds, read.warnings) == ("c", "A", 5, ())
    assert [(name, state.name, state.type_name) for name, state in read.states.items()] == [
        ("A", "A", "Pass")
    ]


def test_states_of_a_definition_cannot_be_changed() -> None:
    """A definition is frozen."""
    states: Any = parse_definition(json.dumps(machine(A=PASS))).states
    with pytest.raises(TypeError):
        states["B"] = states["A"]
    assert isinstance(states["A"], State)


def test_the_deployed_definition_has_no_fault() -> None:
    """It has a Wait and a Task."""
    text = (Path(__file__).parents[3] / "statemachine" / "delay.asl.json").read_text()
    read = parse_definition(text.replace("${HelloWorldFunctionArn}", ARN))
    assert [state.type_name for state in read.states.values()] == ["Wait", "Task"]


@pytest.mark.parametrize("text", ["{", "nope", '{"a": NaN}', "[" * 100_000])
def test_invalid_json_is_refused(text: str, find_faults: FindFaults) -> None:
    """The code is AWS's."""
    assert find_faults(text)[0].startswith("INVALID_JSON_DESCRIPTION: ")


@pytest.mark.parametrize("text", ["", " ", "[]", '"text"', "null", "1"])
def test_json_other_than_an_object_is_refused(text: str, find_faults: FindFaults) -> None:
    """A definition is a JSON object."""
    assert find_faults(text) == [f"{SCHEMA}Definition must be a valid JSON object"]


def test_an_error_has_the_format_of_aws() -> None:
    """As recorded, its message lists all faults. Each is a diagnostic too."""
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


@pytest.mark.parametrize(("definition", "fault"), read_rows("machines"))
def test_a_faulty_machine_is_refused(definition: dict[str, Any], fault: str, find_faults: FindFaults) -> None:
    """The diagnostic has the location of the fault."""
    assert find_faults(definition)[0] == fault


@pytest.mark.parametrize(("state", "fault"), read_rows("states"))
def test_a_faulty_state_is_refused(state: dict[str, Any], fault: str, find_faults: FindFaults) -> None:
    """Each fault causes one diagnostic."""
    assert find_faults(state) == [SCHEMA + fault]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ({"v.$": "foo"}, "'foo' does not start with '$'."),
        ({"v.$": 1}, "'1' does not start with '$'."),
        ({"v.$": "States.Nope()"}, "'States.Nope' is not an intrinsic function."),
    ],
)
def test_a_faulty_template_is_refused(template: dict[str, Any], reason: str, find_faults: FindFaults) -> None:
    """The diagnostic names the field as AWS does."""
    fault = "The value for the field 'v.$' must be a valid JSONPath or a valid intrinsic function call. "
    location = "/States/X/Parameters/a[0]"
    assert find_faults({**PASS, "Parameters": {"a": [template]}}) == [
        f"{SCHEMA}{fault}{reason} at {location}"
    ]


@pytest.mark.parametrize(("retrier", "fault"), read_rows("retriers"))
def test_a_faulty_retrier_is_refused(retrier: dict[str, Any], fault: str, find_faults: FindFaults) -> None:
    """Each field has its bounds."""
    assert SCHEMA + fault in find_faults({"Type": "Task", "Resource": ARN, "Retry": [retrier], "End": True})


@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_a_wildcard_before_another_entry_is_refused(field: str, find_faults: FindFaults) -> None:
    """An entry after States.ALL would never be used."""
    entry = {"Next": "A"} if field == "Catch" else {}
    entries = [{"ErrorEquals": ["States.ALL"], **entry}, {"ErrorEquals": ["E"], **entry}]
    fault = f"States.ALL must stand alone, in the last entry. at /States/X/{field}[0]/ErrorEquals"
    assert find_faults({"Type": "Task", "Resource": ARN, field: entries, "End": True}) == [SCHEMA + fault]


def test_a_catcher_without_an_existing_target_is_refused(find_faults: FindFaults) -> None:
    """Its Next must name a state."""
    task = {"Type": "Task", "Resource": ARN, "End": True}
    missing = {**task, "Catch": [{"ErrorEquals": ["E"]}]}
    dangling = {**task, "Catch": [{"ErrorEquals": ["E"], "Next": "Z"}]}
    assert find_faults(missing) == [f"{SCHEMA}These fields are required: [Next] at /States/X/Catch[0]"]
    assert find_faults(dangling) == [
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/X/Catch[0]/Next"
    ]


def test_a_rule_without_an_operator_is_refused(find_faults: FindFaults) -> None:
    """The diagnostic lists all operators."""
    (fault,) = find_faults({"Type": "Choice", "Choices": [{"Variable": "$", "Next": "A"}]})
    assert fault.startswith(f"{SCHEMA}A rule compares its Variable with one of: StringEquals, ")
    assert fault.endswith(", IsPresent, StringMatches at /States/X/Choices[0]")


def test_every_target_of_a_choice_must_exist(find_faults: FindFaults) -> None:
    """Rules and the default are transitions."""
    rule = {"Variable": "$", "IsNull": True, "Next": "Y"}
    found = find_faults({"Type": "Choice", "Choices": [rule], "Default": "Z"})
    assert found == [
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Y at /States/X/Choices[0]/Next",
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/X/Default",
        "MISSING_END_STATE: Workflow has no terminal state at null",
    ]


@pytest.mark.parametrize(("state", "fault"), read_rows("supported_by_aws_only"))
def test_fields_that_only_aws_supports_are_refused(
    state: dict[str, Any], fault: str, find_faults: FindFaults
) -> None:
    """The diagnostic names the field; none is ignored."""
    assert find_faults(state) == [SCHEMA + fault]


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::sqs:receiveMessage",
        "arn:aws:states:::dynamodb:getItem.waitForTaskToken",
        "arn:aws:states:::sqs:sendMessage.sync",
        "arn:aws:states:::aws-sdk:s3:GetObject",
        "arn:aws:states:::aws-sdk:s3:getObject.sync",
        "arn:aws:states:::aws-sdk:s3:selectObjectContent",
        "arn:aws:states:::aws-sdk:sts:assumeRole",
        "arn:aws:states:::aws-sdk:stepfunctions:startExecution",
        "arn:aws:states:::aws-sdk:nothing:getObject",
        "arn:aws:states:us-east-1:123456789012:lambda:invoke",
        "arn:aws:states:::http:invoke.waitForTaskToken",
        "arn:aws:states:us-east-1:123456789012:activity:",
        "arn:aws:states:us-east-1:123456789012:activity:a:b",
        "arn:aws:states:::activity:a.b",
        "HelloWorld",
        "",
    ],
)
def test_unsupported_resources_are_refused(resource: str, find_faults: FindFaults) -> None:
    """The words are AWS's, for what AWS refuses too."""
    (found,) = find_faults({"Type": "Task", "Resource": resource, "End": True})
    assert found == (
        f"{SCHEMA}The resource provided {resource} is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region. at /States/X/Resource"
    )


@pytest.mark.parametrize(
    "resource",
    ["eks:runJob.sync", "bedrockagentcore:invokeHarness", "elasticmapreduce:modifyInstanceFleetByName"],
)
def test_integrations_that_only_aws_can_call_are_accepted_with_a_warning(resource: str) -> None:
    """They can be mocked, with any parameters."""
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": {"A": 1}, "End": True}
    (warning,) = parse_definition(define(task)).warnings
    assert warning.code == "NOT_CALLED"
    assert f"{resource.partition('.')[0]} is not called here: it" in warning.message


@pytest.mark.parametrize(
    "given",
    [
        {"Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/Other"}},
        {"Credentials": {"RoleArn.$": "$.role"}},
        {"QueryLanguage": "JSONata", "Credentials": {"RoleArn": "{% $states.input.role %}"}},
        {"QueryLanguage": "JSONata", "Credentials": "{% $states.input %}"},
    ],
)
def test_credentials_are_accepted_with_a_warning(given: dict[str, Any]) -> None:
    """No role is assumed."""
    (warning,) = parse_definition(define({"Type": "Task", "Resource": ARN, "End": True, **given})).warnings
    assert (warning.code, warning.location) == ("NO_CREDENTIALS", "/States/X")


@pytest.mark.parametrize("given", [{}, 5, {"Role": "r"}, None, "arn:aws:iam::123456789012:role/Other"])
def test_credentials_without_a_role_are_refused(given: object, find_faults: FindFaults) -> None:
    """The field is named."""
    state = {"Type": "Task", "Resource": ARN, "End": True, "Credentials": given}
    assert find_faults(state) == [f"{SCHEMA}Credentials must have the field RoleArn at /States/X/Credentials"]


def test_http_invoke_is_accepted_with_a_warning() -> None:
    """Its connection is not used."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {
            "ApiEndpoint": "https://api.example.com/orders",
            "Method": "POST",
            "InvocationConfig": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/c/1"},
            "RequestBody.$": "$",
        },
        "End": True,
    }
    (warning,) = parse_definition(define(task)).warnings
    assert (warning.code, warning.location) == ("NO_CONNECTION", "/States/X")


def test_a_heartbeat_without_a_token_is_accepted_with_a_warning() -> None:
    """No heartbeat can arrive without a token, so the field has no effect."""
    task = {"Type": "Task", "Resource": ARN, "HeartbeatSeconds": 5, "End": True}
    (warning,) = parse_definition(define(task)).warnings
    assert str(warning) == (
        "NO_HEARTBEATS: Heartbeats need a task token, and this Task has none at /States/X"
    )


def test_a_heartbeat_of_an_activity_causes_no_warning() -> None:
    """Its worker gets a token."""
    arn = "arn:aws:states:us-east-1:123456789012:activity:a"
    task = {"Type": "Task", "Resource": arn, "HeartbeatSeconds": 5, "End": True}
    assert not parse_definition(define(task)).warnings


def test_a_heartbeat_with_a_token_causes_no_warning() -> None:
    """The Task waits for heartbeats."""
    task = {
        "Type": "Task",
        "Resource": f"{INVOKE}.waitForTaskToken",
        "Parameters": {"FunctionName": "F", "Payload.$": "$$.Task.Token"},
        "HeartbeatSeconds": 5,
        "End": True,
    }
    assert parse_definition(define(task)).warnings == ()


def test_a_function_arn_without_an_account_is_accepted_with_a_warning() -> None:
    """This applies to Resource and to FunctionName."""
    arn = "arn:aws:lambda:us-east-1:function:HelloWorldFunction:$LATEST"
    direct = {"Type": "Task", "Resource": arn, "End": True}
    through = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": arn}, "End": True}
    for task in (direct, through):
        (warning,) = parse_definition(define(task)).warnings
        assert str(warning) == (
            f"NO_ACCOUNT: '{arn}' names no account. It works here; "
            "AWS needs the account's 12 digits before ':function:' at /States/X"
        )


def test_a_duplicate_state_name_is_refused(find_faults: FindFaults) -> None:
    """A JSON parser would keep the last one."""
    text = '{"StartAt":"A","States":{"A":{"Type":"Succeed"},"A":{"Type":"Fail"}}}'
    assert find_faults(text) == ["DUPLICATE_STATE_NAME: State 'A' appears more than once at /States/A"]


def test_a_duplicate_field_is_refused(find_faults: FindFaults) -> None:
    """A JSON parser would keep the last one."""
    text = '{"StartAt":"A","States":{"A":{"Type":"Fail","Type":"Succeed"}}}'
    assert find_faults(text) == ["INVALID_JSON_DESCRIPTION: Duplicate field 'Type'"]


@pytest.mark.parametrize("name", [r"\ud800", r"A\\\udfff"])
def test_half_a_surrogate_pair_is_refused(name: str, find_faults: FindFaults) -> None:
    """It cannot be stored. An escaped backslash before `ud800` is accepted."""
    text = f'{{"StartAt":"{name}","States":{{"{name}":{{"Type":"Succeed"}}}}}}'
    assert find_faults(text) == ["INVALID_JSON_DESCRIPTION: The definition holds half of a surrogate pair."]
    assert find_faults(text.replace("\\", "\\\\")) == []


def test_a_thousand_faults_cause_a_hundred_and_one_diagnostics(find_faults: FindFaults) -> None:
    """The extra one shows ValidateStateMachineDefinition that its list is truncated."""
    assert len(find_faults({"Type": "Pass", "End": True, **{f"f{n}": n for n in range(1_000)}})) == 101


def test_deep_templates_are_parsed(find_faults: FindFaults) -> None:
    """A template may be nested as deep as JSON."""
    template: Any = {"x.$": "$"}
    for _ in range(95):
        template = {"a": [template]} if len(str(template)) % 2 else {"a": template}
    depth = str(template).count("{") + str(template).count("[")
    expected = [] if depth < 97 else ["INVALID_JSON_DESCRIPTION: "]
    found = find_faults({**PASS, "Parameters": template})
    assert [fault[:26] for fault in found] == expected
