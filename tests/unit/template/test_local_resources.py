"""The tables, queues and event sources of a template that there are on this computer."""

import json
from dataclasses import replace

import pytest

from stepfunctions_local.template.event_sources import QueueSource, ScheduleSource
from stepfunctions_local.template.local_resources import LocalResources
from tests.unit.template.project import FUNCTION, STACK, Project

QUEUE_ARN = "arn:aws:sqs:eu-west-1:000000000001:Work"
RESOURCES = """
  Work:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Letters.Arn, maxReceiveCount: 3}
  Letters: {Type: AWS::SQS::Queue}
  Unused: {Type: AWS::SQS::Queue}
  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: notes
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
"""
USING = "      Environment: {Variables: {TABLE: !Ref Notes, QUEUE: !Ref Work}}\n"
EVENTS = """      Events:
        Messages: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn, BatchSize: 5}}
        Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{}'}}
        Off: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day), State: DISABLED}}
"""


@pytest.fixture
def here(project: Project) -> Project:
    """Return a project whose queues are on this computer and whose schedules run."""
    return Project(project.folder, replace(STACK, aws_url="http://127.0.0.1:8085", runs_schedules=True))


def read(project: Project, function: str = "", rest: str = "") -> LocalResources:
    return project.write(f"Resources:\n  F:{FUNCTION}{function}{RESOURCES}{rest}").read().local_resources


def test_used_tables_and_queues_are_here(here: Project) -> None:
    """Those that functions name, and their dead-letter queues."""
    found = read(here, USING)
    (table,) = found.tables
    assert (table.name, table.ttl_attribute) == ("notes", "expires")
    assert table.definition == {
        "TableName": "notes",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    letters, work = found.queues
    assert (letters.logical_id, work.logical_id) == ("Letters", "Work")
    assert work.attributes == {"VisibilityTimeout": "60"}
    assert json.loads(work.redrive_policy or "") == {"deadLetterTargetArn": letters.arn, "maxReceiveCount": 3}
    assert found.services == {"dynamodb", "sqs"}


def test_resources_that_nothing_here_uses_are_left_out(here: Project) -> None:
    """So `delay local` starts no process for them."""
    assert read(here).services == frozenset()


def test_queue_has_a_local_url(here: Project) -> None:
    """Its Ref is a URL, as on AWS."""
    build = here.write(f"Resources:\n  F:{FUNCTION}{USING}{RESOURCES}").read()
    url = "http://127.0.0.1:8085/000000000001/Work"
    assert build.functions["F"].variables == {"TABLE": "notes", "QUEUE": url}


def test_events_of_functions_are_sources(here: Project) -> None:
    """Disabled ones are not."""
    messages, nightly = read(here, EVENTS).sources
    assert messages == QueueSource("F.Messages", "F", QUEUE_ARN, batch_size=5)
    assert isinstance(nightly, ScheduleSource)
    assert (nightly.name, nightly.input, nightly.is_rule) == ("F.Nightly", "{}", True)


def test_resources_of_their_own_are_sources(here: Project) -> None:
    """A mapping with its settings, and a schedule that names a version of the function."""
    mapping = (
        "{EventSourceArn: !GetAtt Work.Arn, FunctionName: !Ref F, ScalingConfig: {MaximumConcurrency: 2}, "
        "FunctionResponseTypes: [ReportBatchItemFailures]}"
    )
    target = "{ScheduleExpression: rate(1 minute), Target: {Arn: !Sub '${F.Arn}:7'}}"
    rest = (
        f"  M: {{Type: AWS::Lambda::EventSourceMapping, Properties: {mapping}}}\n"
        f"  Tick: {{Type: AWS::Scheduler::Schedule, Properties: {target}}}\n"
    )
    queue, schedule = read(here, rest=rest).sources
    assert queue == QueueSource("M", "F", QUEUE_ARN, concurrency=2, reports_failures=True)
    assert (schedule.name, schedule.function) == ("Tick", "F")


def test_sources_that_run_are_not_warned_of(here: Project) -> None:
    """They call something here."""
    assert here.write(f"Resources:\n  F:{FUNCTION}{EVENTS}{RESOURCES}").read().warnings == ()


def test_sources_that_do_not_run_are_warned_of(project: Project) -> None:
    """As `lambda-local` and a computer without ministack do."""
    (warning,) = project.write(f"Resources:\n  F:{FUNCTION}{EVENTS}{RESOURCES}").read().warnings
    assert "Messages (SQS), Nightly (Schedule)" in warning


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("{Type: Schedule, Properties: {Schedule: rate(1 week)}}", "rate"),
        (
            "{Type: SQS, Properties: {Queue: !GetAtt Work.Arn, FilterCriteria: {Filters: []}}}",
            "messages are not filtered here",
        ),
    ],
)
def test_source_that_cannot_run_is_explained(here: Project, event: str, reason: str) -> None:
    """And listed with those that call nothing."""
    events = f"      Events: {{E: {event}}}\n"
    explained, listed = here.write(f"Resources:\n  F:{FUNCTION}{events}{RESOURCES}").read().warnings
    assert explained.startswith("F.E does nothing here: ")
    assert reason in explained
    assert listed.startswith("F has events that call nothing here: E ")


def test_schedule_for_aws_only_is_left_out(here: Project) -> None:
    """Without a warning."""
    target = "{ScheduleExpression: rate(1 minute), Target: {Arn: !GetAtt F.Arn}}"
    only = f"  T: {{Type: AWS::Scheduler::Schedule, Metadata: {{AwsOnly: true}}, Properties: {target}}}\n"
    build = here.write(f"Resources:\n  F:{FUNCTION}{only}").read()
    assert (build.local_resources.sources, build.warnings) == ((), ())


def test_table_of_sam_has_one_key(here: Project) -> None:
    """By default a text called `id`."""
    function = "      Environment: {Variables: {TABLE: !Ref Simple}}\n"
    found = read(here, function, "  Simple: {Type: AWS::Serverless::SimpleTable}\n")
    assert found.tables[0].definition["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
