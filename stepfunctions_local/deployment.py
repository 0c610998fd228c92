"""Brings a build into an engine: its state machines, their versions, and the aliases that lead there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.errors import ServiceError, StateMachineTypeNotSupported
from stepfunctions_local.engine.machines.name import require_valid_name
from stepfunctions_local.engine.machines.state_machine import Setup
from stepfunctions_local.engine.machines.version import Publication
from stepfunctions_local.engine.routing import read_routing
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.build import Build
from stepfunctions_local.template.publication import StateMachineAlias, StateMachineVersion
from stepfunctions_local.template.state_machines import DeclaredStateMachine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deployment:
    """The ARNs of state machines and of aliases, by logical id, and what a person should know about them."""

    state_machine_arns: dict[str, str]
    warnings: tuple[str, ...]


async def deploy(engine: Engine, build: Build) -> Deployment:
    """Create what a build has, or change what is there; leave out what cannot run here, with a warning.

    An alias leads to the version of this build at once, however gradually AWS would lead it there.
    """
    deployer = _Deployer(engine)
    machines = await deployer.each(build.state_machines, deployer.put)
    deployer.versions = await deployer.each(build.versions, deployer.publish)
    aliases = await deployer.each(build.aliases, deployer.lead)
    return Deployment({**machines, **aliases}, tuple(deployer.warnings))


class _Deployer:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._catalog = engine.catalog
        self.versions: Mapping[str, str] = {}
        self.warnings: list[str] = []

    async def each(self, resources: Mapping[str, T], bring: Callable[[T], Awaitable[str]]) -> dict[str, str]:
        """Bring resources in one by one, and return their ARNs."""
        arns = {}
        for logical_id in resources:
            try:
                arns[logical_id] = await bring(resources[logical_id])
            except (ServiceError, TemplateError) as error:
                self.warnings.append(f"{logical_id} cannot run here: {error}")
        return arns

    async def put(self, machine: DeclaredStateMachine) -> str:
        if machine.type != "STANDARD":
            raise StateMachineTypeNotSupported(f"it is {machine.type}, and only STANDARD state machines do.")
        name, now = require_valid_name(machine.name), self._engine.clock.now()
        setup = Setup(machine.definition, machine.role_arn)
        if existing := self._catalog.find_named(name):
            deployed, remarks = await self._catalog.update(existing, setup, now)
        else:
            deployed, remarks = await self._catalog.create(name, setup, now)
        self.warnings += [f"{machine.logical_id}: {remark}" for remark in remarks]
        return self._catalog.arn(deployed)

    async def publish(self, version: StateMachineVersion) -> str:
        machine = self._catalog.find(version.state_machine_arn)
        publication, now = Publication(version.description), self._engine.clock.now()
        published = await self._engine.versions.publish(machine, publication, None, now)
        return self._catalog.arn(machine, published.number)

    def _published(self, version: str) -> str:
        """Return the ARN of a version that is named by its logical id, or by its ARN already."""
        if version not in self.versions and not version.startswith("arn:"):
            raise TemplateError(f"its version {version} is not published.")
        return self.versions.get(version, version)

    async def lead(self, alias: StateMachineAlias) -> str:
        routing = [
            {"stateMachineVersionArn": self._published(version), "weight": weight}
            for version, weight in alias.routes
        ]
        machine, routes = read_routing(self._catalog, routing)
        now, description = self._engine.clock.now(), alias.description
        if existing := machine.aliases.get(alias.name):
            await self._engine.aliases.update(machine, existing, routes, description, now)
        else:
            await self._engine.aliases.create(machine, alias.name, routes, description, now)
        return self._catalog.arn(machine, alias.name)
