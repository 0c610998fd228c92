"""A schedule of a template calls its function, at once and once after a skip."""

from datetime import timedelta
from pathlib import Path

from stepfunctions_local.testing import LocalStepFunctions
from tests.acceptance.command import eventually
from tests.acceptance.project import build, function

SCHEDULE = {
    "Type": "AWS::Scheduler::Schedule",
    "Properties": {
        "ScheduleExpression": "rate(1 hour)",
        "Target": {"Arn": {"Fn::GetAtt": ["Ticking", "Arn"]}, "Input": '{"tick": 1}'},
    },
}


def test_schedule_calls_its_function(tmp_path: Path) -> None:
    """A skip of a week is one call, which has returned when the skip has."""
    project = build(tmp_path, Ticking=function("careless.echo"), Every=SCHEDULE)
    with LocalStepFunctions(project) as local:
        assert eventually(lambda: local.log.count("END RequestId") == 1)
        local.skip(timedelta(days=7))
        assert local.log.count("END RequestId") == 2
        assert local.aws_url is None
