"""The event that a schedule calls a function with.

Source: EventBridge Scheduler User Guide, "Templated targets" and "Adding context attributes".
"""

import json
from datetime import datetime
from uuid import uuid4

from stepfunctions_local.account import Account
from stepfunctions_local.template.event_sources import ScheduleSource


def build_event(source: ScheduleSource, account: Account, due: datetime) -> bytes:
    """Return the event of a schedule that is due at a time (UTC), as JSON."""
    time = due.strftime("%Y-%m-%dT%H:%M:%SZ")
    arn = _build_arn(source, account)
    if source.input is not None:
        return _fill_in(source.input, arn, time).encode()
    event = {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events" if source.is_rule else "aws.scheduler",
        "account": account.id,
        "time": time,
        "region": account.region,
        "resources": [arn],
        "detail": {} if source.is_rule else "{}",
    }
    return json.dumps(event).encode()


def _build_arn(source: ScheduleSource, account: Account) -> str:
    name = source.name.replace(".", "")
    if source.is_rule:
        return account.arn("events", f"rule/{name}")
    return account.arn("scheduler", f"schedule/default/{name}")


def _fill_in(text: str, arn: str, time: str) -> str:
    values = {
        "schedule-arn": arn,
        "scheduled-time": time,
        "execution-id": str(uuid4()),
        "attempt-number": "1",
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text
