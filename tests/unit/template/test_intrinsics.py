"""Local values of intrinsic functions."""

import base64
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import FUNCTIONS
from stepfunctions_local.template.local_values import LocalValues
from tests.unit.template.project import STACK, Project

REST = """\
  Machine: {Type: AWS::Serverless::StateMachine, Properties: {Name: delay}}
  Plain: {Type: AWS::Serverless::StateMachine}
  Named: {Type: AWS::Serverless::Function, Properties: {FunctionName: !Sub "${AWS::StackName}-named"}}
  Aliased: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}
  Pinned: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Named, Name: pinned}}
  Foreign:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: "arn:aws:lambda:us-east-1:1:function:other", Name: live}
  Long: {Type: AWS::Serverless::StateMachine, Properties: {Name: long, AutoPublishAlias: !Ref Stage}}
  Version: {Type: AWS::StepFunctions::StateMachineVersion, Properties: {StateMachineArn: !GetAtt Machine.Arn}}
  Canary:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: canary
      DeploymentPreference: {StateMachineVersionArn: !Ref Version, Type: CANARY, Percentage: 10, Interval: 5}
  Fixed:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: fixed
      RoutingConfiguration: [{StateMachineVersionArn: !Sub "${Machine}:1", Weight: 100}]
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/orders}}
  Table: {Type: AWS::DynamoDB::Table}
  Queue: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic}
  Bus: {Type: AWS::Custom::Thing}
  Made: {Type: Custom::Thing, Properties: {Input: a}}
  Nested: {Type: AWS::Serverless::Application}
Parameters:
  Stage: {Type: String, Default: dev}
  Days: {Type: Number, Default: 7}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  Needed: {Type: String}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path}
Mappings:
  Sizes: {dev: {memory: 128}, 123456789012: {memory: 256}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [{Condition: IsDev}]
  Both: !And [{Condition: IsDev}, {Condition: IsProd}]
  Either: !Or [{Condition: IsDev}, {Condition: IsProd}]
"""
REGION = "eu-west-1:000000000001"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("true", "true"),
        ("8", "8"),
        ("!Ref Stage", "dev"),
        ("!Ref Days", "7"),
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Ref AWS::AccountId", "000000000001"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::StackName", "orders"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref Machine", f"arn:aws:states:{REGION}:stateMachine:delay"),
        ("!GetAtt Plain.Arn", f"arn:aws:states:{REGION}:stateMachine:Plain"),
        ("!GetAtt Machine.Name", "delay"),
        ("!Ref Named", "orders-named"),
        ("!GetAtt Named.Arn", f"arn:aws:lambda:{REGION}:function:orders-named"),
        ("!GetAtt F.Arn", f"arn:aws:lambda:{REGION}:function:F"),
        ("!Ref Aliased.Alias", f"arn:aws:lambda:{REGION}:function:Aliased:live"),
        ("!Ref AliasedAliaslive", f"arn:aws:lambda:{REGION}:function:Aliased:live"),
        ("!Sub '${Aliased.Alias}'", f"arn:aws:lambda:{REGION}:function:Aliased:live"),
        ("!Ref Aliased.Version", f"arn:aws:lambda:{REGION}:function:Aliased:$LATEST"),
        ("!Ref Pinned", f"arn:aws:lambda:{REGION}:function:orders-named:pinned"),
        ("!Ref Foreign", "arn:aws:lambda:us-east-1:1:function:other:live"),
        ("!Ref LongAliasdev", f"arn:aws:states:{REGION}:stateMachine:long:dev"),
        ("!GetAtt LongAliasdev.Arn", f"arn:aws:states:{REGION}:stateMachine:long:dev"),
        ("!Ref Canary", f"arn:aws:states:{REGION}:stateMachine:delay:canary"),
        ("!Ref Fixed", f"arn:aws:states:{REGION}:stateMachine:delay:fixed"),
        ("!Ref Group", "/aws/orders"),
        ("!GetAtt Group.Arn", f"arn:aws:logs:{REGION}:log-group:/aws/orders:*"),
        ("!Ref Table", "Table"),
        ("!GetAtt Table.Arn", f"arn:aws:dynamodb:{REGION}:table/Table"),
        ("!Ref Queue", "https://sqs.eu-west-1.amazonaws.com/000000000001/Queue"),
        ("!GetAtt Queue.QueueName", "Queue"),
        ("!Ref Topic", f"arn:aws:sns:{REGION}:Topic"),
        ("!Ref Bus", "Bus"),
        ("!GetAtt FRole.Arn", "arn:aws:iam::000000000001:role/FRole"),
        ('!Sub "${Stage}-${F.Arn}-${!Stage}"', f"dev-arn:aws:lambda:{REGION}:function:F-${{Stage}}"),
        ('!Sub ["${A}-${Stage}", {A: !Ref Days}]', "7-dev"),
        ("!Join ['-', [a, !Ref Days, !Ref AWS::NoValue]]", "a-7"),
        ("!Join ['', !Ref Zones]", "abc"),
        ("!Select [1, !Split ['.', a.b.c]]", "b"),
        ("!Select ['2', !Ref Zones]", "c"),
        ("!FindInMap [Sizes, !Ref Stage, memory]", "128"),
        ("!FindInMap [Sizes, '123456789012', memory]", "256"),
        ("!If [IsDev, then, otherwise]", "then"),
        ("!If [IsProd, !ImportValue x, otherwise]", "otherwise"),
        ("!If [Both, a, b]", "b"),
        ("!If [Either, a, b]", "a"),
        ("{Fn::Base64: !Ref Stage}", base64.b64encode(b"dev").decode()),
        ("!FindInMap [Sizes, prod, memory, {DefaultValue: !Ref Days}]", "7"),
        ("{Fn::Length: !Ref Zones}", "3"),
        ("{Fn::ToJsonString: {a: !Ref Stage, b: [1]}}", '{"a":"dev","b":[1]}'),
        ("!Select [1, !GetAZs '']", "eu-west-1b"),
        ("!Join [' ', !GetAZs us-east-1]", "us-east-1a us-east-1b us-east-1c"),
        ("!Join [' ', !Cidr [10.0.0.0/16, 2]]", "10.0.0.0/24 10.0.1.0/24"),
        ("!Select [1, !Cidr [10.0.0.0/16, 4, 4]]", "10.0.0.16/28"),
        ("{Fn::GetAtt: F.Arn}", f"arn:aws:lambda:{REGION}:function:F"),
    ],
)
def test_intrinsic_function_is_resolved(project: Project, value: str, expected: str) -> None:
    """Its value comes from the template, its parameters and the simulated account."""
    assert project.resolve_variable(value, REST) == expected


PLACE = "Resources/F/Properties/Environment/Variables/X"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "!ImportValue shared-Url",
            "shared-Url is exported by another stack and has no value here: pass one with --parameter-",
        ),
        (
            "'{{resolve:ssm:/orders/url:1}}'",
            "pass one with --parameter-overrides resolve:ssm:/orders/url:1=VALUE",
        ),
        ("!Sub '{{resolve:ssm:${Stage}}}'", "{{resolve:ssm:dev}} has no value here"),
        ("!GetAtt Nested.Outputs.Url", "pass one with --parameter-overrides Nested.Outputs.Url=VALUE"),
        ("!Transform {Name: x}", "Fn::Transform cannot be resolved locally"),
        ("!Ref Nothing", "Nothing is neither a parameter nor a resource"),
        ("!Ref Needed", "Needed has no value here: pass one with --parameter-overrides Needed=VALUE"),
        ("!Ref Image", "the parameter Image has no value here"),
        ("!Ref LongVersion", "is a state machine's version, and its number is not known"),
        ("!Ref Machine.Alias", "Machine.Alias cannot be resolved locally"),
        ("!Ref F.Version", "F.Version cannot be resolved locally"),
        (
            "!GetAtt Table.StreamArn",
            "Fn::GetAtt Table.StreamArn: pass one with --parameter-overrides Table.StreamArn=VALUE.",
        ),
        ("!GetAtt Bus.Arn", "only AWS knows the value of Fn::GetAtt Bus.Arn"),
        ("!GetAtt Made.Input", "only AWS knows the value of Fn::GetAtt Made.Input"),
        ("!FindInMap [Sizes, prod, memory, {Default: 1}]", "Fn::FindInMap cannot take"),
        ("!Cidr [10.0.0.0/16, 1, 64]", "Fn::Cidr cannot take"),
        ("!Cidr [10.0.0.0/8, 999999999, 1]", "1 to 256 subnets are allowed"),
        ("{Fn::Length: a}", "Fn::Length cannot take"),
        ("!GetAtt Nothing.Arn", "Nothing is not a resource of this template"),
        ("!FindInMap [Sizes, prod, memory]", "Mappings has no Sizes/prod/memory"),
        ("!If [Nothing, a, b]", "Nothing is not a condition of this template"),
        ("!Select [9, [a]]", "Fn::Select cannot take"),
        ("!Select [a, [a]]", "Fn::Select cannot take"),
        ("!Join [a]", "Fn::Join cannot take"),
        ("!GetAtt F", "Fn::GetAtt cannot take"),
        ("!Sub [1, 2, 3]", "Fn::Sub cannot take"),
        ("!Ref {a: b}", "Ref cannot take"),
        ("!Ref Zones", "text or a number is expected"),
    ],
)
def test_unresolvable_value_is_refused_with_its_location(project: Project, value: str, message: str) -> None:
    """The message names the function or the missing value."""
    with pytest.raises(TemplateError) as caught:
        project.resolve_variable(value, REST)
    assert str(caught.value).startswith(PLACE)
    assert message in str(caught.value)


def test_passed_parameter_replaces_its_default(project: Project) -> None:
    """Conditions see the passed value."""
    given_parameters = replace(STACK, parameters={"Stage": "prod"})
    assert Project(project.folder, given_parameters).resolve_variable("!If [IsProd, p, d]", REST) == "p"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("!ImportValue shared-Url", "shared-Url"),
        ("!ImportValue {Fn::Sub: '${Stage}:Url'}", "dev:Url"),
        ("!GetAtt Table.StreamArn", "Table.StreamArn"),
        ("!GetAtt Nested.Outputs.Url", "Nested.Outputs.Url"),
        ("!Sub '${Table.StreamArn}'", "Table.StreamArn"),
        ("!Ref Bus", "Bus"),
        ("!Ref Needed", "Needed"),
        ("!Ref Image", "Image"),
        ("'{{resolve:ssm:/orders/url}}'", "resolve:ssm:/orders/url"),
        (
            "!Sub '{{resolve:secretsmanager:${Stage}:SecretString:a}}'",
            "resolve:secretsmanager:dev:SecretString:a",
        ),
    ],
)
def test_value_that_the_template_lacks_can_be_passed(project: Project, value: str, name: str) -> None:
    """Each has a name for --parameter-overrides."""
    given_values = replace(STACK, parameters={name: "passed"})
    assert Project(project.folder, given_values).resolve_variable(value, REST) == "passed"


@pytest.mark.parametrize("name", ["Stagee", "Tabel.StreamArn", "other-Url"])
def test_unknown_name_of_a_value_is_refused(project: Project, name: str) -> None:
    """A misspelt one would have no effect."""
    given_values = replace(STACK, parameters={name: "x"})
    with pytest.raises(TemplateError, match=f"The template has no parameter {name}"):
        Project(project.folder, given_values).resolve_variable("!ImportValue shared-Url", REST)


def test_unknown_parameter_is_refused(project: Project) -> None:
    """The message names the similar parameter, or else those of the template."""
    with pytest.raises(TemplateError, match=r"no parameter Stagee\. Did you mean Stage\?"):
        Project(project.folder, replace(STACK, parameters={"Stagee": "x"})).resolve_variable("a", REST)
    with pytest.raises(TemplateError, match=r"no parameter Xyz\. Its parameters: Days, Image, Needed"):
        Project(project.folder, replace(STACK, parameters={"Xyz": "x"})).resolve_variable("a", REST)


@pytest.mark.parametrize(
    ("definition", "value", "allowed"),
    [
        ("{Type: String, AllowedValues: [executions, both]}", "bth", "executions, both"),
        ("{Type: Number, AllowedValues: [1, 3]}", "2", "1, 3"),
        ("{Type: String, AllowedValues: [true, false]}", "yes", "true, false"),
    ],
)
def test_value_that_a_parameter_does_not_allow_is_refused(
    project: Project, definition: str, value: str, allowed: str
) -> None:
    """CloudFormation refuses it too; a misspelt one would choose the other branch of a condition."""
    rest = f"Parameters: {{Store: {definition}}}"
    given_values = replace(STACK, parameters={"Store": value})
    with pytest.raises(TemplateError, match=rf"Store cannot be '{value}': it is one of {allowed}\."):
        Project(project.folder, given_values).resolve_variable("a", rest)
    permitted = replace(STACK, parameters={"Store": allowed.partition(",")[0]})
    assert Project(project.folder, permitted).resolve_variable("a", rest) == "a"


@pytest.mark.parametrize(
    "definition", ["{Type: CommaDelimitedList, AllowedValues: [a, b]}", "{Type: String}"]
)
def test_value_without_one_allowed_form_is_accepted(project: Project, definition: str) -> None:
    """A list may have several of the allowed values."""
    given_values = replace(STACK, parameters={"Store": "a,b"})
    rest = f"Parameters: {{Store: {definition}}}"
    assert Project(project.folder, given_values).resolve_variable("a", rest) == "a"


def test_circular_condition_is_refused(project: Project) -> None:
    """A condition that depends on itself does not loop."""
    with pytest.raises(TemplateError, match="refers to itself"):
        project.resolve_variable("!If [Loop, a, b]", "Conditions: {Loop: !Not [{Condition: Loop}]}")


def test_unused_value_need_not_be_resolvable(project: Project) -> None:
    """A value that only AWS knows does no harm until it is used."""
    rest = "  Other: {Type: AWS::Serverless::Function, Properties: {Handler: !ImportValue x}}"
    assert project.resolve_variable("a", rest) == "a"


names = st.sampled_from(["a", "Condition", "Ref", *(name for name in FUNCTIONS if name.startswith("Fn::"))])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["F", "F.Arn", "${F}", "${", "AWS::Region", "10.0.0.0/8", "{{resolve:a}}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=2),
    max_leaves=8,
)


@given(values)
@settings(max_examples=2 * settings().max_examples, suppress_health_check=[HealthCheck.too_slow])
def test_any_value_is_resolved_or_refused(value: object) -> None:
    """A refusal has the location of the value."""
    local = LocalValues({"Resources": {"F": {"Type": "AWS::Serverless::Function"}}}, STACK)
    try:
        local.resolve(value, "here")
    except TemplateError as error:
        assert str(error).startswith("here")  # noqa: PT017 - a resolved value raises nothing
