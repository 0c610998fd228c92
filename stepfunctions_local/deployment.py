"""Deploys a build to an engine: its activities and state machines, their versions, and their aliases."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.errors import ServiceError
from stepfunctions_local.engine.machines.activity import RegisteredActivity
from stepfunctions_local.engine.machines.name import require_valid_name
from stepfunctions_local.engine.machines.state_machine import (
    DEFAULT_CONFIGURATION,
    MachineType,
    Setup,
    StateMachine,
)
from stepfunctions_local.engine.machines.version import Publication
from stepfunctions_local.engine.routing import read_routing
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.build import Build
from stepfunctions_local.template.faults import summarize
from stepfunctions_local.template.publication import StateMachineAlias, StateMachineVersion
from stepfunctions_local.template.state_machines import DeclaredStateMachine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deployment:
    """The ARNs of deployed state machines and aliases, by logical id, and warnings for a person to read."""

    state_machine_arns: dict[str, str]
    warnings: tuple[str, ...]


async def deploy(engine: Engine, build: Build) -> Deployment:
    """Create or update the resources of a build; skip those that cannot run here, with a warning.

    An alias leads to this build's version at once, even if AWS would shift its traffic gradually.
    """
    deployer = _Deployer(engine)
    await deployer.deploy_each(build.activities, deployer.put_activity)
    machines = await deployer.deploy_each(build.state_machines, deployer.put_state_machine)
    deployer.version_arns = await deployer.deploy_each(build.versions, deployer.publish_version)
    aliases = await deployer.deploy_each(build.aliases, deployer.put_alias)
    return Deployment({**machines, **aliases}, tuple(deployer.warnings))


class _Deployer:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._catalog = engine.catalog
        self.version_arns: Mapping[str, str] = {}
        self.warnings: list[str] = []

    async def deploy_each(
        self, resources: Mapping[str, T], deploy_one: Callable[[T], Awaitable[str]]
    ) -> dict[str, str]:
        """Deploy resources one by one, and return their ARNs by logical id."""
        arns = {}
        for logical_id in resources:
            try:
                arns[logical_id] = await deploy_one(resources[logical_id])
            except TemplateError as error:
                self.warnings.append(f"{logical_id} cannot run here: {summarize(error)}")
            except ServiceError as error:
                self.warnings.append(f"{logical_id} cannot run here: {error}")
        return arns

    async def put_activity(self, name: str) -> str:
        asked = RegisteredActivity(require_valid_name(name), self._engine.clock.now())
        return self._engine.activities.arn(await self._engine.activities.create(asked))

    async def put_state_machine(self, machine: DeclaredStateMachine) -> str:
        name, now = require_valid_name(machine.name), self._engine.clock.now()
        setup = _build_setup(machine)
        if existing := self._catalog.find_named(name):
            _require_same_type(existing, setup.type)
            deployed, remarks = await self._catalog.update(existing, setup, now)
        else:
            deployed, remarks = await self._catalog.create(name, setup, now)
        self.warnings += [f"{machine.logical_id}: {remark}" for remark in remarks]
        return self._catalog.arn(deployed)

    async def publish_version(self, version: StateMachineVersion) -> str:
        machine = self._catalog.find(version.state_machine_arn)
        publication, now = Publication(version.description), self._engine.clock.now()
        published = await self._engine.versions.publish(machine, publication, None, now)
        return self._catalog.arn(machine, published.number)

    async def put_alias(self, alias: StateMachineAlias) -> str:
        routes_by_arn = [(self._find_version_arn(version), weight) for version, weight in alias.routes]
        machine, routes = read_routing(self._catalog, routes_by_arn)
        now, description = self._engine.clock.now(), alias.description
        if existing := machine.aliases.get(alias.name):
            await self._engine.aliases.update(machine, existing, routes, description, now)
        else:
            await self._engine.aliases.create(machine, alias.name, routes, description, now)
        return self._catalog.arn(machine, alias.name)

    def _find_version_arn(self, version: str) -> str:
        """Return the ARN of a version that is given by its logical id or by its ARN."""
        if version not in self.version_arns and not version.startswith("arn:"):
            raise TemplateError(f"its version {version} is not published.")
        return self.version_arns.get(version, version)


def _build_setup(machine: DeclaredStateMachine) -> Setup:
    logging = {**DEFAULT_CONFIGURATION["loggingConfiguration"], **machine.logging}
    configuration = {**DEFAULT_CONFIGURATION, "loggingConfiguration": logging}
    return Setup(machine.definition, machine.role_arn, configuration, MachineType(machine.type))


def _require_same_type(existing: StateMachine, declared: MachineType) -> None:
    """Require what AWS requires: another type means another state machine."""
    present = existing.revision.setup.type
    if declared is not present:
        raise TemplateError(
            f"it is {declared}, and the state machine {existing.name} in the records is {present}: a type "
            "cannot change. Delete that one with delete-state-machine, or give this one another name."
        )
