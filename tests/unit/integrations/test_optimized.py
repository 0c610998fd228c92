"""The table of optimized integrations agrees with botocore's models, and shows the end of every job."""

import json
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape

from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.integrations.job import RunningJob
from stepfunctions_local.integrations.place import look_up, move, move_back
from stepfunctions_local.integrations.service_call import ServiceCall, name_job
from stepfunctions_local.language import Failure, Integration
from stepfunctions_local.language.operation import find_faults, input_shape, pascal_case
from stepfunctions_local.language.optimized import GONE, SERVICES
from stepfunctions_local.language.resource import Pattern
from tests.unit.integrations.calls import CALLER

ACTIONS = [(service, action) for service, each in SERVICES.items() for action in each.actions]
JOBS = [(service, action) for service, action in ACTIONS if SERVICES[service].actions[action].job]


def make(service: str, action: str, pattern: Pattern = Pattern.RUN_A_JOB) -> Integration:
    return Integration("", service, action, pattern)


def find_shape(shape: Shape | None, place: str) -> Shape:
    """Return the shape at a place."""
    for part in place.split(".") if place else ():
        assert isinstance(shape, StructureShape), place
        member = part.removesuffix("[]")
        members = {pascal_case(name): each for name, each in shape.members.items()}
        shape = members[member]
        if part != member:
            assert isinstance(shape, ListShape), place
            shape = shape.member
    assert shape is not None
    return shape


def list_members(shape: Shape | None) -> set[str]:
    assert isinstance(shape, StructureShape)
    return {pascal_case(name) for name in shape.members}


@pytest.mark.parametrize(("service", "action"), ACTIONS)
def test_an_action_is_one_of_its_model(service: str, action: str) -> None:
    """So are the members that have other places."""
    integration = make(service, action)
    optimized, shapes = integration.optimized, integration.operation
    given = input_shape(integration)
    assert {*optimized.parameters, *optimized.echoed} <= list_members(given)
    for place in optimized.parameters.values():
        assert find_shape(shapes.input_shape, place)
    for place in (*optimized.results.values(), *filter(None, [optimized.rejected]), *optimized.documents):
        assert find_shape(shapes.output_shape, place)


@pytest.mark.parametrize(("service", "action"), JOBS)
def test_a_job_is_described_and_stopped_by_operations_of_its_model(service: str, action: str) -> None:
    """Their parameters are found in the result of the call, or in its parameters."""
    integration = make(service, action)
    job = integration.optimized.job
    assert job
    model = integration.operation.service_model
    describe = model.operation_model(job.describe)
    assert {place.removesuffix("[]") for place in job.named} <= list_members(describe.input_shape)
    assert find_shape(describe.output_shape, job.status).type_name == "string"
    assert find_shape(describe.output_shape, job.result)
    assert not job.exits or find_shape(describe.output_shape, job.exits)
    results = (
        list_members(integration.operation.output_shape) if integration.operation.output_shape else set()
    )
    results |= {*integration.optimized.results, *integration.optimized.echoed}
    for place in job.named.values():
        first, _, rest = place.partition(".")
        if first == "Parameters":
            assert find_shape(input_shape(integration), rest)
        else:
            assert first.removesuffix("[]") in results
    if job.stop:
        stop = model.operation_model(job.stop)
        assert {place.removesuffix("[]") for place in job.stopped} <= list_members(stop.input_shape)
        assert {source for source in job.stopped.values() if source[0] != "="} <= job.named.keys()


@pytest.mark.parametrize(("service", "action"), JOBS)
def test_statuses_of_a_job_are_those_of_its_model(service: str, action: str) -> None:
    """Every one is expected, or means a failure."""
    integration = make(service, action)
    job = integration.optimized.job
    assert job
    describe = integration.operation.service_model.operation_model(job.describe)
    known = {*(getattr(find_shape(describe.output_shape, job.status), "enum", None) or ())}
    expected = {*job.running.split(), *job.succeeded.split()} - {GONE}
    # Two services show statuses as plain text, and the others share lists of running states.
    assert not known or {*job.succeeded.split()} - {GONE} <= known
    assert not known or expected & known


def describe_as(place: str, status: str) -> Any:
    """Return a description with a status at a place."""
    value: Any = status
    for part in reversed(place.split(".")):
        member = part.removesuffix("[]")
        value = {member: value if part == member else [value]}
    return value


@pytest.mark.parametrize(("service", "action"), JOBS)
def test_a_job_ends_with_its_status(service: str, action: str) -> None:
    """A running one has no outcome; with any other status it has failed, and the description is the cause."""
    job = make(service, action).optimized.job
    assert job
    running = RunningJob.parse(f"{service}:{action} {{}}")

    def read(status: str) -> object:
        described = CallResult(json.dumps(describe_as(job.status, status)))
        return running.read_outcome(described, Pattern.RUN_A_JOB)

    assert [read(status) for status in job.running.split()] == [None] * len(job.running.split())
    assert all(isinstance(read(status), CallResult) for status in job.succeeded.split() if status != GONE)
    failed = read("SOMETHING ELSE")
    assert isinstance(failed, Failure)
    assert failed.error == "States.TaskFailed"
    assert "SOMETHING ELSE" in (failed.cause or "")


def test_a_deletion_has_succeeded_once_nothing_is_found() -> None:
    """Any other job has failed then."""
    gone = Failure("EKS.ResourceNotFoundException", "No cluster found")
    deleted = RunningJob.parse('eks:deleteCluster {"Name":"c"}')
    created = RunningJob.parse('eks:createCluster {"Name":"c"}')
    assert deleted.read_outcome(gone, Pattern.RUN_A_JOB) == CallResult("{}")
    assert created.read_outcome(gone, Pattern.RUN_A_JOB) is gone


@pytest.mark.parametrize("error", ["Glue.ThrottlingException", "Glue.SdkClientException"])
def test_a_job_that_cannot_be_seen_goes_on(error: str) -> None:
    """It is polled again."""
    job = RunningJob.parse('glue:startJobRun {"JobName":"j","RunId":"r"}')
    assert job.read_outcome(Failure(error, ""), Pattern.RUN_A_JOB) is None


@pytest.mark.parametrize(
    ("exit_codes", "has_succeeded"), [([0, 0], True), ([0, 1], False), ([None], False), ([], True)]
)
def test_a_task_of_ecs_has_succeeded_if_its_containers_have(
    exit_codes: list[int | None],
    has_succeeded: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A container that did not start has no exit code."""
    task = {"LastStatus": "STOPPED", "Containers": [{"ExitCode": code} for code in exit_codes]}
    outcome = RunningJob.parse('ecs:runTask {"Cluster":"c","Tasks[]":"t"}').read_outcome(
        CallResult(json.dumps({"Tasks": [task]})), Pattern.RUN_A_JOB
    )
    assert isinstance(outcome, CallResult) is has_succeeded
    if isinstance(outcome, CallResult):
        assert json.loads(outcome.text) == task


def test_a_job_is_named_by_all_that_describes_it() -> None:
    """Its name is on disk, so that a restart goes on polling."""
    start = make("glue", "startJobRun")
    assert start.optimized.job
    name = name_job(start, start.optimized.job, {"JobRunId": "r", "JobName": "j"}, {"JobName": "j"})
    assert name is not None
    job = RunningJob.parse(name)
    stop = job.stop()
    assert job.describe().parameters == {"JobName": "j", "RunId": "r"}
    assert stop is not None
    assert (stop.operation.name, stop.parameters) == ("BatchStopJobRun", {"JobName": "j", "JobRunIds": ["r"]})


def test_a_call_that_waits_for_nothing_names_no_job() -> None:
    """Neither does one that waits for its token."""
    for pattern in (Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN):
        run = make("ecs", "runTask", pattern)
        assert run.optimized.job
        assert name_job(run, run.optimized.job, {"Tasks": [{"TaskArn": "t", "ClusterArn": "c"}]}, {}) is None


def test_fields_of_emr_have_names_of_their_own() -> None:
    """A cluster is one of a list, and so is a step."""
    add = make("elasticmapreduce", "addStep")
    step: Any = {"Name": "s", "HadoopJarStep": {"Jar": "command-runner.jar"}}
    given: Any = {"ClusterId": "c", "Step": step}
    assert find_faults(add, given) == []
    assert find_faults(add, {"JobFlowId": "c", "Steps": [step]}) == [
        "The field 'JobFlowId' is not supported by Step Functions",
        "The field 'Steps' is not supported by Step Functions",
        "The field 'ClusterId' is required but was missing",
        "The field 'Step' is required but was missing",
    ]
    assert ServiceCall.of(add, given, CALLER).parameters == {"JobFlowId": "c", "Steps": [step]}
    assert move_back({"StepIds": ["s"]}, add.optimized.results) == {"StepId": "s"}


def test_places_lead_through_objects_and_lists() -> None:
    """A missing member is null."""
    assert look_up({"A": [{"B": 1}]}, "A[].B") == 1
    assert look_up({"A": []}, "A[].B") is None
    assert look_up("x", "") == "x"
    assert move({"A": 1, "C": 2}, {"A": "B[]"}) == {"B": [1], "C": 2}
