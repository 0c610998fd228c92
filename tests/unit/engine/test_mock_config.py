"""A mock configuration is checked when it is read, and read again when its file changes."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from stepfunctions_local.engine.errors import ValidationException
from stepfunctions_local.engine.execution.call import CallResult
from stepfunctions_local.engine.execution.mock import Mock, load_mocks
from stepfunctions_local.engine.mock_config import MockConfig
from stepfunctions_local.errors import SettingError
from stepfunctions_local.language import Failure

RETURN = {"Return": {"StatusCode": 200}}
THROW = {"Throw": {"Error": "Lambda.TimeoutException", "Cause": "Lambda timed out."}}


def build(responses: Any, case: Any = "Mocked") -> dict[str, Any]:
    """Return a configuration with one test case of one state."""
    return {
        "StateMachines": {"machine": {"TestCases": {"Case": {"State": case}}}},
        "MockedResponses": {"Mocked": responses},
    }


def find(config: MockConfig) -> Mock:
    """Return the mock of the state."""
    return load_mocks(config.find("machine", "Case")[0]).by_state["State"]


def write(path: Path, content: str, second: int) -> None:
    """Write a file, with a time of its own."""
    path.write_text(content)
    os.utime(path, (second, second))


def test_ranges_include_both_ends() -> None:
    """The order of the keys does not matter."""
    mock = find(MockConfig.of(build({"10": RETURN, "0": THROW, "1-2": RETURN})))
    failure = Failure("Lambda.TimeoutException", "Lambda timed out.")
    result = CallResult('{"StatusCode":200}')
    found = [mock.find(number) for number in (0, 1, 2, 3, 9, 10, 11)]
    assert found == [failure, result, result, None, None, result, None]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ([], "The configuration: it must be an object."),
        ({"StateMachines": []}, "StateMachines: it must be an object."),
        ({"StateMachines": {"m": 1}}, "StateMachines.m: it must be an object."),
        ({"StateMachines": {"m": {"TestCases": 1}}}, "StateMachines.m.TestCases: it must be an object."),
        (
            {"StateMachines": {"m": {"TestCases": {"c": 1}}}},
            "StateMachines.m.TestCases.c: it must be an object.",
        ),
        ({"MockedResponses": 1}, "MockedResponses: it must be an object."),
        (build({}, 1), "StateMachines.machine.TestCases.Case.State: it must be the name of one of the Mock"),
        (build({}, "x"), "StateMachines.machine.TestCases.Case.State: there is no 'x' among the MockedResp"),
        (build([]), "MockedResponses.Mocked: it must be an object with keys"),
        (build({"first": RETURN}), "MockedResponses.Mocked.first: the key must be the number"),
        (build({"-1": RETURN}), "MockedResponses.Mocked.-1: the key must be"),
        (build({"01": RETURN}), "MockedResponses.Mocked.01: the key must be"),
        (build({"2-1": RETURN}), "MockedResponses.Mocked.2-1: the key must be"),
        (build({"0-1-2": RETURN}), "MockedResponses.Mocked.0-1-2: the key must be"),
        (build({"9" * 5000: RETURN}), ": the key must be"),
        (build({"0-2": RETURN, "2-3": RETURN}), 'MockedResponses.Mocked: "0-2" and "2-3" overlap.'),
        (build({"0": {}}), "MockedResponses.Mocked.0: it must be an object with either Return or Throw."),
        (build({"0": RETURN | THROW}), "MockedResponses.Mocked.0: it must be an object with either"),
        (build({"0": 7}), "MockedResponses.Mocked.0: it must be an object with either"),
        (build({"0": {"Throw": {}}}), "MockedResponses.Mocked.0.Throw: it must be an object with the texts"),
        (build({"0": {"Throw": "Boom"}}), "MockedResponses.Mocked.0.Throw: it must be an object with the te"),
        (build({"0": {"Throw": {"Error": "E", "Cause": 1}}}), "MockedResponses.Mocked.0.Throw: it must be"),
    ],
)
def test_unusable_configuration_is_refused_with_its_place(tmp_path: Path, config: Any, said: str) -> None:
    """The error names the file as well."""
    path = tmp_path / "mocks.json"
    path.write_text(json.dumps(config))
    with pytest.raises(SettingError) as refused:
        MockConfig.read(path)
    assert str(refused.value).startswith(f"The mock configuration {path} cannot be used. ")
    assert said in str(refused.value)


@pytest.mark.parametrize("content", ["", "{", '{"a": NaN}', "[" * 200 + "]" * 200])
def test_file_that_is_not_json_is_refused(tmp_path: Path, content: str) -> None:
    """The error names the file."""
    path = tmp_path / "mocks.json"
    path.write_text(content)
    with pytest.raises(SettingError, match=r"mocks\.json is not JSON: "):
        MockConfig.read(path)


def test_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    path = tmp_path / "mocks.json"
    path.write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(SettingError, match=r"mocks\.json is not JSON: "):
        MockConfig.read(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """The error has the system's reason."""
    with pytest.raises(SettingError, match=r"absent\.json cannot be read: No such file"):
        MockConfig.read(tmp_path / "absent.json")


def test_unusable_object_is_refused() -> None:
    """A configuration in Python is checked as a file is."""
    with pytest.raises(SettingError, match=r"^The mock configuration cannot be used\. MockedResponses: it"):
        MockConfig.of({"MockedResponses": 1})


def test_unused_and_empty_responses_are_accepted() -> None:
    """Other fields are, too: AWS's own local image accepts them."""
    config = build({"0": RETURN}) | {"Comment": "generated"}
    config["MockedResponses"]["Unused"] = {}
    assert find(MockConfig.of(config)).find(0) == CallResult('{"StatusCode":200}')


def test_changed_file_is_read_again(tmp_path: Path) -> None:
    """Its test cases are for the executions that start from now on."""
    path = tmp_path / "mocks.json"
    write(path, json.dumps(build({"0": RETURN})), 1)
    config = MockConfig.read(path)
    write(path, json.dumps(build({"5": RETURN})), 2)
    assert find(config).responses[0].first == 5


@pytest.mark.parametrize("broken", ["{", '{"MockedResponses": 1}', None])
def test_file_broken_later_is_reported_once_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str | None
) -> None:
    """The test cases stay as they were, until the file is mended."""
    path = tmp_path / "mocks.json"
    write(path, json.dumps(build({"0": RETURN})), 1)
    config = MockConfig.read(path)
    if broken is None:
        path.unlink()
    else:
        write(path, broken, 2)
    for _ in range(2):
        assert find(config).responses[0].first == 0
    (said,) = caplog.messages
    assert said.startswith(f"The mock configuration {path} ")
    assert said.endswith("The test cases stay as they were before the file changed.")
    write(path, json.dumps(build({"5": RETURN})), 3)
    assert find(config).responses[0].first == 5


def test_unknown_state_machine_has_no_test_cases() -> None:
    """The error says so."""
    with pytest.raises(ValidationException, match=r"'Case' of the state machine 'other' .* there: none\."):
        MockConfig.of(build({"0": RETURN})).find("other", "Case")
