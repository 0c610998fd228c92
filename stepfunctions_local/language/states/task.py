"""The Task state: calls a resource, handles its failures, and exits with an output made from the result."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from stepfunctions_local.language.data_flow import parse_data_flow
from stepfunctions_local.language.decision import Call, Decision, Json, Visit
from stepfunctions_local.language.error_handling import parse_error_handling
from stepfunctions_local.language.evaluation import EvaluationFailed
from stepfunctions_local.language.fields import MAX_LITERAL, Fields, QueryLanguage
from stepfunctions_local.language.json_text import dump_json
from stepfunctions_local.language.jsonata.expression import Expression
from stepfunctions_local.language.jsonata.field import is_computed, parse_computed
from stepfunctions_local.language.jsonpath.path import Path, parse_reference_path
from stepfunctions_local.language.jsonpath.template import COMPUTED_SUFFIX
from stepfunctions_local.language.operation import find_faults
from stepfunctions_local.language.reference import build_refusal, look_up_long
from stepfunctions_local.language.resource import (
    Activity,
    Integration,
    LambdaFunction,
    Pattern,
    Resource,
    parse_lambda_arn,
    parse_resource,
)
from stepfunctions_local.language.state import WorkingState, parse_next

_PARAMETERS: Final = {QueryLanguage.JSONPATH: "Parameters", QueryLanguage.JSONATA: "Arguments"}


@dataclass(frozen=True, slots=True)
class Limit:
    """TimeoutSeconds or HeartbeatSeconds: written out, named by a path, or computed."""

    field: str
    seconds: int | None = None
    path: Path | None = None
    expression: Expression | None = None

    def evaluate(self, data: Json, visit: Visit) -> int | None:
        """Return the limit in seconds, or None if there is none. Raises EvaluationFailed."""
        if self.expression:
            return self.expression.evaluate_integer(visit, minimum=1, maximum=MAX_LITERAL)
        if self.path is None:
            return self.seconds
        seconds = look_up_long(self.path, self.field, data, visit)
        if not 1 <= seconds <= MAX_LITERAL:
            fault = f"{self.field} parameter must be between 1 and {MAX_LITERAL}"
            raise build_refusal(self.path, fault, seconds)
        return seconds


@dataclass(frozen=True, slots=True)
class Task(WorkingState):
    """A Task state. Without Parameters or Arguments the resource is called with the effective input."""

    type_name: ClassVar[str] = "Task"

    resource: Resource
    timeout: Limit
    heartbeat: Limit

    @classmethod
    def parse(cls, name: str, fields: Fields) -> Self:
        """Parse the state's fields."""
        fields.require("Resource")
        resource = _parse_resource(fields)
        timeout, heartbeat = _parse_limits(fields, resource)
        _parse_credentials(fields)
        return cls(
            name=name,
            flow=parse_data_flow(
                fields,
                *("InputPath", "Parameters", "ResultSelector", "ResultPath", "OutputPath"),
                *("Arguments", "Output", "Assign"),
            ),
            next=parse_next(fields),
            handling=parse_error_handling(fields),
            resource=resource,
            timeout=timeout,
            heartbeat=heartbeat,
        )

    @property
    def waits_for_token(self) -> bool:
        """Whether the state ends when its token comes back, not when its call returns."""
        return _get_pattern(self.resource) is Pattern.WAIT_FOR_TASK_TOKEN

    @property
    def outlives_its_call(self) -> bool:
        """Whether the state continues after its call has returned."""
        return _get_pattern(self.resource) is not Pattern.REQUEST_RESPONSE

    def on_entry(self, visit: Visit) -> Decision:
        """Call the resource."""
        data, parameters = self.flow.select(visit), self.flow.build_arguments(visit)
        self._require_startable(parameters)
        timeout = self.timeout.evaluate(data, visit)
        heartbeat = self.heartbeat.evaluate(data, visit)
        if timeout is not None and heartbeat is not None and heartbeat >= timeout:
            raise EvaluationFailed(
                f"The heartbeat of {heartbeat} s must be less than the timeout of {timeout} s."
            )
        return Call(self.resource, parameters, timeout, heartbeat)

    def _require_startable(self, parameters: Json) -> None:
        """Refuse parameters that the service cannot use. Raises EvaluationFailed."""
        if not isinstance(self.resource, Integration):
            return
        if wrong := find_faults(self.resource, parameters):
            shown = dump_json(parameters)
            raise EvaluationFailed(
                f"The Parameters '{shown}' could not be used to start the Task: [{', '.join(wrong)}]"
            )


def _get_pattern(resource: Resource) -> Pattern:
    return resource.pattern if isinstance(resource, Integration) else Pattern.REQUEST_RESPONSE


def _parse_resource(fields: Fields) -> Resource:
    resource = fields.parse("Resource", parse_resource) or LambdaFunction("", "")
    if isinstance(resource, Integration):
        _check_parameters(resource, fields)
    _warn_of_missing_accounts(resource, fields)
    _warn_of_connection(resource, fields)
    _warn_of_absence(resource, fields)
    return resource


def _check_parameters(integration: Integration, fields: Fields) -> None:
    name = _PARAMETERS[fields.language]
    if fields.require(name):
        for fault in find_faults(integration, fields.read(name), template=True):
            fields.refuse(fault, name)


def _warn_of_missing_accounts(resource: Resource, fields: Fields) -> None:
    parameters = fields.read(_PARAMETERS[fields.language])
    named = parameters.get("FunctionName") if isinstance(parameters, dict) else None
    function = parse_lambda_arn(named) if isinstance(named, str) else None
    for candidate in (resource, function):
        if isinstance(candidate, LambdaFunction) and candidate.arn and candidate.account is None:
            fields.report.warn(
                f"'{candidate.arn}' names no account. It works here; AWS needs the account's 12 digits "
                "before ':function:'",
                fields.location,
                "NO_ACCOUNT",
            )


def _parse_credentials(fields: Fields) -> None:
    """Accept Credentials, which have no effect: no role is assumed here.

    Source: "Accessing resources in other AWS accounts in Step Functions".
    """
    given = fields.read("Credentials")
    if "Credentials" not in fields:
        return
    names = {"RoleArn", f"RoleArn{COMPUTED_SUFFIX}"}
    if fields.language is QueryLanguage.JSONATA and isinstance(given, str):
        parse_computed(fields, "Credentials")
    elif not isinstance(given, dict) or len(given.keys() & names) != 1:
        fields.refuse("Credentials must have the field RoleArn", "Credentials")
    fields.report.warn(
        "The role in Credentials is not assumed here: the call is made with the endpoint's own access key",
        fields.location,
        "NO_CREDENTIALS",
    )


def _warn_of_connection(resource: Resource, fields: Fields) -> None:
    if isinstance(resource, Integration) and resource.service == "http":
        fields.report.warn(
            "The connection of http:invoke is not used here: the call carries what the state says, and goes "
            "to the URL in HTTP_ENDPOINT",
            fields.location,
            "NO_CONNECTION",
        )


def _warn_of_absence(resource: Resource, fields: Fields) -> None:
    if isinstance(resource, Integration) and (reason := resource.optimized.not_here):
        fields.report.warn(
            f"{resource.service}:{resource.action} is not called here: {reason}. The Task fails, unless a "
            "test case mocks it",
            fields.location,
            "NOT_CALLED",
        )


def _parse_limits(fields: Fields, resource: Resource) -> tuple[Limit, Limit]:
    named = "HeartbeatSeconds" in fields or "HeartbeatSecondsPath" in fields
    has_token = isinstance(resource, Activity) or _get_pattern(resource) is Pattern.WAIT_FOR_TASK_TOKEN
    if named and not has_token:
        fields.report.warn(
            "Heartbeats need a task token, and this Task has none", fields.location, "NO_HEARTBEATS"
        )
    timeout, heartbeat = (_parse_limit(fields, name) for name in ("TimeoutSeconds", "HeartbeatSeconds"))
    longest = timeout.seconds
    if longest is not None and heartbeat.seconds is not None and heartbeat.seconds >= longest:
        fields.refuse("HeartbeatSeconds must be less than TimeoutSeconds", "HeartbeatSeconds")
    return timeout, heartbeat


def _parse_limit(fields: Fields, name: str) -> Limit:
    if is_computed(fields, name):
        return Limit(name, expression=parse_computed(fields, name))
    field = f"{name}Path"
    fields.choose_one(name, field)
    seconds = fields.read_integer(name, minimum=1, maximum=MAX_LITERAL)
    return Limit(field, seconds, fields.parse(field, parse_reference_path))
