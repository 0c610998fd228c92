"""Warnings about events that call functions and state machines on AWS, and not here."""

import pytest

from tests.unit.template.project import FUNCTION, Project

MACHINE = """
  Reminders:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Succeed}}}
"""


def test_sam_events_are_named_with_their_types(project: Project) -> None:
    """One warning for each function and state machine."""
    function = f"{FUNCTION}      Events: {{Api: {{Type: Api}}, Nightly: {{Type: Schedule}}}}\n"
    machine = f"{MACHINE}      Events: {{Paid: {{Type: EventBridgeRule}}}}\n"
    build = project.write(f"Resources:\n  F:{function}{machine}").read()
    assert build.warnings == (
        "F has events that call nothing here: Api (Api), Nightly (Schedule). Call it yourself to try them.",
        "Reminders has events that call nothing here: Paid (EventBridgeRule). Call it yourself to try them.",
    )


def test_url_of_globals_is_an_event(project: Project) -> None:
    """Globals are merged first."""
    globals_ = "Globals: {Function: {FunctionUrlConfig: {AuthType: NONE}}}\n"
    build = project.write(f"{globals_}Resources:\n  F:{FUNCTION}").read()
    assert build.warnings == (
        "F has events that call nothing here: FunctionUrlConfig. Call it yourself to try them.",
    )


@pytest.mark.parametrize(
    "target",
    [
        "{Ref: F}",
        "{Fn::GetAtt: [F, Arn]}",
        "!GetAtt F.Arn",
        "!Ref F.Alias",
        "!Sub '${F.Arn}:live'",
        "{Fn::Sub: ['${F}-${X}', {X: 1}]}",
    ],
)
def test_resource_that_calls_a_function_is_an_event(project: Project, target: str) -> None:
    """A rule, for example, by any reference to the function."""
    rule = f"  Nightly:\n    Type: AWS::Events::Rule\n    Properties: {{Targets: [{{Arn: {target}}}]}}\n"
    build = project.write(f"Resources:\n  F:{FUNCTION}{rule}").read()
    assert build.warnings == (
        "F has events that call nothing here: Nightly (AWS::Events::Rule). Call it yourself to try them.",
    )


def test_author_may_silence_the_warning(project: Project) -> None:
    """A canary of the stack, for example, is of use on AWS alone."""
    metadata, target = "Metadata: {AwsOnly: true}", "Targets: [{Arn: !GetAtt F.Arn}]"
    rule = f"  Nightly: {{Type: AWS::Events::Rule, {metadata}, Properties: {{{target}}}}}\n"
    assert project.write(f"Resources:\n  F:{FUNCTION}{rule}").read().warnings == ()


@pytest.mark.parametrize(
    "caller",
    [
        "{Type: AWS::ApiGateway::Method, Properties: {Integration: {Uri: !Sub 'x/${F.Arn}/invocations'}}}",
        "{Type: AWS::CloudFormation::CustomResource, Properties: {ServiceToken: !GetAtt F.Arn}}",
        "{Type: Custom::Seed, Properties: {ServiceToken: !GetAtt F.Arn}}",
        "{Type: AWS::Logs::SubscriptionFilter, Properties: {DestinationArn: !GetAtt F.Arn}}",
        "{Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {LambdaConfigurations: [!Ref F]}}}",
        "{Type: AWS::SNS::Topic, Properties: {Subscription: [{Endpoint: !GetAtt F.Arn, Protocol: lambda}]}}",
        "{Type: AWS::Scheduler::Schedule, Properties: {Target: {Arn: !Ref Pinned}}}",
        "{Type: AWS::Serverless::Api, Properties: {DefinitionBody: {uri: !Sub '${F.Arn}'}}}",
    ],
)
def test_each_kind_of_caller_is_an_event(project: Project, caller: str) -> None:
    """By a version or an alias of the function, too."""
    alias = "  Pinned: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: pinned}}\n"
    (warning,) = project.write(f"Resources:\n  F:{FUNCTION}{alias}  Caller: {caller}\n").read().warnings
    kind = caller.removeprefix("{Type: ").partition(",")[0]
    assert warning == f"F has events that call nothing here: Caller ({kind}). Call it yourself to try them."


def test_event_by_an_alias_is_one_of_the_state_machine(project: Project) -> None:
    """The alias of AutoPublishAlias leads to it by a version."""
    machine = f"{MACHINE}      AutoPublishAlias: live\n"
    rule = "  Due: {Type: AWS::Events::Rule, Properties: {Targets: [{Arn: !Ref RemindersAliaslive}]}}\n"
    (warning,) = project.write(f"Resources:{machine}{rule}").read().warnings
    assert warning.startswith("Reminders has events that call nothing here: Due (AWS::Events::Rule).")


@pytest.mark.parametrize("disabled", ["{Enabled: false}", "{State: DISABLED}"])
def test_disabled_event_causes_no_warning(project: Project, disabled: str) -> None:
    """It calls nothing on AWS either."""
    function = f"{FUNCTION}      Events: {{Nightly: {{Type: Schedule, Properties: {disabled}}}}}\n"
    assert project.write(f"Resources:\n  F:{function}").read().warnings == ()


def test_rule_that_calls_another_resource_is_no_event(project: Project) -> None:
    """A rule may name a state machine in its pattern, and send to a queue."""
    rule = """
  Q: {Type: AWS::SQS::Queue}
  Failed:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {arn: [!Ref F]}, Targets: [{Arn: !GetAtt Q.Arn}]}
"""
    assert project.write(f"Resources:\n  F:{FUNCTION}{rule}").read().warnings == ()


def test_malformed_events_are_no_reason_to_stop(project: Project) -> None:
    """`sam validate` is for these."""
    build = project.write(f"Resources:\n  F:{FUNCTION}      Events: [nightly]\n").read()
    assert build.warnings == ()
    build = project.write(f"Resources:\n  F:{FUNCTION}      Events: {{A: 1}}\n").read()
    assert "A (no type)" in build.warnings[0]
