"""An execution that a Task waits for, after `startExecution.sync` or `startExecution.sync:2` has started it.

Source: "Start a new AWS Step Functions state machine from a running one", and what was recorded on AWS.
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
_NOT_SHOWN: Final = {"RedriveCount", "RedriveDate", "RedriveStatus", "RedriveStatusReason"}


class DescribeExecution(ServiceCall):
    """The question how an execution fares."""

    __slots__ = ()

    def result(self, output: dict[str, Json], response: HttpResponse) -> CallOutcome:  # noqa: ARG002 - recorded without metadata
        """Tell what the execution shows of itself."""
        return CallResult(dump_json({name: output[name] for name in output.keys() - _NOT_SHOWN}))


def describe(job: str) -> ServiceCall:
    """Ask how an execution fares."""
    model = service_model_of("states").operation_model("DescribeExecution")
    return DescribeExecution(SERVICES["states"], model, {"ExecutionArn": job})


def stop(job: str) -> ServiceCall:
    """End an execution whose Task has been given up."""
    model = service_model_of("states").operation_model("StopExecution")
    return ServiceCall(SERVICES["states"], model, {"ExecutionArn": job})


def outcome_of(description: str, pattern: Pattern) -> CallOutcome | None:
    """Tell what a description comes to; nothing while the execution runs."""
    shown = cast("dict[str, Json]", parse_json(description))
    if shown["Status"] in _RUNNING:
        return None
    if shown["Status"] != "SUCCEEDED":
        return build_failure("States.TaskFailed", description)
    if pattern is Pattern.RUN_A_JOB_AND_READ:
        shown |= {name: parse_json(str(shown[name])) for name in ("Input", "Output") if name in shown}
    return CallResult(dump_json(shown))
