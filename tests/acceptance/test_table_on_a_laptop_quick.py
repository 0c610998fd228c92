"""The real template, rendered with a table, has here what its functions name; without, it has none of it."""

import pytest

from stepfunctions_local.account import Account
from stepfunctions_local.template.build import read_build
from stepfunctions_local.template.event_sources import QueueSource, ScheduleSource
from stepfunctions_local.template.local_resources import LocalResources
from stepfunctions_local.template.stack import TargetStack
from tests.acceptance.command import REPOSITORY

pytestmark = pytest.mark.usefixtures("built")

AWS_URL = "http://127.0.0.1:8085"


def read(store: str) -> tuple[LocalResources, dict[str, str]]:
    """Return the resources for a parameter TaskStore, and the variables of the call function."""
    parameters = {"TaskStore": store}
    stack = TargetStack(Account(), parameters=parameters, runs_schedules=True, aws_url=AWS_URL)
    build = read_build(REPOSITORY, stack)
    has_table = "TableCallFunction" in build.functions
    variables = dict(build.functions["TableCallFunction"].variables) if has_table else {}
    return build.local_resources, variables


def test_table_queues_and_sources_of_the_template_are_served_here() -> None:
    """Its functions find them by their variables."""
    resources, variables = read("both")
    assert [table.name for table in resources.tables] == ["TaskTable"]
    assert {queue.name for queue in resources.queues} == {"TaskQueue", "TableDeadLetterQueue"}
    schedules = {source.function for source in resources.sources if isinstance(source, ScheduleSource)}
    assert schedules == {"TableDrainFunction", "TableSweepFunction"}
    (queue,) = [source for source in resources.sources if isinstance(source, QueueSource)]
    assert (queue.function, queue.reports_failures) == ("TableCallFunction", True)
    assert variables["TASK_TABLE"] == "TaskTable"
    assert variables["TASK_QUEUE_URL"] == f"{AWS_URL}/123456789012/TaskQueue"
    assert not resources.warnings


def test_template_without_a_table_needs_nothing_here() -> None:
    """As before there was one."""
    assert read("executions") == (LocalResources(), {})
