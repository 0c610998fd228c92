"""Builds the execution that a start begins."""

from datetime import datetime
from random import Random
from uuid import uuid4

from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.machines.target import Target


def build_execution(
    target: Target,
    execution_id: int,
    name: str | None,
    input_text: str,
    *,
    trace_header: str | None,
    mocks: str | None,
    started: datetime,
    random: Random,
) -> Execution:
    """Return a new execution of the target, on the version that `random` chooses if an alias has two.

    Without a name it gets a UUID. `started` is in UTC.
    """
    machine, version = target.machine, target.choose_version(random)
    return Execution(
        id=execution_id,
        name=name or str(uuid4()),
        state_machine_id=machine.id,
        revision_id=version.revision if version else machine.revision.id,
        started=started,
        input=input_text,
        trace_header=trace_header,
        version=version.number if version else None,
        alias=target.alias.name if target.alias else None,
        mocks=mocks,
        uuid=str(uuid4()) if machine.is_express else None,
    )
