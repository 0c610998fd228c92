"""The mock configuration: a file with test cases, in the form of AWS's own local image.

Source: "Configuration file for mocked service integrations in Step Functions" in the Developer Guide.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from stepfunctions_local.engine.errors import ValidationException
from stepfunctions_local.engine.execution.mock import InvalidMock, Object, dump_mocks, parse_responses
from stepfunctions_local.errors import SettingError
from stepfunctions_local.language import InvalidJson, Json, parse_json

_LOG = logging.getLogger(__name__)

DEFAULT: Final = Path("MockConfigFile.json")
"""The file that AWS's own local image reads in its working directory."""

_MACHINES: Final = "StateMachines"
_CASES: Final = "TestCases"
_RESPONSES: Final = "MockedResponses"


@dataclass(frozen=True, slots=True)
class TestCases:
    """The test cases of state machines: for each, the names of its states' mocked responses."""

    by_machine: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    responses: Object = field(default_factory=dict)

    @classmethod
    def parse(cls, value: Json) -> Self:
        """Parse a configuration.

        Raises:
            InvalidMock: a part of it cannot be used. The message names its place.

        """
        top = _require_object("The configuration", value)
        responses = _require_object(_RESPONSES, top.get(_RESPONSES, {}))
        for name, raw in responses.items():
            parse_responses(f"{_RESPONSES}.{name}", raw)
        machines = _require_object(_MACHINES, top.get(_MACHINES, {}))
        return cls({name: _parse_machine(name, raw, responses) for name, raw in machines.items()}, responses)


@dataclass(slots=True)
class MockConfig:
    """A configuration, read again whenever its file has changed. A broken file is logged, and not used."""

    _cases: TestCases = field(default_factory=TestCases)
    _path: Path | None = None
    _identity: tuple[int, ...] | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            SettingError: it cannot be read, or a part of it cannot be used. The message names the place.

        """
        identity = _identify(path)
        return cls(_read(path), path, identity)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """Return a configuration that is given as an object.

        Raises:
            SettingError: a part of it cannot be used. The message names the place.

        """
        try:
            return cls(TestCases.parse(dict(value)))
        except InvalidMock as error:
            raise SettingError(f"The mock configuration cannot be used. {error}") from error

    def find(self, machine: str, test_case: str) -> tuple[str, set[str]]:
        """Return the mocks of a test case, as an execution carries them, and the states that they are for.

        Raises:
            ValidationException: the state machine has no such test case.

        """
        self._refresh()
        cases = self._cases.by_machine.get(machine, {})
        if test_case not in cases:
            raise ValidationException(self._describe_absence(machine, test_case))
        names = cases[test_case]
        return dump_mocks(test_case, names, self._cases.responses), set(names)

    def _describe_absence(self, machine: str, test_case: str) -> str:
        asked = f"There is no test case '{test_case}' of the state machine '{machine}'"
        if self._path is None and not self._cases.by_machine:
            return f"{asked}: name a mock configuration with --mock-config or SFN_MOCK_CONFIG."
        known = ", ".join(self._cases.by_machine.get(machine, {})) or "none"
        return f"{asked} in {self._path or 'the mock configuration'}. Its test cases there: {known}."

    def _refresh(self) -> None:
        if self._path is None or (identity := _identify(self._path)) == self._identity:
            return
        self._identity = identity
        try:
            self._cases = _read(self._path)
        except SettingError as error:
            _LOG.error("%s The test cases stay as they were before the file changed.", error)


def _identify(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:  # the read that follows says why
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> TestCases:
    try:
        return TestCases.parse(parse_json(path.read_text("utf-8-sig")))
    except OSError as error:
        raise SettingError(f"The mock configuration {path} cannot be read: {error.strerror}.") from error
    except (InvalidJson, UnicodeDecodeError) as error:
        raise SettingError(f"The mock configuration {path} is not JSON: {error}") from error
    except InvalidMock as error:
        raise SettingError(f"The mock configuration {path} cannot be used. {error}") from error


def _require_object(place: str, value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise InvalidMock(place, "it must be an object.")
    return value


def _parse_machine(name: str, value: Json, responses: Object) -> dict[str, dict[str, str]]:
    place = f"{_MACHINES}.{name}"
    cases = _require_object(f"{place}.{_CASES}", _require_object(place, value).get(_CASES, {}))
    return {case: _parse_case(f"{place}.{_CASES}.{case}", raw, responses) for case, raw in cases.items()}


def _parse_case(place: str, value: Json, responses: Object) -> dict[str, str]:
    names = _require_object(place, value)
    return {state: _parse_name(f"{place}.{state}", name, responses) for state, name in names.items()}


def _parse_name(place: str, name: Json, responses: Object) -> str:
    if not isinstance(name, str):
        raise InvalidMock(place, f"it must be the name of one of the {_RESPONSES}.")
    if name not in responses:
        raise InvalidMock(place, f"there is no '{name}' among the {_RESPONSES}.")
    return name
