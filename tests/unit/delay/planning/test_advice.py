"""The sentence at the end of a plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delay.planning.advice import advise
from delay.planning.notes import list_notes
from delay.planning.workload import Repeat, Shape, Volume, Workload
from tests.unit.delay.planning.samples import (
    DAY,
    HOUR,
    INSTANT,
    MONTH,
    WEEK,
    plan,
    steady,
    trace,
    unhurried,
)


def test_ten_thousand_waiting_tasks_get_a_yes_with_the_reason() -> None:
    """The study that began this project mistook the quota of registered activities for their limit."""
    assert advise(plan(Volume(pending=10_000).workload(Shape()))) == (
        "Yes: 10,000 waiting tasks are 10,000 of the 1,000,000 open executions that an account has in a "
        "Region, 1 % of them, and take no registered activity; they cost $0.40 in all, however long they "
        "wait."
    )


def test_sixty_a_second_for_a_week_get_a_yes_by_the_table() -> None:
    """The sentence has the price, the reason against executions, and a cheaper service."""
    assert advise(plan(steady(60, WEEK))) == (
        "Yes: the table store carries it without raising a quota, to the second, for $700.75 a month, and "
        "takes 7.5 % of the write units of a new table, its tightest limit; executions would not, since 36.3 "
        "million open executions are needed, an account has 1,000,000, and AWS says that it raises them to "
        "millions; EventBridge Scheduler would carry it to the minute for $141.52 a month, with its "
        "schedules raised to 37 million."
    )


def test_yes_names_the_tightest_limit_and_cheaper_services() -> None:
    """Each must save a dollar: the cheapest one, and the cheapest that is more exact."""
    assert advise(plan(steady(10, HOUR))) == (
        "Yes: Step Functions carries it without raising a quota, for $1,295.90 a month, and takes 3.6 % of "
        "the open executions, its tightest limit; EventBridge Scheduler would carry it to the minute for "
        "$11.92 a month; the table store would carry it to the second for $108.90 a month."
    )


@pytest.mark.parametrize("per_second", [0.0001, 0.001, 0.1])
def test_executions_are_the_store_for_few_tasks(per_second: float) -> None:
    """They keep each task's history, and fit."""
    assert advise(plan(steady(per_second, DAY))).startswith("Yes: Step Functions carries it")


def test_no_other_service_is_recommended_without_a_saving() -> None:
    """A handful of tasks costs nothing anywhere."""
    assert advise(plan(steady(0.0001, WEEK))).endswith("its tightest limit.")


def test_executions_beyond_their_quota_wait_in_the_table_instead() -> None:
    """No request to AWS is needed."""
    text = advise(plan(steady(1, MONTH)))
    assert text.startswith("Yes: the table store carries it without raising a quota")
    assert "; executions would need the open executions raised to 2.6 million; " in text


def test_three_million_waiting_tasks_get_a_yes_by_the_table() -> None:
    """Their delays are unknown, so that no service with a longest delay is recommended."""
    assert advise(plan(Volume(pending=3e6).workload(INSTANT))).startswith(
        "Yes: the table store carries it without raising a quota, to the second, for $14.94 in all; "
        "executions would need the open executions raised to 3 million"
    )


def test_not_yet_names_the_quotas_to_raise_and_a_service_that_fits_now() -> None:
    """The request to AWS comes first. 10,000 tasks a second take 50,000 write units."""
    assert advise(plan(steady(10_000, 60))) == (
        "Not yet: with the write units of a table raised to 50,000/s and the write units of a new table "
        "raised to 50,000/s, which AWS does on request, the table store carries it for $142,371.54 a month; "
        "SQS with a delay would carry it if nothing is cancelled or looked up, for $31,103.60 a month, "
        "without raising a quota."
    )


def test_longer_delay_than_an_execution_lives_is_the_table_s() -> None:
    """The sentence has both numbers."""
    text = advise(plan(steady(1, 400 * DAY)))
    assert text.startswith("Yes: the table store carries it")
    assert "executions would not, since the longest delay is 400 d, and the hard limit is 364 d" in text


def test_no_says_that_no_other_service_fits_either() -> None:
    """A payload of 2 MiB is too large for all of them."""
    text = advise(plan(steady(1, 60, Shape(2 << 20))))
    assert text == (
        "No: the payload in the table is 2 MiB, and the hard limit is 256 KiB, and none of the other "
        "services compared here carries it either."
    )


def test_no_names_a_service_that_carries_it() -> None:
    """A payload of 1 MiB fits into a message."""
    text = advise(plan(steady(1, 60, Shape(1 << 20))))
    assert text.startswith(
        "No: the payload in the table is 1 MiB, and the hard limit is 256 KiB; SQS with a delay"
    )


def test_own_quotas_of_an_account_change_the_answer() -> None:
    """5 million open executions hold a month of one task a second."""
    assert advise(plan(steady(1, MONTH), open_executions=5e6)).startswith("Yes: ")


@unhurried
@given(
    st.floats(1e-4, 1e6), st.integers(0, 500 * DAY), st.sampled_from(["us-east-1", "eu-west-3", "cn-north-1"])
)
def test_advice_is_always_one_sentence(per_second: float, delay: int, region: str) -> None:
    """It begins with the answer."""
    text = advise(plan(steady(per_second, delay), region))
    assert text.startswith(("Yes: ", "Not yet: ", "No: "))
    assert text.endswith(".")
    assert ". " not in text


def test_notes_name_unverified_figures() -> None:
    """They also name the Region whose prices are used instead."""
    text = "\n".join(list_notes(plan(steady(1, HOUR), "eu-west-3")))
    assert "Not verified on any page of AWS: lateness of Step Functions" in text
    assert "Scheduler invocation rate" in text
    assert "Quoted from AWS by others, not read on its own page: price of Table store" in text
    assert "Prices of us-east-1, because those of eu-west-3 could not be verified: table-write-unit" in text


def test_notes_of_us_east_1_assume_no_price() -> None:
    """All its prices are its own."""
    assert "Prices of us-east-1" not in "\n".join(list_notes(plan(steady(1, HOUR))))


@pytest.mark.parametrize(
    ("workload", "says"),
    [
        (steady(1, HOUR), "an account carries 278 tasks a second without end"),
        (Volume(pending=10_000).workload(Shape()), "all of them wait after 29 s"),
        (steady(1, HOUR, Shape(cancelled=0.1)), "Cancelled tasks count as open until they are due"),
        (
            Workload.of_trace(trace((0, WEEK), (60, WEEK)), Shape(), Repeat.STEADY),
            "The file spans 1 min and has delays of up to 7 d",
        ),
    ],
)
def test_notes_add_facts_that_the_numbers_omit(workload: Workload, says: str) -> None:
    """Each note is a plain sentence."""
    assert any(says in note for note in list_notes(plan(workload)))
