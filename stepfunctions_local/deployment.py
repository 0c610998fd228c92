"""Creates the state machines of a build in an engine, or changes those that it has to what was built."""

from dataclasses import dataclass

from stepfunctions_local.endpoints.names import checked_name
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.errors import ServiceError, StateMachineTypeNotSupported
from stepfunctions_local.engine.state_machine import Setup
from stepfunctions_local.engine.state_machine import StateMachine as Deployed
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.language import Diagnostic
from stepfunctions_local.template.build import Build
from stepfunctions_local.template.state_machines import StateMachine


@dataclass(frozen=True, slots=True)
class Deployment:
    """The ARNs of what was created, by logical id, and what a person should know about it."""

    state_machine_arns: dict[str, str]
    warnings: tuple[str, ...]


async def deploy(engine: Engine, build: Build) -> Deployment:
    """Create every state machine of a build; one that cannot run here is left out, with a warning."""
    arns: dict[str, str] = {}
    warnings: list[str] = []
    for logical_id in build.state_machines:
        try:
            deployed, remarks = await _put(engine, build.state_machines[logical_id])
        except (ServiceError, TemplateError) as error:
            warnings.append(f"{logical_id} cannot run here: {error}")
        else:
            arns[logical_id] = engine.catalog.arn(deployed)
            warnings += [f"{logical_id}: {remark}" for remark in remarks]
    return Deployment(arns, tuple(warnings))


async def _put(engine: Engine, machine: StateMachine) -> tuple[Deployed, tuple[Diagnostic, ...]]:
    if machine.type != "STANDARD":
        raise StateMachineTypeNotSupported(f"it is {machine.type}, and only STANDARD state machines do.")
    catalog, now = engine.catalog, engine.clock.now()
    name = checked_name(machine.name)
    existing = catalog.named(name)
    setup = Setup(machine.definition, machine.role_arn)
    if existing is None:
        return await catalog.create(name, setup, now)
    return await catalog.update(existing, setup, now)
