"""The operations on aliases of state machines. Source: the API Reference."""

from operator import attrgetter
from typing import Any

from stepfunctions_local.endpoints.states.aws_json import Operation, Reply
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.engine.arn import state_machine_of
from stepfunctions_local.engine.errors import ResourceNotFound, StateMachineDoesNotExist, ValidationException
from stepfunctions_local.engine.machines.alias import Alias
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.target import Target
from stepfunctions_local.engine.routing import Routing, read_routing


class AliasOperations(Operations):
    """Creates, updates, describes, lists and deletes aliases."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""
        return {
            "CreateStateMachineAlias": self.create,
            "UpdateStateMachineAlias": self.update,
            "DescribeStateMachineAlias": self.describe,
            "ListStateMachineAliases": self.list_all,
            "DeleteStateMachineAlias": self.delete,
        }

    async def create(self, request: dict[str, Any]) -> Reply:
        """CreateStateMachineAlias."""
        machine, routes = read_routing(self._catalog, _parse_routing(request["routingConfiguration"]))
        alias = await self._engine.aliases.create(
            machine, request["name"], routes, request.get("description"), self._engine.clock.now()
        )
        return self._summarize(machine, alias)

    async def update(self, request: dict[str, Any]) -> Reply:
        """UpdateStateMachineAlias."""
        routing, description = request.get("routingConfiguration"), request.get("description")
        if routing is None and description is None:
            raise ValidationException(
                "Either the description or the routing configuration must be specified",
                "MISSING_REQUIRED_PARAMETER",
            )
        machine, alias = self._catalog.alias(request["stateMachineAliasArn"])
        routes = read_routing(self._catalog, _parse_routing(routing), machine)[1] if routing else None
        changed = await self._engine.aliases.update(
            machine, alias, routes, description, self._engine.clock.now()
        )
        return {"updateDate": changed.updated.timestamp()}

    def describe(self, request: dict[str, Any]) -> Reply:
        """DescribeStateMachineAlias."""
        machine, alias = self._catalog.alias(request["stateMachineAliasArn"])
        return {
            **self._summarize(machine, alias),
            "name": alias.name,
            "description": alias.description,
            "routingConfiguration": [
                {"stateMachineVersionArn": self._catalog.arn(machine, route.version), "weight": route.weight}
                for route in alias.routes
            ],
            "updateDate": alias.updated.timestamp(),
        }

    def list_all(self, request: dict[str, Any]) -> Reply:
        """ListStateMachineAliases, sorted by name as recorded on AWS."""
        arn = request["stateMachineArn"]
        target = self._find_listable(arn)
        aliases = sorted(target.machine.aliases.values(), key=attrgetter("name"))
        if target.version:
            aliases = [alias for alias in aliases if alias.routes_to(target.version.number)]
        page = self._paging.cut_page(["ListStateMachineAliases", arn], request, aliases, attrgetter("name"))
        return {
            "stateMachineAliases": [self._summarize(target.machine, alias) for alias in page.items],
            "nextToken": page.next_token,
        }

    async def delete(self, request: dict[str, Any]) -> Reply:
        """DeleteStateMachineAlias. A missing alias is not an error, as on AWS."""
        try:
            machine, alias = self._catalog.alias(request["stateMachineAliasArn"])
        except ResourceNotFound:
            return {}
        await self._engine.aliases.delete(machine, alias.name)
        return {}

    def _find_listable(self, arn: str) -> Target:
        """Return the state machine or version whose aliases are to be listed."""
        qualified = state_machine_of(arn).qualifier is not None
        try:
            target = self._catalog.target(arn)
        except StateMachineDoesNotExist as error:
            if qualified:
                raise ResourceNotFound(arn) from error
            raise
        if target.alias:
            raise ResourceNotFound(arn)
        return target

    def _summarize(self, machine: StateMachine, alias: Alias) -> dict[str, Any]:
        return {
            "stateMachineAliasArn": self._catalog.arn(machine, alias.name),
            "creationDate": alias.created.timestamp(),
        }


def _parse_routing(configuration: list[dict[str, Any]]) -> Routing:
    return [(route["stateMachineVersionArn"], route["weight"]) for route in configuration]
