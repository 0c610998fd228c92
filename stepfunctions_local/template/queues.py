"""The SQS queues of a built template, as CreateQueue takes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stepfunctions_local.template.intrinsics import to_text
from stepfunctions_local.template.properties import Properties

QUEUE: Final = "AWS::SQS::Queue"
_ATTRIBUTES: Final = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)


@dataclass(frozen=True, slots=True)
class DeclaredQueue:
    """A queue. `redrive_policy` is JSON, if it has a dead-letter queue."""

    logical_id: str
    name: str
    arn: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    redrive_policy: str | None = None


def read_queue(name: str, arn: str, properties: Properties) -> DeclaredQueue:
    """Return a queue. Encryption and permissions have no effect here, and are left out.

    Raises:
        TemplateError: a value cannot be resolved here.

    """
    given = {attribute: properties.get(attribute) for attribute in _ATTRIBUTES}
    attributes = {name: to_text(value) for name, value in given.items() if value is not None}
    policy = properties.get("RedrivePolicy")
    return DeclaredQueue(properties.logical_id, name, arn, attributes, _to_json(policy) if policy else None)


def _to_json(policy: Any) -> str:  # noqa: ANN401 - any JSON value
    return policy if isinstance(policy, str) else json.dumps(policy)
