"""Opens the clients for a target. It imports boto3, so commands import this module only when they run."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from delay.aws.connection import (
    SqsClient,
    connect,
    connect_cloudformation,
    connect_dynamodb,
    connect_local,
    connect_local_service,
    connect_sqs,
)
from delay.aws.store_name import StoreName
from delay.cli.target import Target
from delay.client import Delay
from delay.clock import SystemClock
from delay.dead_letters.redriving import DeadLetters
from delay.errors import NoSuchStateMachine
from delay.executions.call_rates import UNLIMITED, call_rates
from delay.local.call import call_local
from delay.local.clock import ClockClient, LocalClock
from delay.local.endpoint import TABLE, TEMPLATE_NAME, LocalEndpoint
from delay.local.request import EndpointUnavailable
from delay.local.task_table import find_table
from delay.opening import parse_store_arn

LETTERS_NAME = "TableDeadLetterQueue"
"""The name of the table's dead-letter queue in template.yaml, or a part of it."""

_LOCAL_REGION = "us-east-1"


def open_delay(target: Target) -> Delay:
    """Return the client for a target.

    Raises:
        DelayError: a profile, a Region, a stack or a local state machine is not found.

    """
    return _OPENERS[target.store or "executions", target.is_local](target)


def open_shared_delay(target: Target, share: float) -> Delay:
    """Return the client for a target, which takes a `share` of Step Functions' quotas for listing.

    It raises what `open_delay` raises.
    """
    is_limited = not target.is_local and target.store != "table"
    return _open_aws(target, share) if is_limited else open_delay(target)


def open_dead_letters(target: Target, queue_url: str | None) -> DeadLetters:
    """Return the failed tasks in a queue, by default the queue of the target's stack.

    Raises:
        NoSuchQueue: no URL is given, and the target has no stack or its stack no queue.
        DelayError: as above.

    """
    delay = open_delay(target)
    return delay.dead_letters(queue_url, _LETTER_CLIENTS[target.store or "executions"](target, delay))


def _connect_letters(target: Target, delay: Delay) -> SqsClient:
    return connect_sqs(parse_store_arn(delay.arn).region, profile=target.profile)


def _use_own(_target: Target, _delay: Delay) -> None:
    """Have a table use the client for its own queue."""


_LETTER_CLIENTS: Final[Mapping[StoreName, Callable[[Target, Delay], SqsClient | None]]] = {
    "executions": _connect_letters,
    "table": _use_own,
}


def _open_aws(target: Target, share: float = 1.0) -> Delay:
    sfn = connect(target.region, profile=target.profile, endpoint_url=target.endpoint_url)
    rates = call_rates(sfn.meta.region_name).share(share)
    if target.stack_name:
        cloudformation = connect_cloudformation(target.region, profile=target.profile)
        return Delay.from_stack(target.stack_name, cloudformation=cloudformation, sfn=sfn, rates=rates)
    return Delay(str(target.arn), sfn, rates=rates)


def _open_aws_table(target: Target) -> Delay:
    options = {"profile": target.profile, "endpoint_url": target.endpoint_url}
    dynamodb, sqs = connect_dynamodb(target.region, **options), connect_sqs(target.region, **options)
    if target.stack_name:
        cloudformation = connect_cloudformation(target.region, profile=target.profile)
        return Delay.from_stack(
            target.stack_name, store="table", cloudformation=cloudformation, dynamodb=dynamodb, sqs=sqs
        )
    return Delay(str(target.arn), dynamodb=dynamodb, sqs=sqs)


def _open_local_table(target: Target) -> Delay:
    endpoint = LocalEndpoint.find(target.endpoint_url, service=TABLE)
    region = target.region or _LOCAL_REGION
    dynamodb, sqs = (connect_local_service(name, endpoint.url, region) for name in ("dynamodb", "sqs"))
    clock = _make_clock(endpoint)
    arn = target.arn or find_table(dynamodb, endpoint)
    letters = call_local(endpoint, "sqs:ListQueues", lambda: _find_letters(sqs))
    return Delay(arn, dynamodb=dynamodb, sqs=sqs, clock=clock, dead_letter_queue_url=letters)


def _find_letters(sqs: Any) -> str | None:  # noqa: ANN401 - as above
    urls: list[str] = sqs.list_queues().get("QueueUrls", [])
    return next((url for url in urls if LETTERS_NAME in url), None)


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
    return call_local(
        endpoint,
        "states:ListStateMachines",
        lambda: {
            found["name"]: found["stateMachineArn"]
            for page in pages
            for found in page["stateMachines"]
            if found.get("type") != "EXPRESS"
        },
    )


def _make_clock(endpoint: LocalEndpoint) -> SystemClock:
    try:
        return LocalClock(ClockClient(endpoint))
    except EndpointUnavailable:  # another local endpoint than ours, whose clock cannot be skipped
        return SystemClock()


_OPENERS: Final[Mapping[tuple[StoreName, bool], Callable[[Target], Delay]]] = {
    ("executions", False): _open_aws,
    ("executions", True): _open_local,
    ("table", False): _open_aws_table,
    ("table", True): _open_local_table,
}
"""How to open a client, by the store and by whether it is on this computer."""
