"""Ticks of drain and sweep: what they do in the time that Lambda gives, and the line that they write."""

from dataclasses import replace

from tests.contract.task_table.rows import NOW
from tests.unit.task_table.world import SETTINGS, Context, World


def test_drain_sends_the_tasks_that_are_due_soon() -> None:
    """It returns and writes how many, and how far behind it is."""
    world = World()
    world.schedule("soon", NOW + 300)
    world.schedule("later", NOW + 3_000)
    assert world.ticks.drain(Context()) == {"CursorBehindSeconds": 0, "Sent": 1}
    assert world.sent == ["soon"]
    assert world.line["message"] == "Drained"


def test_line_of_a_tick_has_its_metrics_for_cloudwatch() -> None:
    """In the embedded metric format, with the service as the only dimension."""
    world = World()
    world.ticks.drain(Context())
    assert (world.line["Sent"], world.line["service"]) == (0, "delayed-tasks")
    assert world.line["_aws"] == {
        "Timestamp": NOW * 1000,
        "CloudWatchMetrics": [
            {
                "Namespace": "DelayedTasks",
                "Dimensions": [["service"]],
                "Metrics": [
                    {"Name": "CursorBehindSeconds", "Unit": "Seconds"},
                    {"Name": "Sent", "Unit": "Count"},
                ],
            }
        ],
    }


def test_drain_without_time_leaves_its_slots_to_the_next_tick() -> None:
    """Lambda would end it in the middle of a page, which then is sent twice."""
    world = World()
    world.schedule("soon", NOW + 300)
    metrics = world.ticks.drain(Context(left_ms=15_000))
    assert (metrics["Sent"], world.sent) == (0, [])
    assert metrics["CursorBehindSeconds"] > 600
    world.ticks.drain(Context())
    assert world.sent == ["soon"]


def test_sweep_sends_open_tasks_again() -> None:
    """It returns and writes how many it found."""
    world = World()
    world.ticks.drain(Context())
    world.schedule("forgotten", NOW)
    world.now += 3_600
    world.lines.clear()
    assert world.ticks.sweep(Context()) == {"FoundOpen": 2}
    assert world.sent == ["forgotten", "forgotten"]  # once by each age that has passed
    assert world.line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "FoundOpen", "Unit": "Count"}]


def test_sweep_before_the_first_drain_is_silent() -> None:
    """A new stack's schedules begin in any order, so it is neither an error nor news."""
    world = World()
    assert world.ticks.sweep(Context()) == {}
    assert not world.lines


def test_each_tick_has_a_count_of_its_own() -> None:
    """A warm function keeps nothing of the tick before."""
    world = World()
    world.schedule("soon", NOW + 300)
    world.ticks.drain(Context())
    assert world.ticks.drain(Context())["Sent"] == 0


def test_settings_of_a_new_deployment_reach_the_cursor() -> None:
    """Clients learn them there."""
    world = World()
    world.ticks.drain(Context())
    cursor = world.table.get_cursor()
    assert cursor is not None
    world.table.advance_cursor(cursor, replace(cursor, keep_seconds=1))
    world.ticks.drain(Context())
    cursor = world.table.get_cursor()
    assert cursor is not None
    assert cursor.keep_seconds == SETTINGS.keep_seconds
