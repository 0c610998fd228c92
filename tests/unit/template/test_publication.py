"""Which versions and aliases a build has, and what deploying it makes of them."""

import json
from collections.abc import AsyncIterator
from random import Random

import pytest

from stepfunctions_local.deployment import Deployment, deploy
from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.machines.alias import Route
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.records.records import open_records
from tests.unit.engine.harness import NOW, ScriptedTasks
from tests.unit.template.project import STACK, Project

ARN = "arn:aws:states:eu-west-1:000000000001:stateMachine:orders"


def template(word: str, rest: str = "", properties: str = "AutoPublishAlias: live") -> str:
    """Write a template with a state machine that says a word."""
    states = {"Say": {"Type": "Pass", "Result": word, "End": True}}
    definition = json.dumps({"StartAt": "Say", "States": states})
    return f"""
        Resources:
          Orders:
            Type: AWS::Serverless::StateMachine
            Properties:
              Name: orders
              Definition: {definition}
              {properties}
        {rest}
        """


class Target:
    """An engine that builds are deployed to, one after the other."""

    def __init__(self, engine: Engine, project: Project) -> None:
        self._engine = engine
        self._project = project

    async def deploy(self, text: str) -> Deployment:
        """Deploy a template."""
        return await deploy(self._engine, self._project.write(text).read())

    @property
    def machine(self) -> StateMachine:
        """The state machine as it is now."""
        return self._engine.catalog.find(ARN)

    def routes(self, alias: str) -> tuple[Route, ...]:
        """Where an alias leads."""
        return self.machine.aliases[alias].routes


@pytest.fixture
async def target(project: Project) -> AsyncIterator[Target]:
    settings = Settings(STACK.account)
    async with open_records(None) as records:
        engine = Engine(ScriptedTasks(), records, settings, clock=ManualClock(NOW), random=Random(7))  # noqa: S311 - jitter
        async with engine:
            yield Target(engine, project)


async def test_an_alias_of_its_own_leads_to_what_was_built(target: Target) -> None:
    """AutoPublishAlias publishes a version, and the alias has its ARN beside the state machine's."""
    deployment = await target.deploy(template("one"))
    assert deployment == Deployment({"Orders": ARN, "OrdersAliaslive": f"{ARN}:live"}, ())
    assert target.routes("live") == (Route(1, 100),)


async def test_a_build_that_has_not_changed_publishes_nothing(target: Target) -> None:
    """A restart is no deployment; another definition is one, and the alias leads there."""
    await target.deploy(template("one"))
    await target.deploy(template("one"))
    assert list(target.machine.versions) == [1]
    await target.deploy(template("two"))
    assert list(target.machine.versions) == [1, 2]
    assert target.routes("live") == (Route(2, 100),)


async def test_a_gradual_deployment_is_one_at_once_here(target: Target) -> None:
    """There is nobody to watch alarms for."""
    gradual = "AutoPublishAlias: live, DeploymentPreference: {Type: LINEAR, Percentage: 10, Interval: 1}"
    properties = gradual.replace(", Deployment", "\n              Deployment")
    for word in ("one", "two"):
        await target.deploy(template(word, properties=properties))
    assert target.routes("live") == (Route(2, 100),)


async def test_versions_and_aliases_of_cloudformation_are_deployed_too(target: Target) -> None:
    """Two versions can share the executions, one of them published earlier."""
    rest = """
          Published:
            Type: AWS::StepFunctions::StateMachineVersion
            Properties:
              Description: to keep
              StateMachineArn: !Ref Orders
              StateMachineRevisionId: !GetAtt Orders.StateMachineRevisionId
          Live:
            Type: AWS::StepFunctions::StateMachineAlias
            Properties:
              Name: live
              Description: all of it
              RoutingConfiguration:
                - {StateMachineVersionArn: !Ref Published, Weight: "100"}
    """
    deployment = await target.deploy(template("one", rest, "Type: STANDARD"))
    assert deployment == Deployment({"Orders": ARN, "Live": f"{ARN}:live"}, ())
    assert target.machine.versions[1].description == "to keep"
    assert target.machine.aliases["live"].description == "all of it"
    shared = """- {StateMachineVersionArn: !Sub "${Orders}:1", Weight: 90}
                - {StateMachineVersionArn: !GetAtt Published.Arn, Weight: 10}"""
    rest = rest.replace('- {StateMachineVersionArn: !Ref Published, Weight: "100"}', shared)
    await target.deploy(template("two", rest, "Type: STANDARD"))
    assert target.routes("live") == (Route(1, 90), Route(2, 10))


@pytest.mark.parametrize(
    ("alias", "reason"),
    [
        ("{Name: live}", "a DeploymentPreference or a list, RoutingConfiguration, is expected"),
        ("{Name: live, RoutingConfiguration: [{Weight: 100}]}", "a StateMachineVersionArn is None"),
        ("{Name: live, RoutingConfiguration: {'Fn::If': [a, b, c]}}", "RoutingConfiguration, is expected"),
        (
            "{Name: live, RoutingConfiguration: [{StateMachineVersionArn: !Sub '${Orders}:7', Weight: 100}]}",
            "does not exist",
        ),
        (
            "{Name: live, RoutingConfiguration: [{StateMachineVersionArn: !Sub '${Orders}:7', Weight: all}]}",
            "a weight is 'all': a whole number is expected",
        ),
    ],
)
async def test_an_alias_that_leads_nowhere_is_left_out_with_the_reason(
    target: Target, alias: str, reason: str
) -> None:
    """The state machine runs all the same."""
    rest = f"""
          Live: {{Type: AWS::StepFunctions::StateMachineAlias, Properties: {alias}}}
    """
    deployment = await target.deploy(template("one", rest, "Type: STANDARD"))
    assert deployment.state_machine_arns == {"Orders": ARN}
    (warning,) = deployment.warnings
    assert warning.startswith("Live cannot run here: ")
    assert reason in warning


async def test_what_is_of_a_state_machine_that_cannot_run_is_left_out_with_it(target: Target) -> None:
    """Each is named."""
    express = template("one", properties="Type: EXPRESS\n              AutoPublishAlias: live")
    deployment = await target.deploy(express)
    assert deployment.state_machine_arns == {}
    assert [warning.partition(":")[0] for warning in deployment.warnings] == [
        "Orders cannot run here",
        "OrdersVersion cannot run here",
        "OrdersAliaslive cannot run here",
    ]
