"""The execution that a Task with `startExecution.sync` or `startExecution.sync:2` has started and waits for.

Source: "Start a new AWS Step Functions state machine from a running one", and recordings of AWS.
"""

from typing import Final, cast

from stepfunctions_local.engine.execution.call import CallOutcome, CallResult
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service import SERVICES
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.language import Json, dump_json, parse_json
from stepfunctions_local.language.evaluation import build_failure
from stepfunctions_local.language.operation import service_model_of
from stepfunctions_local.language.resource import Pattern

_RUNNING: Final = {"RUNNING", "PENDING_REDRIVE"}
_LEFT_OUT: Final = {"RedriveCount", "RedriveDate", "RedriveStatus", "RedriveStatusReason"}


class DescribeExecution(ServiceCall):
    """A call of DescribeExecution for a Task that waits."""

    __slots__ = ()

    def build_result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:
        """Return the description without the fields that AWS leaves out here."""
        return CallResult(dump_json({name: output[name] for name in output.keys() - _LEFT_OUT}))


def describe_job(job: str) -> ServiceCall:
    """Return the call that describes an execution."""
    model = service_model_of("states").operation_model("DescribeExecution")
    return DescribeExecution(SERVICES["states"], model, {"ExecutionArn": job})


def stop_job(job: str) -> ServiceCall:
    """Return the call that stops an execution whose Task was abandoned."""
    model = service_model_of("states").operation_model("StopExecution")
    return ServiceCall(SERVICES["states"], model, {"ExecutionArn": job})


def read_outcome(description: str, pattern: Pattern) -> CallOutcome | None:
    """Return the outcome of the Task from a description of its execution; None while that is running."""
    shown = cast("dict[str, Json]", parse_json(description))
    if shown["Status"] in _RUNNING:
        return None
    if shown["Status"] != "SUCCEEDED":
        return build_failure("States.TaskFailed", description)
    if pattern is Pattern.RUN_A_JOB_AND_READ:
        shown |= {name: parse_json(str(shown[name])) for name in ("Input", "Output") if name in shown}
    return CallResult(dump_json(shown))
