"""`delay plan`, run by a person and by a script."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import BIN, REPOSITORY, Ended, environment, run

PAGE = REPOSITORY / "docs" / "reference" / "plan.md"
PAGES = (PAGE, REPOSITORY / "docs" / "why" / "cost.md")


def plan(*arguments: str) -> Ended:
    return run("delay", "plan", *arguments)


def plan_as_json(*arguments: str) -> dict[str, Any]:
    """Run it with --json, and return the document."""
    ended = plan(*arguments, "--json")
    assert (ended.code, ended.err) == (0, "")
    document: dict[str, Any] = json.loads(ended.out)
    return document


def limits(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the limits of Step Functions by quota."""
    return {limit["quota"]: limit for limit in document["services"][0]["limits"]}


def test_ten_thousand_waiting_tasks_fit() -> None:
    """This question began the project. The answer with its reason comes last."""
    ended = plan("--pending", "10000")
    assert (ended.code, ended.err) == (0, "")
    text = " ".join(ended.out.split())
    assert "Yes: 10,000 waiting tasks are 10,000 of the 1,000,000 open executions" in text
    assert text.endswith("and take no registered activity; they cost $0.40 in all, however long they wait.")


def test_sixty_a_second_for_a_week_fit_in_the_table() -> None:
    """They need 36 million open executions of 1,000,000. The table store has no such limit."""
    text = " ".join(plan("--rate", "60/s", "--delay", "7d").out.split())
    assert (
        "Yes: the table store carries it without raising a quota, to the second, for $700.75 a month" in text
    )
    assert "36.3 million open executions are needed, an account has 1,000,000" in text
    assert "- It has no limit of waiting tasks" in text
    assert "EventBridge Scheduler would carry it to the minute for $141.52 a month" in text


def test_json_has_the_same_plan_in_full() -> None:
    """Its numbers are not rounded."""
    document = plan_as_json("--rate", "60/s", "--delay", "7d", "--region", "eu-west-1", "--payload", "2KiB")
    assert (document["answer"], document["fits"], document["region"]) == ("yes", True, "eu-west-1")
    assert document["store"] == "table"
    assert document["workload"]["payload_bytes"] == 2048
    executions = limits(document)["open-executions"]
    assert executions["needed"] == pytest.approx(60 * (7 * 86_400 + 0.1))
    assert (executions["allowed"], executions["verdict"], executions["hard"]) == (1_000_000, "beyond", False)
    assert executions["source"]["url"].endswith("/service-quotas.html")
    assert [service["service"] for service in document["services"]] == [
        "Step Functions",
        "Table store",
        "EventBridge Scheduler",
        "SQS with a delay",
        "Lambda durable functions",
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--pending", "10000"), 0),
        (("--rate", "60/s", "--delay", "7d"), 0),
        (("--rate", "10000/s", "--delay", "1m"), 3),
        (("--rate", "1/s", "--delay", "1m", "--payload", "2MiB"), 3),
    ],
)
def test_exit_code_shows_whether_the_plan_fits(arguments: tuple[str, ...], code: int) -> None:
    """3 means that it does not fit; 1 is an error, and 2 misuse. Without the option a plan is a success."""
    assert plan(*arguments, "--exit-code").code == code
    assert plan(*arguments).code == 0


def test_region_defaults_to_the_environment() -> None:
    """The variables are those of the AWS CLI."""
    command = ("delay", "plan", "--pending", "5", "--json")
    assert json.loads(run(*command, AWS_DEFAULT_REGION="eu-west-3").out)["region"] == "eu-west-3"
    both = run(*command, AWS_DEFAULT_REGION="eu-west-3", AWS_REGION="eu-north-1")
    assert json.loads(both.out)["region"] == "eu-north-1"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "For example --pending 10000, or --rate 60/s --delay 7d, or --csv production.csv."),
        (("--rate", "60/s"), 2, "Say two of rate, delay and number waiting"),
        (("--rate", "60/s", "--delay", "7d", "--pending", "5"), 2, "Say two of"),
        (("--rate", "60", "--delay", "7d"), 2, "'60' is not a rate: write 60/s, 1000/min, 2M/d or 5M/month."),
        (("--rate", "60/s", "--delay", "7w"), 2, "'7w' is not a duration"),
        (("--pending", "many"), 2, "'many' is not a number of tasks"),
        (("--pending", "5", "--payload", "2KB"), 2, "'2KB' is not a size"),
        (("--pending", "5", "--cancelled", "130%"), 2, "100% at most"),
        (("--pending", "5", "--handler-ms", "900001"), 2, "is not in the range"),
        (("--pending", "5", "--csv", "pyproject.toml"), 2, "--csv has the whole volume"),
        (("--pending", "5", "--repeat", "daily"), 2, "--repeat says how the tasks of a file come again"),
        (("--csv", "nowhere.csv"), 2, "does not exist"),
        (("--csv", "docs"), 2, "is a directory"),
        (("--pending", "5", "--region", "Ireland"), 1, "'Ireland' is not a Region: write eu-west-1"),
        (("--pending", "5", "--quota", "opens=5M"), 1, "No quota is called 'opens'"),
        (("--pending", "5", "--quota", "input=5M"), 1, "The quota input is hard"),
        (("--csv", "/dev/null"), 1, "There is no task in the file"),
    ],
)
def test_invalid_plan_is_refused(arguments: tuple[str, ...], code: int, says: str) -> None:
    """The last line says what is allowed, and there is no traceback."""
    ended = plan(*arguments)
    assert (ended.code, ended.out) == (code, "")
    assert says in ended.err.splitlines()[-1]
    assert "Traceback" not in ended.err


def test_production_file_shows_its_peaks(tmp_path: Path) -> None:
    """1,500 tasks start in one moment after two quiet hours. Overlapping tasks are counted exactly."""
    quiet = [f"2026-11-24T0{hour}:{minute:02}:00Z,1800" for hour in (8, 9) for minute in range(60)]
    burst = ["2026-11-24T10:00:00Z,60"] * 1_500
    file = tmp_path / "production.csv"
    file.write_text("\n".join(["time,delay", *quiet, *burst]), encoding="utf-8")
    document = plan_as_json("--csv", str(file))
    trace = document["trace"]
    # At 10:00 the 29 tasks of 9:31 to 9:59 are open, and the task of 9:30, whose call takes another 100 ms.
    assert (trace["tasks"], trace["span_seconds"], trace["peak_open_tasks"]) == (1_620, 7_200, 1_530)
    # The task of 9:31 falls due with those of 10:00.
    assert (trace["peak_arrivals_in_a_second"], trace["peak_due_in_a_second"]) == (1_500, 1_501)
    burst_limit = limits(document)["start-burst"]
    assert (burst_limit["needed"], burst_limit["verdict"]) == (1_500, "raise")


def test_batch_is_not_extrapolated_to_a_month(tmp_path: Path) -> None:
    """100,000 tasks within ten seconds are an import. The plan says its guess, and how to say otherwise."""
    file = tmp_path / "import.csv"
    file.write_text("".join(f"{1795512600 + number / 10_000},86400\n" for number in range(100_000)), "utf-8")
    ended = plan("--csv", str(file))
    said = " ".join(ended.out.split())
    assert "100,000, once, mean delay 1 d" in said
    assert "is taken for one batch, which comes once." in said
    assert "--repeat daily" in said
    once = plan_as_json("--csv", str(file))["services"][0]["cost"]
    assert (once["usd"], once["period"]) == (4.9, "once")
    daily = plan_as_json("--csv", str(file), "--repeat", "daily")
    assert (daily["workload"]["repeat"], daily["trace"]["repeat_is_guessed"]) == ("daily", False)
    assert daily["services"][0]["cost"]["usd"] == pytest.approx(149.9)


def test_broken_lines_are_reported_and_skipped(tmp_path: Path) -> None:
    """Standard error has the first ten with file and line, so that the plan can be piped."""
    lines = ["time,delay", "2026-11-24T08:00:00Z,60", *["tomorrow,60"] * 12, "2026-11-24T09:00:00Z,60"]
    file = tmp_path / "production.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    ended = plan("--csv", str(file), "--json")
    reported = ended.err.splitlines()
    assert ended.code == 0
    assert reported[0].startswith(f"{file}:3: 'tomorrow' is not a time: write 2026-11-24T09:30:00Z")
    assert len(reported) == 11
    assert reported[-1] == f"{file}: 2 more lines cannot be read."
    trace = json.loads(ended.out)["trace"]
    assert (trace["tasks"], trace["broken_lines"]) == (2, 12)
    assert trace["broken"][0]["line"] == 3


def test_file_is_read_from_a_pipe() -> None:
    """A byte order mark is ignored, and a line that is not UTF-8 is reported."""
    ended = subprocess.run(
        [BIN / "delay", "plan", "--csv", "-", "--json"],
        input=b"\xef\xbb\xbftime,delay\r\n1795512600,60\r\n\xff\xfe,60\r\n1795516200,60\r\n",
        capture_output=True,
        env=environment(),
        check=True,
    )
    trace = json.loads(ended.stdout)["trace"]
    assert (trace["tasks"], trace["broken_lines"]) == (2, 1)
    assert ended.stderr.startswith(b"stdin:3: ")


def test_every_figure_is_listed_with_its_source() -> None:
    """The list is text, or JSON for programs."""
    text = plan("--sources").out
    assert re.search(r"^open-executions +1,000,000  page +Step Functions service quotas", text, re.MULTILINE)
    assert "https://aws.amazon.com/lambda/pricing/" in text
    document = json.loads(plan("--sources", "--json", "--region", "eu-west-3").out)
    assert document["region"] == "eu-west-3"
    (start,) = (quota for quota in document["quotas"] if quota["quota"] == "start-rate")
    assert (start["value"], start["source"]["read"]) == (150, "2026-11-24")


def read_examples() -> list[tuple[str, str]]:
    """Return the commands of the pages, each with the output below it."""
    block = re.compile(r"```console\n\$ delay plan (.*?)\n(.*?)```", re.DOTALL)
    return [example for page in PAGES for example in block.findall(page.read_text(encoding="utf-8"))]


def test_pages_have_examples() -> None:
    """Without examples the next test would test nothing."""
    assert len(read_examples()) == 2 + 3


@pytest.mark.parametrize(("arguments", "shown"), read_examples(), ids=lambda value: value[:40])
def test_page_shows_the_output_of_each_command(arguments: str, shown: str) -> None:
    """White space at line ends is ignored, and `...` stands for omitted lines."""
    printed = [line.rstrip() for line in plan(*arguments.split()).out.splitlines()]
    remaining = iter(printed)
    for line in shown.splitlines():
        assert line == "..." or line in remaining, line


def collect_keys(value: object) -> set[str]:
    """Return the keys of a document, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(collect_keys, value.values()))
    if isinstance(value, list):
        return set().union(*map(collect_keys, value))
    return set()


def test_page_names_every_key_of_the_json(tmp_path: Path) -> None:
    """A program can rely on documented keys."""
    file = tmp_path / "production.csv"
    file.write_text("time,delay\n1,60\nx,60\n", encoding="utf-8")
    found = collect_keys(json.loads(plan("--csv", str(file), "--json").out))
    documented = set(re.findall(r"`([a-z_]+)`", PAGE.read_text(encoding="utf-8")))
    assert found <= documented, found - documented
