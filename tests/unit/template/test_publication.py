"""The versions and aliases of a build, and their deployment."""

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


def make_template(word: str, rest: str = "", properties: str = "AutoPublishAlias: live") -> str:
    """Return a template with a state machine that outputs a word."""
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
    """An engine to which builds are deployed in turn."""

    def __init__(self, engine: Engine, project: Project) -> None:
        self._engine = engine
        self._project = project

    async def deploy(self, text: str) -> Deployment:
        """Deploy a template."""
        return await deploy(self._engine, self._project.write(text).read())

    @property
    def machine(self) -> StateMachine:
        """The current state machine."""
        return self._engine.catalog.find(ARN)

    def routes(self, alias: str) -> tuple[Route, ...]:
        """Return the routes of an alias."""
        return self.machine.aliases[alias].routes


@pytest.fixture
async def target(project: Project) -> AsyncIterator[Target]:
    settings = Settings(STACK.account)
    async with open_records(None) as records:
        engine = Engine(ScriptedTasks(), records, settings, clock=ManualClock(NOW), random=Random(7))
        async with engine:
            yield Target(engine, project)


async def test_an_auto_publish_alias_routes_to_the_built_version(target: Target) -> None:
    """The deployment has the ARNs of the state machine and of the alias."""
    deployment = await target.deploy(make_template("one"))
    assert deployment == Deployment({"Orders": ARN, "OrdersAliaslive": f"{ARN}:live"}, ())
    assert target.routes("live") == (Route(1, 100),)


async def test_an_unchanged_build_publishes_no_version(target: Target) -> None:
    """A changed definition publishes one, and the alias routes to it."""
    await target.deploy(make_template("one"))
    await target.deploy(make_template("one"))
    assert list(target.machine.versions) == [1]
    await target.deploy(make_template("two"))
    assert list(target.machine.versions) == [1, 2]
    assert target.routes("live") == (Route(2, 100),)


async def test_a_gradual_deployment_takes_effect_at_once(target: Target) -> None:
    """There are no alarms to watch locally."""
    gradual = "AutoPublishAlias: live, DeploymentPreference: {Type: LINEAR, Percentage: 10, Interval: 1}"
    properties = gradual.replace(", Deployment", "\n              Deployment")
    for word in ("one", "two"):
        await target.deploy(make_template(word, properties=properties))
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
    deployment = await target.deploy(make_template("one", rest, "Type: STANDARD"))
    assert deployment == Deployment({"Orders": ARN, "Live": f"{ARN}:live"}, ())
    assert target.machine.versions[1].description == "to keep"
    assert target.machine.aliases["live"].description == "all of it"
    shared = """- {StateMachineVersionArn: !Sub "${Orders}:1", Weight: 90}
                - {StateMachineVersionArn: !GetAtt Published.Arn, Weight: 10}"""
    rest = rest.replace('- {StateMachineVersionArn: !Ref Published, Weight: "100"}', shared)
    await target.deploy(make_template("two", rest, "Type: STANDARD"))
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
async def test_an_alias_without_a_valid_route_is_left_out_with_a_warning(
    target: Target, alias: str, reason: str
) -> None:
    """The state machine is deployed all the same."""
    rest = f"""
          Live: {{Type: AWS::StepFunctions::StateMachineAlias, Properties: {alias}}}
    """
    deployment = await target.deploy(make_template("one", rest, "Type: STANDARD"))
    assert deployment.state_machine_arns == {"Orders": ARN}
    (warning,) = deployment.warnings
    assert warning.startswith("Live cannot run here: ")
    assert reason in warning


async def test_versions_and_aliases_of_an_invalid_state_machine_are_left_out(target: Target) -> None:
    """Each causes a warning."""
    invalid = make_template("one", properties="AutoPublishAlias: live").replace('"Pass"', '"Fast"')
    deployment = await target.deploy(invalid)
    assert deployment.state_machine_arns == {}
    assert [warning.partition(":")[0] for warning in deployment.warnings] == [
        "Orders cannot run here",
        "OrdersVersion cannot run here",
        "OrdersAliaslive cannot run here",
    ]


async def test_express_state_machine_is_deployed_with_its_alias(target: Target) -> None:
    """Its type and log level are the template's."""
    properties = "Type: EXPRESS\n              AutoPublishAlias: live\n              Logging: {Level: ALL}"
    deployment = await target.deploy(make_template("one", properties=properties))
    assert deployment.warnings == ()
    setup = target.machine.revision.setup
    assert (setup.type, setup.logging) == ("EXPRESS", {"level": "ALL", "includeExecutionData": False})
    assert target.routes("live") == (Route(1, 100),)


async def test_changed_type_is_refused(target: Target) -> None:
    """AWS would create another state machine. The one on record stays as it is."""
    await target.deploy(make_template("one"))
    deployment = await target.deploy(make_template("two", properties="Type: EXPRESS"))
    (warning,) = deployment.warnings
    assert warning.startswith("Orders cannot run here: it is EXPRESS, and the state machine orders")
    assert target.machine.revision.setup.type == "STANDARD"


async def test_state_machine_without_its_values_is_left_out_with_their_names(target: Target) -> None:
    """The build has asked for them already. A version of it is refused as its state machine is missing."""
    template = make_template("one", "Parameters: {Email: {Type: String}}", "Role: !Ref Email")
    deployment = await target.deploy(template)
    assert deployment.state_machine_arns == {}
    assert deployment.warnings == ("Orders cannot run here: it needs Email.",)
