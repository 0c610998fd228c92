"""The page about the stack has the parameters, outputs and alarms of the template, and samconfig's values."""

import re
from typing import Any

import pytest

from tests.template.conftest import Template
from tests.template.pages import ROOT

DEPLOYING = (ROOT / "docs/how-to/deploy.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/reference/stack.md").read_text(encoding="utf-8")
NUMBERS = {8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}


@pytest.fixture(scope="module")
def defaults(template: Template) -> dict[str, str]:
    """The template's defaults as the page writes them."""
    parameters = template["Parameters"].items()
    written = {name: body["Default"] for name, body in parameters}
    return {
        name: f"{default:,}" if isinstance(default, int) else default for name, default in written.items()
    }


def test_page_has_the_default_of_each_parameter(defaults: dict[str, str]) -> None:
    """The cell after its name begins with it; no text at all is "empty"."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w.]+)", PAGE, re.MULTILINE))
    thresholds = {name for name in defaults if name.endswith("AlarmThreshold")}
    expected = {name: defaults[name] or "empty" for name in defaults.keys() - thresholds}
    assert {name: rows.get(name) for name in expected} == expected


def test_page_has_the_default_of_each_threshold(defaults: dict[str, str]) -> None:
    """It stands behind the name of the parameter, beside the alarm."""
    thresholds = {name: default for name, default in defaults.items() if name.endswith("AlarmThreshold")}
    rows = dict(re.findall(r"`(\w+AlarmThreshold)`, ([\d,]+)", PAGE))
    assert rows == thresholds
    assert f"| `...AlarmThreshold`, {len(thresholds)} |" in PAGE


def test_page_counts_the_parameters_of_the_table(defaults: dict[str, str]) -> None:
    """One row stands for all of them."""
    count = sum(name.startswith("Table") and not name.endswith("AlarmThreshold") for name in defaults)
    assert f"| `Table...`, {NUMBERS[count]} |" in PAGE


def test_page_has_a_row_for_each_output(template: Template) -> None:
    """In the order of the template."""
    (section,) = re.findall(r"^## Outputs$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(rows)) == list(template["Outputs"])


def test_page_has_a_row_for_each_alarm(template: Template) -> None:
    """One table has those of every stack, another those of a table."""
    resources = template["Resources"].items()
    alarms = {name for name, body in resources if body["Type"] == "AWS::CloudWatch::Alarm"}
    rows = re.findall(r"^\| `(\w+Alarm)` \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(alarms)
    of_table = sum(name.startswith("Table") for name in alarms)
    assert f"there are {of_table} alarms more" in PAGE


def read_overrides(samconfig: dict[str, Any], environment: str) -> dict[str, str]:
    """Return the parameters that `sam deploy --config-env` sets."""
    overrides = samconfig[environment]["deploy"]["parameters"]["parameter_overrides"]
    return dict(each.split("=", 1) for each in overrides.split())


def test_page_has_the_values_of_prod(samconfig: dict[str, Any]) -> None:
    """The third column has those alone that differ from the default."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (\w+) \|", PAGE, re.MULTILINE)
    assert dict(rows) == read_overrides(samconfig, "prod")


@pytest.mark.parametrize(
    ("row", "parameter"),
    [
        ("processor", "Architecture"),
        ("function's log", "LogLevel"),
        ("execution log", "ExecutionLogLevel"),
        ("logs kept, days", "LogRetentionDays"),
        ("release", "Release"),
    ],
)
def test_shared_stacks_have_the_values_of_samconfig(
    row: str, parameter: str, samconfig: dict[str, Any], defaults: dict[str, str]
) -> None:
    """The page about deploying compares default, dev and prod."""
    (cells,) = re.findall(rf"^\| {row} \| (.*) \|$", DEPLOYING, re.MULTILINE)
    values = [
        read_overrides(samconfig, environment).get(parameter, defaults[parameter])
        for environment in ("default", "dev", "prod")
    ]
    assert cells.split(" | ") == values
