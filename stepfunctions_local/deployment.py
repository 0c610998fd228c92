"""Deploys a build to an engine: its state machines, their versions, and their aliases."""

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
    """The ARNs of deployed state machines and aliases, by logical id, and warnings for a person to read."""

    state_machine_arns: dict[str, str]
    warnings: tuple[str, ...]


async def deploy(engine: Engine, build: Build) -> Deployment:
    """Create or update the resources of a build; skip those that cannot run here, with a warning.

    An alias leads to this build's version at once, even if AWS would shift its traffic gradually.
    """
    deployer = _Deployer(engine)
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
            except (ServiceError, TemplateError) as error:
                self.warnings.append(f"{logical_id} cannot run here: {error}")
        return arns

    async def put_state_machine(self, machine: DeclaredStateMachine) -> str:
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
