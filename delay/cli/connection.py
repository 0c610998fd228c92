"""Opens the clients for a target. It imports boto3, so commands import this module only when they run."""

from typing import Any

from botocore.exceptions import ConnectionError as NoConnection

from delay.aws.connection import connect, connect_cloudformation, connect_local, connect_sqs
from delay.aws.error import AWS_ERRORS, translate_error
from delay.cli.clock_client import ClockClient, LocalClock
from delay.cli.local_endpoint import LocalEndpoint
from delay.cli.local_request import EndpointUnavailable
from delay.cli.target import Target
from delay.client import Delay
from delay.clock import SystemClock
from delay.dead_letters.redriving import DeadLetters
from delay.errors import NoSuchStateMachine, Unreachable
from delay.executions.call_rates import UNLIMITED
from delay.opening import parse_store_arn

TEMPLATE_NAME = "DelayStateMachine"
"""The name that `delay local` gives the state machine of template.yaml."""

_LOCAL_REGION = "us-east-1"


def open_delay(target: Target) -> Delay:
    """Return the client for a target.

    Raises:
        DelayError: a profile, a Region, a stack or a local state machine is not found.

    """
    return _open_local(target) if target.is_local else _open_aws(target)


def open_dead_letters(target: Target, queue_url: str | None) -> DeadLetters:
    """Return the failed tasks in a queue, by default the queue of the target's stack.

    Raises:
        NoSuchQueue: no URL is given, and the target has no stack or its stack no queue.
        DelayError: as above.

    """
    delay = open_delay(target)
    region = parse_store_arn(delay.arn).region
    return delay.dead_letters(queue_url, connect_sqs(region, profile=target.profile))


def _open_aws(target: Target) -> Delay:
    sfn = connect(target.region, profile=target.profile, endpoint_url=target.endpoint_url)
    if target.stack_name:
        cloudformation = connect_cloudformation(target.region, profile=target.profile)
        return Delay.from_stack(target.stack_name, cloudformation=cloudformation, sfn=sfn)
    return Delay(str(target.arn), sfn)


def _open_local(target: Target) -> Delay:
    endpoint = LocalEndpoint.find(target.endpoint_url)
    sfn = connect_local(endpoint.url, target.region or _LOCAL_REGION)
    arn = target.arn or _find_state_machine(sfn, endpoint)
    return Delay(arn, sfn, clock=_make_clock(endpoint), rates=UNLIMITED)


def _find_state_machine(sfn: Any, endpoint: LocalEndpoint) -> str:  # noqa: ANN401 - boto3 has no types
    """Return the ARN of the template's state machine, or of the only one."""
    url, machines = endpoint.url, _list_state_machines(sfn, endpoint)
    if TEMPLATE_NAME in machines:
        return machines[TEMPLATE_NAME]
    if len(machines) == 1:
        return next(iter(machines.values()))
    if not machines:
        raise NoSuchStateMachine(
            f"{url} has no state machine: `sam build && delay local` serves those of a template."
        )
    raise NoSuchStateMachine(
        f"{url} has several state machines: choose one with --state-machine-arn: "
        f"{', '.join(machines.values())}"
    )


def _list_state_machines(sfn: Any, endpoint: LocalEndpoint) -> dict[str, str]:  # noqa: ANN401 - as above
    """Return an endpoint's Standard state machines, ARNs by names. No Express one waits for days."""
    pages = sfn.get_paginator("list_state_machines").paginate()
    try:
        return {
            found["name"]: found["stateMachineArn"]
            for page in pages
            for found in page["stateMachines"]
            if found.get("type") != "EXPRESS"
        }
    except NoConnection as error:
        raise Unreachable(endpoint.explain_silence()) from error
    except AWS_ERRORS as error:
        raise translate_error(error, "states:ListStateMachines", endpoint.url) from error


def _make_clock(endpoint: LocalEndpoint) -> SystemClock:
    try:
        return LocalClock(ClockClient(endpoint))
    except EndpointUnavailable:  # another local endpoint than ours, whose clock cannot be skipped
        return SystemClock()
