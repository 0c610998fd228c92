"""The jobs that Tasks with `.sync` and `.sync:2` have started and wait for, polled by the table of Job.

Source: "Run a Job (.sync)", the pages on each service, and recordings of AWS.
"""

from dataclasses import dataclass
from typing import Any, Final, Self, cast

from stepfunctions_local.engine.execution.call import CallOutcome, CallResult
from stepfunctions_local.integrations.place import look_up, put
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.language import Failure, Integration, Json, dump_json, parse_json
from stepfunctions_local.language.evaluation import build_failure
from stepfunctions_local.language.optimized import GONE, Job
from stepfunctions_local.language.resource import Pattern

_NOT_FOUND: Final = "ResourceNotFoundException"
_THROTTLED: Final = ("Throttl", "TooManyRequests", "RequestLimitExceeded")


def is_execution(job: str) -> bool:
    """Return whether a job is an execution, which is named by its ARN."""
    return job.startswith("arn:")


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job. `named` has the parameters that describe it, by their places."""

    integration: Integration
    named: dict[str, Json]

    @classmethod
    def parse(cls, name: str) -> Self:
        """Return the job with a name that a call has given."""
        if is_execution(name):
            return cls(Integration("", "states", "startExecution"), {"ExecutionArn": name})
        action, _, named = name.partition(" ")
        service, _, name_of_action = action.partition(":")
        return cls(Integration("", service, name_of_action), cast("dict[str, Json]", parse_json(named)))

    def describe(self) -> ServiceCall:
        """Return the call that describes the job."""
        parameters: dict[str, Json] = {}
        for place, value in self.named.items():
            put(parameters, place, value)
        return ServiceCall.raw(self.integration, self._job.describe, parameters)

    def stop(self) -> ServiceCall | None:
        """Return the call that stops the job, if there is one."""
        if not self._job.stop:
            return None
        parameters: dict[str, Json] = {}
        for place, source in self._job.stopped.items():
            put(parameters, place, source[1:] if source.startswith("=") else self.named.get(source))
        return ServiceCall.raw(self.integration, self._job.stop, parameters)

    def read_outcome(self, outcome: CallOutcome, pattern: Pattern) -> CallOutcome | None:
        """Return the outcome of the Task from that of `describe`; None while it is not known."""
        if isinstance(outcome, CallResult):
            return self._read_description(parse_json(outcome.text), pattern)
        error = outcome.error or ""
        if error.endswith(_NOT_FOUND) and GONE in self._job.succeeded.split():
            return CallResult("{}")
        is_passing = any(word in error for word in _THROTTLED)
        return None if is_passing or _is_unavailable(self, outcome) else outcome

    def _read_description(self, description: Json, pattern: Pattern) -> CallOutcome | None:
        job = self._job
        status = look_up(description, job.status)
        if status in job.running.split():
            return None
        result = self._select(description)
        if status not in job.succeeded.split() or not _have_exited_with_0(look_up(description, job.exits)):
            return build_failure("States.TaskFailed", dump_json(result))
        if pattern is Pattern.RUN_A_JOB_AND_READ and isinstance(result, dict):
            result |= {name: parse_json(str(result[name])) for name in job.texts.split() if name in result}
        return CallResult(dump_json(result))

    def _select(self, description: Json) -> Json:
        job = self._job
        selected: Json = look_up(description, job.result)
        if job.result_name:
            return {job.result_name: selected}
        if isinstance(selected, dict):
            left_out = job.left_out.split()
            return {name: value for name, value in selected.items() if name not in left_out}
        return selected

    @property
    def _job(self) -> Job:
        return cast("Job", self.integration.optimized.job)


def _is_unavailable(job: RunningJob, failure: Failure) -> bool:
    return job.describe().service.is_unavailable(failure)


def _have_exited_with_0(containers: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether all containers of a task have; a job without containers has, too."""
    if not isinstance(containers, list):
        return True
    return all(isinstance(each, dict) and each.get("ExitCode") == 0 for each in containers)
