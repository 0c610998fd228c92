"""Errors: each says what to do, and has AWS's error as its cause."""

import inspect
import re
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

import delay.errors
from delay import (
    Delay,
    DelayError,
    InvalidArn,
    InvalidStateMachine,
    NoSuchStateMachine,
    NoSuchTask,
    NotPermitted,
    OverQuota,
    Refused,
    Throttled,
    Unreachable,
)
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK, schedule_task

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:DelayStateMachine"


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("AccessDeniedException", NotPermitted, f"lack the IAM action states:StartExecution on {ARN}"),
        ("KmsAccessDeniedException", NotPermitted, "add kms:Decrypt"),
        ("UnrecognizedClientException", NotPermitted, "does not accept the credentials"),
        ("ExpiredTokenException", NotPermitted, "wrong or have expired"),
        ("ExecutionLimitExceeded", OverQuota, "1,000,000 unless AWS has raised it"),
        ("StateMachineDoesNotExist", NoSuchStateMachine, f"no {ARN}: check its name"),
        ("StateMachineDeleting", NoSuchStateMachine, "check its name"),
        ("InvalidArn", Refused, "states:StartExecution on .* was refused. AWS says: InvalidArn: As the test"),
        ("SomethingNew", Refused, "AWS says: SomethingNew"),
    ],
)
def test_error_of_aws_is_translated(
    delay: Delay, sfn: FakeStepFunctions, code: str, error: type[DelayError], message: str
) -> None:
    """The message names the missing action and quotes AWS."""
    sfn.fail("start_execution", code)
    with pytest.raises(error, match=message) as raised:
        delay.schedule({"a": 1}, after=WEEK)
    assert isinstance(raised.value.__cause__, ClientError)
    assert sfn.requests == ["start_execution"]


def test_request_refused_by_boto3_is_reported(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The message quotes boto3."""
    sfn.fail("start_execution", ParamValidationError(report="Unknown parameter"))
    with pytest.raises(Refused, match=r"(?s)states:StartExecution could not be sent: .*Unknown parameter"):
        delay.schedule({"a": 1}, after=WEEK)


def test_server_error_at_aws_is_no_refusal(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It may pass soon."""
    answer: Any = {"Error": {"Code": "ServiceUnavailable"}, "ResponseMetadata": {"HTTPStatusCode": 503}}
    sfn.fail("start_execution", ClientError(answer, "StartExecution"))
    with pytest.raises(
        Unreachable,
        match=r"met a server error: try again later\. AWS says: ServiceUnavailable",
    ):
        delay.schedule({"a": 1}, after=WEEK)


@pytest.mark.parametrize(
    ("message", "error"),
    [("", Unreachable), ('{"__type":"Execu', Unreachable), ("<html>", Refused)],
    ids=["header", "body", "gateway"],
)
def test_error_that_was_cut_off_is_no_refusal(
    delay: Delay, sfn: FakeStepFunctions, message: str, error: type[DelayError]
) -> None:
    """The connection ended within its header or body: the next attempt may get the whole error."""
    answer: Any = {
        "Error": {"Code": "400", "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    sfn.fail("start_execution", ClientError(answer, "StartExecution"))
    with pytest.raises(error, match="AWS says: 400"):
        delay.schedule({"a": 1}, after=WEEK)


@pytest.mark.parametrize(
    ("method", "action"),
    [
        ("describe_execution", "states:DescribeExecution"),
        ("stop_execution", "states:StopExecution"),
        ("start_execution", "states:StartExecution"),
    ],
)
def test_missing_permission_of_a_reschedule_is_named(
    delay: Delay, sfn: FakeStepFunctions, method: str, action: str
) -> None:
    """Each of its calls needs its own."""
    schedule_task(sfn)
    sfn.fail(method, "AccessDeniedException")
    with pytest.raises(NotPermitted, match=f"lack the IAM action {action} on arn:aws:states"):
        delay.reschedule("order", after=HOUR)


def test_missing_permission_of_a_listing_or_history_is_named(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The message has IAM's name of the action."""
    schedule_task(sfn)
    sfn.fail("list_executions", "AccessDeniedException")
    sfn.fail("get_execution_history", "AccessDeniedException")
    with pytest.raises(NotPermitted, match=f"states:ListExecutions on {ARN}"):
        list(delay.list())
    with pytest.raises(NotPermitted, match=r"states:GetExecutionHistory on arn:aws:states:.*:order"):
        delay.history("order")


def test_minute_of_throttling_is_outlasted(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Retries slow down, and the task is due when it was meant to be."""
    began = sfn.clock.now()
    sfn.fail("start_execution", "ThrottlingException", times=7)
    task = delay.schedule({"a": 1}, after=WEEK)
    assert timedelta(0) < task.started - began < timedelta(seconds=90)
    assert timedelta(0) <= task.due - began - WEEK < timedelta(seconds=1)


def test_throttling_is_raised_when_patience_ends(sfn: FakeStepFunctions) -> None:
    """That is after a minute and a half, or after the duration asked for."""
    sfn.fail("start_execution", "ThrottlingException", times=1000)
    began = sfn.clock.now()
    with pytest.raises(Throttled, match="still throttled after all retries"):
        Delay(ARN, sfn, clock=sfn.clock).schedule({"a": 1}, after=WEEK)
    assert timedelta(seconds=45) < sfn.clock.now() - began <= timedelta(seconds=90)
    sfn.requests.clear()
    with pytest.raises(Throttled):
        Delay(ARN, sfn, clock=sfn.clock, patience=timedelta(0)).schedule({"a": 1}, after=WEEK)
    assert sfn.requests == ["start_execution"]


def test_client_for_another_region_is_reported(sfn: FakeStepFunctions) -> None:
    """The Region explains why nothing is found."""
    delay = Delay(ARN.replace("us-east-1", "eu-west-1"), sfn, clock=sfn.clock)
    with pytest.raises(
        NoSuchStateMachine, match="client is for us-east-1, and the state machine is in eu-west-1"
    ):
        delay.schedule({"a": 1}, after=WEEK)
    with pytest.raises(NoSuchTask, match="client is for us-east-1"):
        delay.get("order")


@pytest.fixture
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps earlier settings
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def connect(**options: Any) -> Delay:
    """Return a client whose boto3 client reaches no server."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1, proxies={})
    url = "http://127.0.0.1:9"
    return Delay(
        ARN,
        boto3.client("stepfunctions", region_name="us-east-1", endpoint_url=url, config=config, **options),
    )


def test_missing_network_is_reported() -> None:
    """The message has the address that does not answer."""
    delay = connect(aws_access_key_id="key", aws_secret_access_key="secret")
    with pytest.raises(Unreachable, match=r"states:StartExecution got no answer: .*http://127\.0\.0\.1:9/"):
        delay.schedule({"a": 1}, after=WEEK)


@pytest.mark.usefixtures("nothing_configured")
def test_missing_credentials_are_reported() -> None:
    """The message says what to do."""
    with pytest.raises(NotPermitted, match=r"needs AWS credentials.*aws configure"):
        connect().get("order")


@pytest.mark.usefixtures("nothing_configured")
def test_missing_profile_or_region_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are needed if the caller passes no boto3 client."""
    with pytest.raises(Refused, match="needs a Region"):
        Delay.from_stack("delayed-tasks")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(NotPermitted, match="nobody"):
        Delay(ARN).get("order")


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "DelayStateMachine",
        "arn:aws:sqs:us-east-1:123456789012:TaskQueue",
        42,
    ],
)
def test_arn_of_no_store_is_refused(arn: str) -> None:
    """The ARN's service says where tasks wait, and no other service is one."""
    with pytest.raises(InvalidArn, match="is not the ARN of a state machine or of a table: arn:aws:states"):
        Delay(arn)


@pytest.mark.parametrize(
    "arn", ["arn:aws:states:us-east-1:123456789012:execution:Machine:name", f"{ARN}:a:b"]
)
def test_invalid_state_machine_arn_is_refused(arn: str) -> None:
    """The ARN is checked before a boto3 client is created."""
    with pytest.raises(InvalidStateMachine, match="is not the ARN of a state machine: arn:aws:states"):
        Delay(arn)


def test_error_tree_in_the_docstring_is_complete() -> None:
    """Each class is in it, one level below its base."""
    drawn = re.findall(
        r"^ {4}([│├└─ ]*)(\w+)(?:  |$| not)", inspect.getdoc(delay.errors) or "", flags=re.MULTILINE
    )
    depths = {name: len(indent) // 4 for indent, name in drawn}
    classes = {name: thing for name, thing in vars(delay.errors).items() if inspect.isclass(thing)}
    assert set(depths) == set(classes)
    for name, error in classes.items():
        if name != "DelayError":
            assert depths[name] == depths[error.__bases__[0].__name__] + 1
